import { z } from "zod";
import { ROLL_UP_FUNCTION } from "#pipeline/relational/kpi-schema.ts";
import { DELETE_OLD_FUNCTION } from "#pipeline/relational/schema.ts";

/** Calls a function of the project. Resolves with what it returned, as JSON; rejects once the destination has stopped. */
type Call = (name: string, given: object) => Promise<string>;

/** Calls of one turn: what is left is left to the next. */
const CALLS_MAX = 1_000;
const ROLL_UPS_MAX = 120;
/** Hours that one call computes. */
const HOURS_MAX = 6;

/** Deletes rows of all tables that are older. Returns how many. */
export async function deleteOldRows(call: Call, days: number, table: string): Promise<number> {
  let deleted = 0;
  for (let calls = 0; calls < CALLS_MAX; calls += 1) {
    const answer = await call(DELETE_OLD_FUNCTION, { p_days: days, p_table: table });
    const rows = z.int().parse(JSON.parse(answer));
    if (rows === 0) break;
    deleted += rows;
  }
  return deleted;
}

/** Computes the KPIs of the hours that are over. */
export async function rollUpKpis(call: Call): Promise<void> {
  for (let calls = 0; calls < ROLL_UPS_MAX; calls += 1) {
    const answer = await call(ROLL_UP_FUNCTION, { p_hours: HOURS_MAX });
    if (!z.boolean().parse(JSON.parse(answer))) break;
  }
  await call("refresh_kpi_views", {});
}
