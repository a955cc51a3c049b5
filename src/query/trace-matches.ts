import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { anyOf, Scoped } from "./scoped.ts";
import { type TimeRange, withinTime } from "./time-range.ts";
import { rangeOfTrace } from "./trace-times.ts";

/** Spans of a trace that have `text` in their message, attributes or events, whatever its case. */
export function matchesStatement(
  org: string,
  traceId: string,
  range: TimeRange,
  text: string,
): Fragment {
  const needle = literal.string(text);
  const has = (value: Fragment): Fragment =>
    sql`positionCaseInsensitiveUTF8(${value}, ${needle}) > 0`;
  const conditions = [
    has(sql`status_message`),
    sql`arrayExists(v -> ${has(sql`v`)}, mapValues(attrs))`,
    sql`arrayExists(k -> ${has(sql`k`)}, mapKeys(attrs))`,
    sql`arrayExists(n -> ${has(sql`n`)}, \`events.name\`)`,
    sql`arrayExists(m -> arrayExists(v -> ${has(sql`v`)}, mapValues(m)), \`events.attrs\`)`,
  ];
  const ofTrace = sql`trace_id = ${literal.fixedHex(traceId, 16)}`;
  return sql`SELECT lower(hex(span_id)) AS span
${new Scoped(org).from("spans", [ofTrace, withinTime(range), anyOf(conditions)])}
ORDER BY ts
LIMIT ${literal.uint(QUERY_LIMITS.traceMatchesMax + 1)}`;
}

const matchRow = z.object({ span: z.string() });

/** Ids of the spans of a trace that have `text` in them. Throws `not_found` for a trace that is not there. */
export async function findInTrace(
  context: QueryContext,
  traceId: string,
  text: string,
): Promise<{ spanIds: string[]; truncated: boolean }> {
  const range = await rangeOfTrace(context, traceId);
  const statement = matchesStatement(context.org, traceId, range, text);
  const rows = await read(context, statement, matchRow, FEW_ROWS);
  const truncated = rows.length > QUERY_LIMITS.traceMatchesMax;
  const spanIds = rows.slice(0, QUERY_LIMITS.traceMatchesMax).map(({ span }) => span);
  return { spanIds: [...new Set(spanIds)], truncated };
}
