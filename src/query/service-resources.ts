import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime } from "#core/time.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { attributeRow, type Attributes, attributesOf } from "./stored-attributes.ts";
import { type TimeRange, withinDays, withinTime } from "./time-range.ts";

/** A resource of a service: an instance of it, by its attributes. */
export interface ServiceResource {
  readonly resourceId: string;
  readonly attributes: Attributes;
  /** Days (UTC) on which it sent anything: `2026-11-21`. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** Spans since `spansFrom` of the answer, and the times of the first and the last; null without any. */
  readonly spans: number;
  readonly firstSpan: string | null;
  readonly lastSpan: string | null;
}

export interface ServiceResourcesAnswer {
  readonly data: ServiceResource[];
  /** Spans are counted from here on, to the end of the range. */
  readonly spansFrom: string;
  /** There are more resources than are given; the newest are. */
  readonly truncated: boolean;
}

/** The resources that sent anything for the service on a day of the range, those of the newest day first. */
export function serviceResourcesStatement(
  org: string,
  range: TimeRange,
  service: string,
): Fragment {
  const ofService = sql`service = ${literal.string(service)}`;
  // A resource's id is a digest of its attributes: those of any of its days are those of all.
  return sql`SELECT toString(resource_id) AS id,
  any(mapKeys(attrs)) AS keys, any(mapValues(attrs)) AS vals, any(attr_types) AS types,
  toString(min(day)) AS first_day, toString(max(day)) AS last_day
${new Scoped(org).from("resources", [ofService, withinDays(range)])}
GROUP BY resource_id
ORDER BY last_day DESC, first_day DESC, id
LIMIT ${literal.uint(QUERY_LIMITS.resourcesMax + 1)}`;
}

/** Which of them sent spans in the range, and when. */
export function resourceSpansStatement(org: string, range: TimeRange, service: string): Fragment {
  const ofService = sql`service = ${literal.string(service)}`;
  return sql`SELECT toString(resource_id) AS id, count() AS spans,
  toUnixTimestamp64Nano(min(ts)) AS first_ns, toUnixTimestamp64Nano(max(ts)) AS last_ns
${new Scoped(org).from("spans", [ofService, withinTime(range)])}
GROUP BY resource_id
ORDER BY spans DESC, id
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

const resourceRow = attributeRow.extend({
  id: z.string(),
  first_day: z.string(),
  last_day: z.string(),
});
const spansRow = z.object({
  id: z.string(),
  spans: z.coerce.number(),
  first_ns: bigintText,
  last_ns: bigintText,
});

/** The resources of one service in the range, those that sent the most spans first. */
export async function serviceResources(
  context: QueryContext,
  range: TimeRange,
  service: string,
): Promise<ServiceResourcesAnswer> {
  const { org } = context;
  const recent = recentOf(range);
  const [rows, spanRows] = await Promise.all([
    read(context, serviceResourcesStatement(org, range, service), resourceRow),
    read(context, resourceSpansStatement(org, recent, service), spansRow),
  ]);
  const truncated = rows.length > QUERY_LIMITS.resourcesMax;
  if (truncated) rows.pop();
  const spansOf = new Map(spanRows.map((row) => [row.id, row]));
  const data = rows.map((row): ServiceResource => {
    const seen = spansOf.get(row.id);
    return {
      resourceId: row.id,
      attributes: attributesOf(row),
      firstDay: row.first_day,
      lastDay: row.last_day,
      spans: seen?.spans ?? 0,
      firstSpan: seen === undefined ? null : formatTime(seen.first_ns),
      lastSpan: seen === undefined ? null : formatTime(seen.last_ns),
    };
  });
  return {
    data: data.toSorted((left, right) => right.spans - left.spans),
    spansFrom: formatTime(recent.fromNs),
    truncated,
  };
}

/** The last hours of a range: spans are counted one by one, which over weeks would take long. */
function recentOf({ fromNs, toNs }: TimeRange): TimeRange {
  const earliestNs = toNs - BigInt(QUERY_LIMITS.resourceSpansMsMax) * 1_000_000n;
  return { fromNs: fromNs > earliestNs ? fromNs : earliestNs, toNs };
}
