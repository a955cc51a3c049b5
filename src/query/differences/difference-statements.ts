import { DIFFERENCE_LIMITS } from "#core/limits.ts";
import type { SpanStatus } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { allOf, anyOf, Scoped } from "../scoped.ts";
import { type TimeRange, withinTime } from "../time-range.ts";
import { ofTraces } from "../trace-search-statements.ts";
import { traceIn, type TraceTimes } from "../trace-times.ts";

/** Which of the spans that a search finds are selected. */
export interface SpanSelection {
  readonly range: TimeRange;
  readonly minDurationNs?: bigint | undefined;
  readonly maxDurationNs?: bigint | undefined;
  readonly status?: SpanStatus | undefined;
}

/** What is compared. */
export interface Comparison {
  readonly selection: SpanSelection;
  /** Where the others are; what is selected is not among them. */
  readonly baseline: TimeRange;
  /** What all of the spans must be. */
  readonly conditions: readonly Fragment[];
}

/** `DIFFERENCE_LIMITS.tracesMax`: the engine takes only a plain number there. */
const SAMPLE_SIZE = sql`300`;

/**
 * Of each side how many traces there are, and those of them that are looked at: chosen by the hash of their
 * ids, which gives the same ones each time, and by their weight, so that one that stands for a hundred is a
 * hundred times as likely (Efraimidis and Spirakis 2006). A trace with a selected span is on that side only.
 */
export function sidesStatement(org: string, comparison: Comparison): Fragment {
  const { selection, baseline, conditions } = comparison;
  const inside = sql`(${allOf(selectionConditions(selection))})`;
  const either = anyOf([inside, withinTime(baseline)]);
  const times = anyOf([withinTime(selection.range), withinTime(baseline)]);
  return sql`SELECT selected, sum(trace_weight) AS traces,
  groupArraySorted(${SAMPLE_SIZE})((-log((cityHash64(trace_id) + 1.) / 18446744073709551616.) / trace_weight, lower(hex(trace_id)))) AS sample
FROM (
SELECT trace_id, max(${inside}) AS selected, greatest(toFloat64(any(weight)), 1e-6) AS trace_weight
${new Scoped(org).from("spans", [times, either, ...conditions])}
GROUP BY trace_id
)
GROUP BY selected
LIMIT 2`;
}

function selectionConditions({ range, status, ...durations }: SpanSelection): Fragment[] {
  const { minDurationNs, maxDurationNs } = durations;
  const conditions = [withinTime(range)];
  if (minDurationNs !== undefined)
    conditions.push(sql`duration_ns >= ${literal.uint(minDurationNs)}`);
  if (maxDurationNs !== undefined)
    conditions.push(sql`duration_ns <= ${literal.uint(maxDurationNs)}`);
  if (status !== undefined) conditions.push(sql`status = ${literal.string(status)}`);
  return conditions;
}

/** When each trace was and how many spans it has, from the index. */
export function traceSizesStatement(org: string, traceIds: readonly string[]): Fragment {
  return sql`SELECT lower(hex(trace_id)) AS trace,
  toUnixTimestamp64Nano(min(trace_index.min_ts)) AS start_ns,
  toUnixTimestamp64Nano(max(trace_index.max_ts)) AS last_start_ns,
  sum(trace_index.spans) AS spans
${new Scoped(org).from("trace_index", [traceIn(traceIds)])}
GROUP BY trace_id`;
}

/** The spans of these traces, whole but for links. Times count from `zeroNs`. */
export function comparedSpansStatement(
  org: string,
  traces: readonly TraceTimes[],
  zeroNs: bigint,
): Fragment {
  return sql`SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
  service, name, kind, status, toString(resource_id) AS resource,
  toFloat64(toUnixTimestamp64Nano(ts) - ${literal.int(zeroNs)}) AS start, toFloat64(duration_ns) AS duration,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types,
  \`events.name\` AS event_names,
  arrayMap(a -> mapKeys(a), \`events.attrs\`) AS event_keys,
  arrayMap(a -> mapValues(a), \`events.attrs\`) AS event_vals
${new Scoped(org).from("spans", ofTraces(traces))}
LIMIT ${literal.uint(2 * DIFFERENCE_LIMITS.spansMax)}`;
}

/** What those traces wrote to logs, trace after trace in an order that has nothing to do with the sides. */
export function comparedLogsStatement(org: string, traces: readonly TraceTimes[]): Fragment {
  return sql`SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, service, severity, substring(body, 1, 256) AS text
${new Scoped(org).from("logs", ofTraces(traces))}
ORDER BY cityHash64(trace_id)
LIMIT ${literal.uint(DIFFERENCE_LIMITS.logsPerTraceMax)} BY trace_id
LIMIT ${literal.uint(DIFFERENCE_LIMITS.logsMax)}`;
}
