import type { SpanStatus } from "#core/vocabulary.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import type { ResolvedMatch } from "./attribute-filter.ts";
import { anyOf, Scoped } from "./scoped.ts";
import { filterBranches } from "./search/filter-branches.ts";
import type { SearchConditions } from "./search/search-conditions.ts";
import { type TimeRange, withinTime } from "./time-range.ts";
import { traceIn, type TraceTimes } from "./trace-times.ts";

/** What one span of a trace must be for the trace to be found. */
export interface SpanFilter {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly status?: SpanStatus | undefined;
  /** It is the first of its trace. */
  readonly isRoot?: true | undefined;
  readonly minDurationNs?: bigint | undefined;
  readonly maxDurationNs?: bigint | undefined;
  readonly matches: readonly ResolvedMatch[];
  /** What is asked for in the search language; everything when left out. */
  readonly search?: SearchConditions | undefined;
}

/**
 * The traces with a matching span in `window`, each with the time of the newest of those, the newest
 * first.
 */
export function candidatesStatement(
  org: string,
  window: TimeRange,
  filter: SpanFilter,
  limit: number,
): Fragment {
  const conditions = [withinTime(window), ...spanConditions(filter)];
  const branches = filterBranches("span", filter).map(
    (branch) => sql`SELECT trace_id, max(ts) AS newest
${new Scoped(org).from("spans", [...conditions, branch])}
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT ${literal.uint(limit)}`,
  );
  return sql`SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
${join(branches, "\nUNION ALL\n")}
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT ${literal.uint(limit)}`;
}

/** Where a list of traces by their longest matching span has come to. */
export interface SlowestPosition {
  readonly durationNs: bigint;
  readonly trace: string;
}

/** The matching spans in `range`, the longest first: behind a position, and without those of some traces. */
export function longestSpansStatement(
  org: string,
  range: TimeRange,
  filter: SpanFilter,
  page: {
    readonly after: SlowestPosition | undefined;
    readonly leftOut: readonly string[];
    readonly limit: number;
  },
): Fragment {
  const { after, leftOut } = page;
  const limit = literal.uint(page.limit);
  const conditions = [withinTime(range), ...spanConditions(filter)];
  if (after !== undefined) {
    const [duration, trace] = [literal.uint(after.durationNs), literal.fixedHex(after.trace, 16)];
    conditions.push(
      sql`duration_ns <= ${duration}`,
      sql`(duration_ns < ${duration} OR trace_id < ${trace})`,
    );
  }
  if (leftOut.length > 0) conditions.push(sql`NOT (${traceIn(leftOut)})`);
  const branches = filterBranches("span", filter).map(
    (branch) => sql`SELECT trace_id, duration_ns, ts
${new Scoped(org).from("spans", [...conditions, branch])}
ORDER BY duration_ns DESC, trace_id DESC
LIMIT ${limit}`,
  );
  return sql`SELECT lower(hex(trace_id)) AS trace, duration_ns, toUnixTimestamp64Nano(ts) AS start_ns
FROM (
${join(branches, "\nUNION ALL\n")}
)
ORDER BY duration_ns DESC, trace_id DESC
LIMIT ${limit}`;
}

/** Which of the traces have a matching span in `range` that comes before a position, or is there. */
export function givenStatement(
  org: string,
  range: TimeRange,
  filter: SpanFilter,
  { traces, before }: { readonly traces: readonly TraceTimes[]; readonly before: SlowestPosition },
): Fragment {
  const [duration, trace] = [literal.uint(before.durationNs), literal.fixedHex(before.trace, 16)];
  const conditions = [
    withinTime(range),
    ...ofTraces(traces),
    ...spanConditions(filter),
    sql`duration_ns >= ${duration}`,
    sql`(duration_ns > ${duration} OR trace_id >= ${trace})`,
    anyOf(filterBranches("span", filter)),
  ];
  return sql`SELECT DISTINCT lower(hex(trace_id)) AS trace
${new Scoped(org).from("spans", conditions)}
LIMIT ${literal.uint(traces.length)}`;
}

function spanConditions(filter: SpanFilter): Fragment[] {
  const { service, operation, status, minDurationNs, maxDurationNs } = filter;
  const conditions: Fragment[] = [];
  if (filter.isRoot === true) conditions.push(sql`parent_span_id = toFixedString('', 8)`);
  if (service !== undefined) conditions.push(sql`service = ${literal.string(service)}`);
  if (operation !== undefined) conditions.push(sql`name = ${literal.string(operation)}`);
  if (status !== undefined) conditions.push(sql`status = ${literal.string(status)}`);
  if (minDurationNs !== undefined)
    conditions.push(sql`duration_ns >= ${literal.uint(minDurationNs)}`);
  if (maxDurationNs !== undefined)
    conditions.push(sql`duration_ns <= ${literal.uint(maxDurationNs)}`);
  return conditions;
}

/** Traces beside one another are read as one stretch of time when they are closer than this. */
const STRETCH_GAP_NS = 300_000_000_000n;
/** More stretches than this are read as one: their text would near the engine's bound. */
const STRETCHES_MAX = 200;

/** The figures of whole traces, of which the times are known. */
export function summariesStatement(org: string, traces: readonly TraceTimes[]): Fragment {
  const conditions = ofTraces(traces);
  return sql`SELECT lower(hex(trace_id)) AS trace,
  argMin((service, name), (parent_span_id != toFixedString('', 8), ts, span_id)) AS root,
  toUnixTimestamp64Nano(min(ts)) AS start_ns,
  max(toUnixTimestamp64Nano(ts) + toInt64(duration_ns)) AS end_ns,
  count() AS spans,
  countIf(status = 'error') AS errors,
  arraySort(groupUniqArray(100)(service)) AS services
${new Scoped(org).from("spans", conditions)}
GROUP BY trace_id`;
}

/** Conditions that a span is of one of the traces, whose times are known. */
export function ofTraces(traces: readonly TraceTimes[]): Fragment[] {
  const stretches = stretchesOf(traces).map((stretch) => sql`(${withinTime(stretch)})`);
  return [traceIn(traces.map(({ trace }) => trace)), sql`(${join(stretches, " OR ")})`];
}

/** When the traces were, as few stretches of time. */
export function stretchesOf(traces: readonly TraceTimes[]): TimeRange[] {
  const sorted = traces.toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
  const stretches: { fromNs: bigint; toNs: bigint }[] = [];
  for (const { startNs, lastStartNs } of sorted) {
    const last = stretches.at(-1);
    if (last === undefined || startNs - last.toNs > STRETCH_GAP_NS) {
      stretches.push({ fromNs: startNs, toNs: lastStartNs });
    } else if (lastStartNs > last.toNs) last.toNs = lastStartNs;
  }
  if (stretches.length <= STRETCHES_MAX) return stretches;
  return [{ fromNs: stretches[0]!.fromNs, toNs: latest(stretches) }];
}

function latest(stretches: readonly TimeRange[]): bigint {
  return stretches.reduce((found, { toNs }) => (toNs > found ? toNs : found), 0n);
}
