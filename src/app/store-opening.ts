import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { readError } from "#store/engine-error.ts";
import type { Migrated, Store, StoreOptions } from "#store/store.ts";
import { ExitError } from "./exit-codes.ts";

/** How the store is opened for these settings. */
export function storeOptions({ dataDir, store, retention }: Settings, clock: Clock): StoreOptions {
  const { clickhouseUrl, memoryBytesMax } = store;
  return {
    dataDir,
    retention,
    memoryBytesMax,
    clock,
    ...(clickhouseUrl === undefined ? {} : { url: clickhouseUrl }),
  };
}

/** Brings the store to this version's schema. What goes wrong has an exit code of its own. */
export async function migrateStore(store: Store): Promise<Migrated> {
  try {
    return await store.migrate();
  } catch (error) {
    if (error instanceof SightglassError) throw error;
    const unreachable = readError(error);
    if (unreachable.code === "store_unavailable") throw unreachable;
    const message = `The store could not be brought to this version's schema: ${unreachable.message}. Nothing was lost; a start goes on where this one ended.`;
    throw new ExitError("migration_failed", message, { cause: error });
  }
}
