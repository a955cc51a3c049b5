import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { matchCondition, type ResolvedMatch } from "./attribute-filter.ts";
import { type TextQuery, textConditions } from "./log-text.ts";
import { Scoped } from "./scoped.ts";
import { filterBranches } from "./search/filter-branches.ts";
import type { SearchConditions } from "./search/search-conditions.ts";
import { attributeColumns } from "./stored-attributes.ts";
import { type TimeRange, withinTime } from "./time-range.ts";
import { traceIn } from "./trace-times.ts";

/** What a log record must be to be found. */
export interface LogFilter {
  readonly text: TextQuery;
  readonly service?: string | undefined;
  /** The least severity number. */
  readonly severity?: number | undefined;
  readonly traceId?: string | undefined;
  readonly matches: readonly ResolvedMatch[];
  /** What is asked for in the search language; everything when left out. */
  readonly search?: SearchConditions | undefined;
}

export type LogOrder = "asc" | "desc";

/** A record's place among those of its time: a digest of all that it has. */
export const tie = sql`cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types)`;

/** First and last time of the first `limit` records in order. It reads little more than their times. */
export function logTimesStatement(
  org: string,
  range: TimeRange,
  filter: LogFilter,
  order: LogOrder,
  limit: number,
): Fragment {
  const conditions = [withinTime(range), ...recordConditions(filter)];
  const direction = order === "desc" ? sql`DESC` : sql`ASC`;
  // Ordered as the sort key is, so that the engine stops reading after `limit` rows. A record that several
  // branches have comes as often: so many more are taken, for `limit` different ones to be among them.
  const branches = filterBranches("log", filter).map(
    (branch) => sql`SELECT ts
${new Scoped(org).from("logs", [...conditions, branch])}
ORDER BY toStartOfFiveMinutes(ts) ${direction}, ts ${direction}
LIMIT ${literal.uint(limit)}`,
  );
  return sql`SELECT toUnixTimestamp64Nano(min(ts)) AS first_ns, toUnixTimestamp64Nano(max(ts)) AS last_ns, count() AS rows
FROM (
SELECT ts FROM (
${join(branches, "\nUNION ALL\n")}
)
ORDER BY ts ${direction}
LIMIT ${literal.uint(limit * branches.length)}
)
HAVING count() > 0`;
}

/** The last record that was given: the rows asked for start with it and its equals. */
export interface LogPlace {
  readonly time: bigint;
  readonly tie: bigint;
}

/** Whole records in order of time, then digest. `range` should be short. */
export function logsStatement(
  org: string,
  range: TimeRange,
  filter: LogFilter,
  page: { order: LogOrder; limit: number; from: LogPlace | undefined },
): Fragment {
  const conditions = wholeConditions(range, filter);
  if (page.from !== undefined) conditions.push(fromPlace(page.from, page.order));
  const direction = page.order === "desc" ? sql`DESC` : sql`ASC`;
  return sql`SELECT toUnixTimestamp64Nano(ts) AS time_ns, ${tie} AS tie,
  toUnixTimestamp64Nano(observed_ts) AS observed_ns,
  lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  severity, severity_text, service, body, body_type, event_name,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  ${attributeColumns}
${new Scoped(org).from("logs", conditions)}
ORDER BY ts ${direction}, tie ${direction}
LIMIT ${literal.uint(page.limit)}`;
}

/** Every condition of a filter, right wherever they stand. */
export function wholeConditions(range: TimeRange, filter: LogFilter): Fragment[] {
  return [
    withinTime(range),
    ...recordConditions(filter),
    matchCondition("log", filter.matches),
    ...(filter.search?.whole ?? []),
  ];
}

function fromPlace(place: LogPlace, order: LogOrder): Fragment {
  const time = literal.dateTime64(place.time);
  const digest = literal.uint(place.tie);
  return order === "desc"
    ? sql`(ts < ${time} OR ${tie} <= ${digest})`
    : sql`(ts > ${time} OR ${tie} >= ${digest})`;
}

function recordConditions(filter: LogFilter): Fragment[] {
  const { service, severity, traceId } = filter;
  const conditions: Fragment[] = [];
  if (service !== undefined) conditions.push(sql`service = ${literal.string(service)}`);
  if (severity !== undefined) conditions.push(sql`severity >= ${literal.uint(severity)}`);
  if (traceId !== undefined) conditions.push(traceIn([traceId]));
  return [...conditions, ...textConditions(filter.text)];
}
