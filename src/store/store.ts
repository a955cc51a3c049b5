import { join } from "node:path";
import type { Clock } from "#core/clock.ts";
import type { BlockWriter } from "./block-writer.ts";
import { openEmbedded } from "./embedded.ts";
import { EmbeddedBlockWriter } from "./embedded-writer.ts";
import type { Engine } from "./engine.ts";
import { migrate } from "./migrate.ts";
import { readMigrations } from "./migration-files.ts";
import type { StoreReader } from "./reader.ts";
import { openRemote, parseRemoteUrl } from "./remote.ts";
import { RemoteBlockWriter } from "./remote-writer.ts";
import type { Retention, RetentionClass, Target } from "./render.ts";
import { RETENTION_DEFAULT, templateTtls } from "./render.ts";
import { readError } from "./engine-error.ts";
import { applyRetention } from "./retention.ts";
import { PooledReader } from "./store-reader.ts";
import { type DayUsage, engineVersion, storeUsage, type TableUsage, usageByDay } from "./usage.ts";

export interface StoreOptions {
  /** The data folder, absolute; the embedded engine has `<dataDir>/clickhouse`. Ignored when `url` is given. */
  readonly dataDir: string;
  /** A server instead of the embedded engine: `http(s)://user:password@host:port/database?cluster=name`. */
  readonly url?: string;
  readonly retention?: Retention;
  /** Bound of the embedded engine's memory. */
  readonly memoryBytesMax: number;
  readonly clock: Clock;
}

export interface Migrated {
  /** Versions that were applied now, in order. */
  readonly applied: readonly number[];
  /** ALTERs that brought the tables to the configured retention. */
  readonly retention: readonly string[];
}

/** ClickHouse, embedded or remote: the one place where telemetry is stored and asked for. */
export interface Store {
  readonly kind: "embedded" | "remote";
  readonly reader: StoreReader;
  readonly writer: BlockWriter;
  /**
   * Makes or updates the tables and applies the retention; call it before reading or writing. Throws
   * `data_newer` or `data_mismatch`, both before it changes anything, `store_unavailable` when the
   * server cannot be reached, and the engine's own error when it refuses a statement.
   */
  migrate(): Promise<Migrated>;
  usage(): Promise<TableUsage[]>;
  usageByDay(): Promise<DayUsage[]>;
  /** The version of the engine. */
  engineVersion(): Promise<string>;
  /** Queries that run and that wait. */
  load(): { running: number; waiting: number };
  /** Refuses new work, lets running work finish, and lets go of the engine. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the store. Throws `config_invalid`, `data_in_use` or `engine_unsupported`; a server that
 * cannot be reached is noticed by `migrate`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options);
  const { database } = engine;
  const reader = new PooledReader(engine.queries);
  const writer =
    engine.kind === "embedded"
      ? new EmbeddedBlockWriter(engine, options.clock)
      : new RemoteBlockWriter(engine);
  const target: Target = {
    database,
    retention: options.retention ?? RETENTION_DEFAULT,
    ...(engine.kind === "remote" && engine.cluster !== undefined
      ? { cluster: engine.cluster }
      : {}),
  };
  return {
    kind: engine.kind,
    reader,
    writer,
    migrate: () => migrateStore(engine, target, options.clock),
    usage: () => storeUsage(reader, database),
    usageByDay: () => usageByDay(reader, database, retentionOfTables()),
    engineVersion: () => engineVersion(reader),
    load: () => engine.queries.load,
    close: () => engine.close(),
  };
}

function retentionOfTables(): ReadonlyMap<string, RetentionClass> {
  const ttls = readMigrations().flatMap(({ template }) => templateTtls(template));
  return new Map(ttls.map(({ table, retentionClass }) => [table, retentionClass]));
}

async function openEngine({ url, dataDir, memoryBytesMax, clock }: StoreOptions): Promise<Engine> {
  if (url !== undefined) return openRemote(parseRemoteUrl(url));
  return openEmbedded({ dir: join(dataDir, "clickhouse"), memoryBytesMax, clock });
}

async function migrateStore({ admin }: Engine, target: Target, clock: Clock): Promise<Migrated> {
  const migrations = readMigrations();
  try {
    const applied = await migrate(admin, migrations, target, clock);
    const retention = await applyRetention(admin, migrations, target);
    return { applied, retention };
  } catch (error) {
    const known = readError(error);
    throw known.code === "internal" ? error : known;
  }
}
