import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { STORE_LIMITS } from "#core/limits.ts";
import type { EngineSession } from "./engine.ts";
import type { Target } from "./render.ts";
import { onCluster, sharedEngine, tableSettings } from "./render.ts";
import { literal, sql } from "./sql.ts";

const HOLDERS = z.object({ data: z.array(z.object({ holder: z.string() })) });

/**
 * Runs `work` while no other process does, by a row in a table that all servers share. ClickHouse
 * has no compare-and-set: who wants the lock writes a row with the server's time, lets the others'
 * rows arrive, and has it when no older row is left. A row of a process that died counts for
 * `STORE_LIMITS.migrationLockMsMax`. Two that hold it by a clock far off do no harm: every statement
 * of a migration may run twice.
 *
 * Throws `data_in_use` when another keeps it longer than that.
 */
export async function withMigrationLock<T>(
  session: EngineSession,
  target: Target,
  clock: Clock,
  holder: string,
  work: () => Promise<T>,
): Promise<T> {
  await session.run({ text: lockTable(target) });
  await session.run({ text: lockRow(target, holder, false) });
  try {
    const deadlineMs = clock.monotonicMs() + STORE_LIMITS.migrationLockMsMax;
    do {
      await pause(clock, STORE_LIMITS.migrationLockPollMs);
      if ((await firstHolder(session, target)) === holder) return await work();
    } while (clock.monotonicMs() < deadlineMs);
    throw new SightglassError(
      "data_in_use",
      "another process is migrating this ClickHouse database; start again when it is done",
    );
  } finally {
    await session.run({ text: lockRow(target, holder, true) });
  }
}

export function lockTable(target: Target): string {
  const name = "schema_migration_lock";
  const engine = sharedEngine("ReplacingMergeTree(released)", name, target);
  return `CREATE TABLE IF NOT EXISTS ${target.database}.${name}${onCluster(target)} (
  holder String,
  released UInt8,
  at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
) ENGINE = ${engine}
ORDER BY holder
TTL toDateTime(at) + toIntervalDay(1)
SETTINGS ${tableSettings(target)}`;
}

function lockRow({ database }: Target, holder: string, released: boolean): string {
  const values = sql`${literal.string(holder)}, ${literal.uint(released ? 1 : 0)}`;
  return `INSERT INTO ${database}.schema_migration_lock (holder, released) SELECT ${values.text} SETTINGS async_insert = 0`;
}

async function firstHolder(
  session: EngineSession,
  { database }: Target,
): Promise<string | undefined> {
  const text = `SELECT holder FROM ${database}.schema_migration_lock FINAL
WHERE released = 0 AND at > now64(3) - toIntervalMillisecond(${STORE_LIMITS.migrationLockMsMax})
ORDER BY at, holder LIMIT 1
FORMAT JSON`;
  return HOLDERS.parse(JSON.parse(await session.run({ text }))).data[0]?.holder;
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, delayMs));
}
