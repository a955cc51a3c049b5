import { z } from "zod";
import type { StoreReader } from "./reader.ts";
import type { RetentionClass } from "./render.ts";
import { literal, sql } from "./sql.ts";

const USAGE = z.object({
  table: z.string(),
  rows: z.coerce.number(),
  bytes: z.coerce.number(),
  parts: z.coerce.number(),
});

/** What a table takes, on the server that answers: in a cluster `table` is the `_local` one. */
export type TableUsage = z.infer<typeof USAGE>;

/** Rows, bytes on the disk and parts of each table of `database`, largest first. Tables without rows are left out. */
export function storeUsage(reader: StoreReader, database: string): Promise<TableUsage[]> {
  const statement = sql`
SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
FROM system.parts
WHERE active AND database = ${literal.string(database)}
GROUP BY table
ORDER BY bytes DESC, table`;
  return reader.rows(statement, { schema: USAGE });
}

/** What is stored of one day, or of a stretch of days in tables whose parts are of a month. */
export interface DayUsage {
  /** The retention that its rows follow; undefined for what has none of its own. */
  readonly kept: RetentionClass | undefined;
  /** The first day with rows: `2026-11-21`. */
  readonly day: string;
  /** The last day with rows. */
  readonly lastDay: string;
  readonly rows: number;
  readonly bytes: number;
}

const PARTITION = z.object({
  table: z.string(),
  partition: z.string(),
  first: z.string(),
  last: z.string(),
  rows: z.coerce.number(),
  bytes: z.coerce.number(),
});

/**
 * Rows and bytes on the disk of each table of `database`, by the day where its parts are of days.
 *
 * @param retentionOf the retention that a table follows, by its name without `_local`.
 */
export async function usageByDay(
  reader: StoreReader,
  database: string,
  retentionOf: ReadonlyMap<string, RetentionClass>,
): Promise<DayUsage[]> {
  const statement = sql`
SELECT table, partition, toString(min(min_date)) AS first, toString(max(max_date)) AS last,
  sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database = ${literal.string(database)}
GROUP BY table, partition`;
  const found = await reader.rows(statement, { schema: PARTITION });
  return found.map(({ table, partition, first, last, rows, bytes }) => ({
    kept: retentionOf.get(table.replace(/_local$/, "")),
    ...(isDay(partition) ? { day: partition, lastDay: partition } : { day: first, lastDay: last }),
    rows,
    bytes,
  }));
}

/** A partition is a day, `2026-11-21`, or a month, `202611`, whose parts know the days of their rows. */
function isDay(partition: string): boolean {
  return partition.includes("-");
}

/** The version of the engine that answers. */
export async function engineVersion(reader: StoreReader): Promise<string> {
  const statement = sql`SELECT version() AS version`;
  const [row] = await reader.rows(statement, { schema: z.object({ version: z.string() }) });
  return row?.version ?? "";
}
