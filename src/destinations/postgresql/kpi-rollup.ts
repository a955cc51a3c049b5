import type { Pool } from "pg";
import { ROLL_UP_FUNCTION } from "#pipeline/relational/kpi-schema.ts";
import { quoteIdentifier } from "#pipeline/relational/schema.ts";
import type { PostgresqlSettings } from "./settings.ts";

/** Hours that one statement computes, and statements of one turn: what is left is left to the next. */
const HOURS_MAX = 6;
const STATEMENTS_MAX = 120;

/** Computes the KPIs of the hours that are over, until there are none or `isOver`. Does nothing where that was not made. */
export async function rollUpKpis(
  pool: Pool,
  { schemaName }: PostgresqlSettings,
  isOver: () => boolean,
): Promise<void> {
  const within = quoteIdentifier(schemaName);
  const { rows } = await pool.query<{ there: boolean }>(
    "SELECT to_regprocedure($1) IS NOT NULL AS there",
    [`${within}.${ROLL_UP_FUNCTION}(integer)`],
  );
  if (!rows[0]!.there) return;
  for (let statements = 0; statements < STATEMENTS_MAX && !isOver(); statements += 1) {
    const rolledUp = await pool.query<{ more: boolean }>(
      `SELECT ${within}.${ROLL_UP_FUNCTION}($1) AS more`,
      [HOURS_MAX],
    );
    if (!rolledUp.rows[0]!.more) break;
  }
  await pool.query(`SELECT ${within}.refresh_kpi_views()`);
}
