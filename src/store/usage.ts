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

/** What is stored of one day. */
export interface DayUsage {
  /** The retention that its rows follow; undefined for what has none of its own. */
  readonly kept: RetentionClass | undefined;
  /** `2026-11-21`; of tables that are kept by the month its first day. */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

const PARTITION = z.object({
  table: z.string(),
  partition: z.string(),
  rows: z.coerce.number(),
  bytes: z.coerce.number(),
});

/**
 * Rows and bytes on the disk of each day and table of `database`.
 *
 * @param retentionOf the retention that a table follows, by its name without `_local`.
 */
export async function usageByDay(
  reader: StoreReader,
  database: string,
  retentionOf: ReadonlyMap<string, RetentionClass>,
): Promise<DayUsage[]> {
  const statement = sql`
SELECT table, partition, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database = ${literal.string(database)}
GROUP BY table, partition`;
  const found = await reader.rows(statement, { schema: PARTITION });
  return found.map(({ table, partition, rows, bytes }) => ({
    kept: retentionOf.get(table.replace(/_local$/, "")),
    day: dayOf(partition),
    rows,
    bytes,
  }));
}

/** A partition is a day, `2026-11-21`, or a month, `202611`. */
function dayOf(partition: string): string {
  const [, year, month] = /^(\d{4})(\d{2})$/.exec(partition) ?? [];
  return year === undefined ? partition : `${year}-${month!}-01`;
}

/** The version of the engine that answers. */
export async function engineVersion(reader: StoreReader): Promise<string> {
  const statement = sql`SELECT version() AS version`;
  const [row] = await reader.rows(statement, { schema: z.object({ version: z.string() }) });
  return row?.version ?? "";
}
