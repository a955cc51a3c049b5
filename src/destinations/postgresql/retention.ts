import type { Pool } from "pg";
import {
  DELETED_ROWS_MAX,
  DELIVERIES_TABLE,
  DELIVERY_DAYS,
  quoteIdentifier,
} from "#pipeline/relational/schema.ts";
import type { PostgresqlSettings } from "./settings.ts";

/** Deletes rows of all tables that are older, until there are none or `isOver`. Returns how many. */
export async function deleteOldRows(
  pool: Pool,
  { schemaName, tableName }: PostgresqlSettings,
  days: number,
  isOver: () => boolean,
): Promise<number> {
  let deleted = 0;
  for (const name of [tableName, "telemetry_traces", "telemetry_metrics"]) {
    const table = `${quoteIdentifier(schemaName)}.${quoteIdentifier(name)}`;
    if (!(await isThere(pool, table))) continue;
    const statement = `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM ${table} WHERE timestamp < NOW() - make_interval(days => $1) LIMIT ${DELETED_ROWS_MAX}))`;
    for (let rows = DELETED_ROWS_MAX; rows === DELETED_ROWS_MAX && !isOver(); deleted += rows)
      rows = (await pool.query(statement, [days])).rowCount ?? 0;
  }
  return deleted;
}

/** Forgets deliveries long before the destination's newest: whatever is still on its way is newer than those. */
export async function forgetOldDeliveries(
  pool: Pool,
  { schemaName }: PostgresqlSettings,
  destination: string,
): Promise<void> {
  const table = `${quoteIdentifier(schemaName)}.${quoteIdentifier(DELIVERIES_TABLE)}`;
  await pool.query(
    `DELETE FROM ${table} WHERE destination = $1 AND delivered_at < (
  SELECT max(delivered_at) FROM ${table} WHERE destination = $1) - make_interval(days => ${DELIVERY_DAYS})`,
    [destination],
  );
}

async function isThere(pool: Pool, table: string): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS there",
    [table],
  );
  return rows[0]!.there;
}
