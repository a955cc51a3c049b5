import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "chdb";
import { systemClock } from "#core/clock.ts";
import type { Store } from "../store.ts";
import { openStore } from "../store.ts";
import { DATABASE, TABLES } from "../tables.ts";
import { startServerProcess } from "./http-server-process.ts";

/** A store with its schema, on either engine, that can be taken down and opened again on the same data. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Of the server, where there is one. */
  readonly url?: string;
  /** Empties every table, behind the store's back. */
  clear(): Promise<void>;
  /** Loses everything that was not on the disk, and opens the store again. */
  reopen(): Promise<StoreUnderTest>;
  close(): Promise<void>;
}

/** Without retention: the rows of tests have fixed times, and would be dropped some day. */
const OPTIONS = {
  memoryBytesMax: 600_000_000,
  clock: systemClock,
  retention: { traces: "off", logs: "off", metrics: "off", aggregates: "off" },
} as const;

const TRUNCATES = TABLES.map((table) => `TRUNCATE TABLE ${DATABASE}.${table}`);

/** The engines by name, each with what opens a store on the data folder `dir`. */
export const ENGINES: Readonly<
  Record<"embedded" | "remote", (dir: string) => Promise<StoreUnderTest>>
> = {
  embedded: openEmbeddedStore,
  remote: openRemoteStore,
};

/** A temporary folder; `remove` after the engines in it are closed. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sightglass-store-"));
  // The engine removes files of its own for a moment after its close.
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }),
  };
}

async function openEmbeddedStore(dir: string): Promise<StoreUnderTest> {
  const store = await openStore({ ...OPTIONS, dataDir: dir });
  await store.migrate();
  const close = (): Promise<void> => store.close();
  const clear = async (): Promise<void> => {
    const session = new Session(join(dir, "clickhouse"));
    for (const statement of TRUNCATES) await session.queryAsync(statement);
    session.close();
  };
  return { store, clear, close, reopen: async () => (await close(), openEmbeddedStore(dir)) };
}

async function openRemoteStore(dir: string): Promise<StoreUnderTest> {
  const server = await startServerProcess(join(dir, "server"));
  const store = await openStore({ ...OPTIONS, dataDir: dir, url: server.url });
  await store.migrate();
  const close = async (): Promise<void> => {
    await store.close();
    await server.kill();
  };
  const clear = async (): Promise<void> => {
    for (const statement of TRUNCATES) await server.run(statement);
  };
  const reopen = async (): Promise<StoreUnderTest> => {
    await server.kill();
    await store.close();
    return openRemoteStore(dir);
  };
  return { store, url: server.url, clear, close, reopen };
}
