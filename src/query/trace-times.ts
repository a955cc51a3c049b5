import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinTime } from "./time-range.ts";

/** When the spans of these traces started, first and last, whatever the time range. */
export function traceTimesStatement(org: string, traceIds: readonly string[]): Fragment {
  return sql`SELECT lower(hex(trace_id)) AS trace,
  toUnixTimestamp64Nano(min(trace_index.min_ts)) AS start_ns,
  toUnixTimestamp64Nano(max(trace_index.max_ts)) AS last_start_ns
${new Scoped(org).from("trace_index", [traceIn(traceIds)])}
GROUP BY trace_id`;
}

/** A trace and when its spans started, first and last. */
export interface TraceTimes {
  readonly trace: string;
  readonly startNs: bigint;
  readonly lastStartNs: bigint;
}

/** At most this many ids stand in one statement, whose text the engine bounds at 256 KiB. */
const IDS_PER_STATEMENT = 2_000;

/** When each of the traces that are in the index started. */
export async function traceTimes(
  context: QueryContext,
  traceIds: readonly string[],
): Promise<TraceTimes[]> {
  const row = z.object({ trace: z.string(), start_ns: bigintText, last_start_ns: bigintText });
  const found: TraceTimes[] = [];
  for (let at = 0; at < traceIds.length; at += IDS_PER_STATEMENT) {
    const statement = traceTimesStatement(context.org, traceIds.slice(at, at + IDS_PER_STATEMENT));
    for (const { trace, start_ns: startNs, last_start_ns: lastStartNs } of await read(
      context,
      statement,
      row,
      FEW_ROWS,
    )) {
      found.push({ trace, startNs, lastStartNs });
    }
  }
  return found;
}

/** Condition that a row is of one of the traces. */
export function traceIn(traceIds: readonly string[]): Fragment {
  const ids = traceIds.map((id) => literal.fixedHex(id, 16));
  return sql`trace_id IN (${join(ids, ", ")})`;
}

/** When the spans of a trace started. Throws `not_found` for a trace that is not in the index. */
export async function rangeOfTrace(context: QueryContext, traceId: string): Promise<TimeRange> {
  const [times] = await traceTimes(context, [traceId]);
  if (times === undefined) throw new SightglassError("not_found", `there is no trace ${traceId}`);
  return { fromNs: times.startNs, toNs: times.lastStartNs };
}

/**
 * `FROM … ORDER BY … LIMIT` of the spans of one trace for which the conditions hold: by start time,
 * parents first among equals, and one more than the bound.
 */
export function spansOfTrace(
  org: string,
  trace: { readonly traceId: string; readonly range: TimeRange },
  conditions: readonly Fragment[] = [],
): Fragment {
  const ofTrace = sql`trace_id = ${literal.fixedHex(trace.traceId, 16)}`;
  return sql`${new Scoped(org).from("spans", [ofTrace, withinTime(trace.range), ...conditions])}
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT ${literal.uint(QUERY_LIMITS.spansPerTraceMax + 1)}`;
}
