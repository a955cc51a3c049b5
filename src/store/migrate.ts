import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { EngineSession } from "./engine.ts";
import { engineCode } from "./engine-error.ts";
import type { Migration } from "./migration-files.ts";
import { withMigrationLock } from "./migration-lock.ts";
import {
  onCluster,
  renderDatabase,
  renderMigration,
  sharedEngine,
  tableSettings,
} from "./render.ts";
import type { Target } from "./render.ts";
import { literal, sql } from "./sql.ts";

const UNKNOWN_TABLE = 60;
const UNKNOWN_DATABASE = 81;

const APPLIED = z.array(z.object({ version: z.number(), name: z.string(), checksum: z.string() }));
type Applied = z.infer<typeof APPLIED>[number];

/**
 * Brings the database to the newest of `migrations` and resolves with the versions that it applied:
 * none, after one query, when there was nothing to do. What a crash cut short is done again, so each
 * statement must bear that. In a cluster one process at a time does it, by a lock row.
 *
 * Throws `data_newer` for a database with a migration that is not among ours, and `data_mismatch`
 * for one that is ours by number and not by content. Both leave it untouched.
 */
export async function migrate(
  session: EngineSession,
  migrations: readonly Migration[],
  target: Target,
  clock: Clock,
): Promise<number[]> {
  if (pendingMigrations(await readApplied(session, target), migrations).length === 0) return [];
  await session.run({ text: renderDatabase(target) });
  await session.run({ text: migrationTable(target) });
  if (target.cluster === undefined) return applyPending(session, migrations, target, clock);
  return withMigrationLock(session, target, clock, randomUUID(), () =>
    applyPending(session, migrations, target, clock),
  );
}

async function applyPending(
  session: EngineSession,
  migrations: readonly Migration[],
  target: Target,
  clock: Clock,
): Promise<number[]> {
  const pending = pendingMigrations(await readApplied(session, target), migrations);
  for (const migration of pending) {
    for (const text of renderMigration(migration.template, target)) await session.run({ text });
    await session.run({ text: recordApplied(migration, target, clock) });
  }
  return pending.map(({ version }) => version);
}

/** What is still to be applied. Pure; throws as {@link migrate} says. */
export function pendingMigrations(
  applied: readonly Applied[],
  migrations: readonly Migration[],
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  const done = new Set<number>();
  for (const { version, name, checksum } of applied) {
    const ours = known.get(version);
    if (ours === undefined) {
      const newest = migrations.at(-1)?.version ?? 0;
      throw new SightglassError(
        "data_newer",
        `the database has migration ${version} (${name}), this version knows up to ${newest}; use the version that wrote it, or a newer one`,
      );
    }
    if (ours.checksum !== checksum) {
      throw new SightglassError(
        "data_mismatch",
        `the database was made by another build: its migration ${version} (${name}) is not the one of this version; use that build, or start with an empty data folder or database`,
      );
    }
    done.add(version);
  }
  return migrations.filter(({ version }) => !done.has(version));
}

async function readApplied(session: EngineSession, target: Target): Promise<Applied[]> {
  const text = `SELECT version, name, checksum FROM ${target.database}.schema_migrations ORDER BY version FORMAT JSON`;
  try {
    const answer = z.object({ data: z.unknown() }).parse(JSON.parse(await session.run({ text })));
    return APPLIED.parse(answer.data);
  } catch (error) {
    const code = engineCode(error);
    if (code === UNKNOWN_TABLE || code === UNKNOWN_DATABASE) return [];
    throw error;
  }
}

/** In a cluster one replicated table that all servers share, whatever their shard. */
export function migrationTable(target: Target): string {
  const name = "schema_migrations";
  const engine = sharedEngine("MergeTree", name, target);
  return `CREATE TABLE IF NOT EXISTS ${target.database}.${name}${onCluster(target)} (
  version UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC')
) ENGINE = ${engine}
ORDER BY version
SETTINGS ${tableSettings(target)}`;
}

function recordApplied(
  { version, name, checksum }: Migration,
  target: Target,
  clock: Clock,
): string {
  const values = sql`${literal.uint(version)}, ${literal.string(name)}, ${literal.string(checksum)}, ${literal.dateTime64(BigInt(clock.nowMs()) * 1_000_000n)}`;
  return `INSERT INTO ${target.database}.schema_migrations (version, name, checksum, applied_at) SELECT ${values.text} SETTINGS async_insert = 0`;
}
