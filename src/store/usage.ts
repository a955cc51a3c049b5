import { z } from "zod";
import type { StoreReader } from "./reader.ts";
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
