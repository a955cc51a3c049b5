import { ATTRIBUTE_TYPES, type AttributeValue, attributeValue } from "#core/attributes.ts";
import { formatTime } from "#core/time.ts";
import { SEVERITIES, type Severity, severityOf } from "#core/vocabulary.ts";
import { z } from "zod";
import { type AttributeMatch, resolveMatches } from "./attribute-filter.ts";
import { bigintText, type Cursors, listOf } from "./cursor.ts";
import {
  type LogFilter,
  type LogOrder,
  type LogPlace,
  logsStatement,
  logTimesStatement,
} from "./log-statements.ts";
import { parseTextQuery } from "./log-text.ts";
import { type QueryContext, read } from "./query-context.ts";
import {
  attributeRow,
  type Attributes,
  attributesOf,
  type Holders,
  readHolders,
  type ScopeView,
} from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";

/** A search as it is asked for. */
export interface LogSearch extends Omit<LogFilter, "matches" | "text"> {
  readonly query?: string | undefined;
  readonly attributes: readonly AttributeMatch[];
  readonly order: LogOrder;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface LogRecord {
  readonly time: string;
  readonly observedTime: string | null;
  readonly service: string;
  readonly severity: Severity | "unspecified";
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly eventName: string;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: ScopeView;
}

/**
 * Where a page ends. Log records have no id: `tie` is a digest of the whole record, and `skip` says
 * how many of equal records were given.
 */
const position = z.object({
  from: bigintText,
  to: bigintText,
  time: bigintText,
  tie: bigintText,
  skip: z.number().int(),
});

const logRow = attributeRow.extend({
  time_ns: bigintText,
  tie: bigintText,
  observed_ns: bigintText,
  trace: z.string(),
  span: z.string(),
  severity: z.number(),
  severity_text: z.string(),
  service: z.string(),
  body: z.string(),
  body_type: z.number(),
  event_name: z.string(),
  resource_id: z.string(),
  scope_id: z.string(),
});
type LogRow = z.infer<typeof logRow>;

/** The log records that fulfil all conditions, by time; each comes once over all pages. */
export async function searchLogs(
  context: QueryContext & { readonly cursors: Cursors },
  range: TimeRange,
  search: LogSearch,
): Promise<{ data: LogRecord[]; nextCursor: string | null }> {
  const { limit, cursor, attributes, query, order, ...conditions } = search;
  const list = listOf("logs", context.org, { ...conditions, attributes, query, order });
  const after = cursor === undefined ? undefined : context.cursors.decode(list, cursor, position);
  const whole = after === undefined ? range : { fromNs: after.from, toNs: after.to };
  const filter: LogFilter = {
    ...conditions,
    text: parseTextQuery(query ?? ""),
    matches: await resolveMatches(context, whole, attributes),
  };
  const rows = await readRows(context, whole, filter, { order, limit, after });
  const page = rows.slice(0, limit);
  if (page.length === 0) return { data: [], nextCursor: null };
  const holders = await readHolders(context, whole, page);
  const data = page.map((row) => recordOf(row, holders));
  if (rows.length <= limit) return { data, nextCursor: null };
  const last = page.at(-1)!;
  const nextCursor = context.cursors.encode(list, {
    from: String(whole.fromNs),
    to: String(whole.toNs),
    time: String(last.time_ns),
    tie: String(last.tie),
    skip: given(page, last) + (after !== undefined && isAt(last, after) ? after.skip : 0),
  });
  return { data, nextCursor };
}

interface Page {
  readonly order: LogOrder;
  readonly limit: number;
  readonly after: z.infer<typeof position> | undefined;
}

/**
 * One row more than the page. The times of the rows are found first, from one column in the order of
 * the sort key; whole rows are then read in the short stretch of time that they lie in.
 */
async function readRows(
  context: QueryContext,
  whole: TimeRange,
  filter: LogFilter,
  { order, limit, after }: Page,
): Promise<LogRow[]> {
  const stretch = await stretchOf(context, whole, filter, { order, limit, after });
  if (stretch === undefined) return [];
  const skip = after?.skip ?? 0;
  const page = { order, limit: limit + 1 + skip, from: after };
  const rows = await read(context, logsStatement(context.org, stretch, filter, page), logRow);
  return rows.slice(skip);
}

/** The time that the rows of a page lie in, that of the last row before it included. */
async function stretchOf(
  context: QueryContext,
  whole: TimeRange,
  filter: LogFilter,
  { order, limit, after }: Page,
): Promise<TimeRange | undefined> {
  const rest = after === undefined ? whole : beyond(whole, after.time, order);
  const times = logTimesStatement(context.org, rest, filter, order, limit + 1);
  const row = z.object({ first_ns: bigintText, last_ns: bigintText });
  const [found] = await read(context, times, row);
  if (after === undefined) {
    return found === undefined ? undefined : { fromNs: found.first_ns, toNs: found.last_ns };
  }
  return order === "desc"
    ? { fromNs: found?.first_ns ?? after.time, toNs: after.time }
    : { fromNs: after.time, toNs: found?.last_ns ?? after.time };
}

/** What of the range comes after all rows of a time. It may be empty, with its start after its end. */
function beyond(range: TimeRange, time: bigint, order: LogOrder): TimeRange {
  return order === "desc" ? { ...range, toNs: time - 1n } : { ...range, fromNs: time + 1n };
}

function isAt(row: LogRow, place: LogPlace): boolean {
  return row.time_ns === place.time && row.tie === place.tie;
}

/** How many rows of the page equal its last. */
function given(page: readonly LogRow[], last: LogRow): number {
  return page.filter((row) => isAt(row, { time: last.time_ns, tie: last.tie })).length;
}

function recordOf(row: LogRow, holders: Holders): LogRecord {
  return {
    time: formatTime(row.time_ns),
    observedTime: row.observed_ns === 0n ? null : formatTime(row.observed_ns),
    service: row.service,
    severity: severityOf(row.severity) ?? levelOf(row.severity_text),
    severityNumber: row.severity,
    severityText: row.severity_text,
    body: attributeValue(row.body, row.body_type === 0 ? ATTRIBUTE_TYPES.empty : row.body_type),
    eventName: row.event_name,
    traceId: /^0*$/.test(row.trace) ? null : row.trace,
    spanId: /^0*$/.test(row.span) ? null : row.span,
    attributes: attributesOf(row),
    resource: holders.resource(row.resource_id),
    scope: holders.scope(row.scope_id),
  };
}

/** The level that a sender without severity numbers wrote: `WARNING`, `Error`, `info`. */
function levelOf(text: string): Severity | "unspecified" {
  const lower = text.toLowerCase();
  return SEVERITIES.find((level) => lower.startsWith(level)) ?? "unspecified";
}
