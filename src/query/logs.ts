import { SightglassError } from "#core/errors.ts";
import { formatSearch } from "#core/search/format-search.ts";
import type { SearchNode } from "#core/search/search-node.ts";
import { z } from "zod";
import { type AttributeMatch, resolveMatches } from "./attribute-filter.ts";
import { bigintText, type Cursors, listOf } from "./cursor.ts";
import { type LogRecord, logRow, type LogRow, recordOf } from "./log-records.ts";
import {
  type LogFilter,
  type LogOrder,
  type LogPlace,
  logsStatement,
  logTimesStatement,
} from "./log-statements.ts";
import { parseTextQuery } from "./log-text.ts";
import { type QueryContext, read } from "./query-context.ts";
import { filterBranches } from "./search/filter-branches.ts";
import { searchConditions } from "./search/search-conditions.ts";
import { readHolders } from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";

/** What records are asked for. */
export interface LogConditions extends Omit<LogFilter, "matches" | "text" | "search"> {
  readonly query?: string | undefined;
  readonly attributes: readonly AttributeMatch[];
  /** Parsed for logs; undefined finds every record. */
  readonly search?: SearchNode | undefined;
}

/** A page of a search. */
export interface LogSearch extends LogConditions {
  readonly order: LogOrder;
  readonly limit: number;
  readonly cursor?: string | undefined;
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

/** The log records that fulfil all conditions, by time; each comes once over all pages. */
export async function searchLogs(
  context: QueryContext & { readonly cursors: Cursors },
  range: TimeRange,
  search: LogSearch,
): Promise<{ data: LogRecord[]; nextCursor: string | null }> {
  const { limit, cursor, order, ...asked } = search;
  const list = listOf("logs", context.org, { ...asked, search: formatSearch(asked.search), order });
  const after = cursor === undefined ? undefined : context.cursors.decode(list, cursor, position);
  const whole = after === undefined ? range : { fromNs: after.from, toNs: after.to };
  const filter = await logFilter(context, whole, asked);
  const { rows: page, isMore } = await readLogRows(context, whole, filter, { order, limit, after });
  if (page.length === 0) return { data: [], nextCursor: null };
  const holders = await readHolders(context, whole, page);
  const data = page.map((row) => recordOf(row, holders));
  if (!isMore) return { data, nextCursor: null };
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

/** What is asked for, as conditions on rows of this range. */
export async function logFilter(
  context: QueryContext,
  range: TimeRange,
  { attributes, query, search, ...conditions }: LogConditions,
): Promise<LogFilter> {
  const [matches, found] = await Promise.all([
    resolveMatches(context, range, attributes),
    searchConditions(context, range, "logs", search),
  ]);
  return { ...conditions, text: parseTextQuery(query ?? ""), matches, search: found };
}

/** Rows of a list: those after `skip` rows that equal the place, or from the start. */
export interface LogPage {
  readonly order: LogOrder;
  readonly limit: number;
  readonly after: (LogPlace & { readonly skip: number }) | undefined;
}

/** How many times fewer rows are asked for when those of a page are more than the engine gives at once. */
const FEWER = 8;

/**
 * The rows of a page, and whether there are more behind them. Where rows are so large that the engine does not
 * give as many at once, there are fewer.
 */
export async function readLogRows(
  context: QueryContext,
  whole: TimeRange,
  filter: LogFilter,
  page: LogPage,
): Promise<{ readonly rows: readonly LogRow[]; readonly isMore: boolean }> {
  for (let { limit } = page; ; limit = Math.ceil(limit / FEWER)) {
    try {
      const rows = await readOneMore(context, whole, filter, { ...page, limit });
      return { rows: rows.slice(0, limit), isMore: rows.length > limit };
    } catch (error) {
      if (limit === 1 || !isTooLarge(error)) throw error;
    }
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof SightglassError && error.code === "result_too_large";
}

/**
 * One row more than the page. The times of the rows are found first, from one column in the order of
 * the sort key; whole rows are then read in the short stretch of time that they lie in.
 */
async function readOneMore(
  context: QueryContext,
  whole: TimeRange,
  filter: LogFilter,
  { order, limit, after }: LogPage,
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
  { order, limit, after }: LogPage,
): Promise<TimeRange | undefined> {
  const rest = after === undefined ? whole : beyond(whole, after.time, order);
  const found = await timesOf(context, rest, filter, { order, limit: limit + 1 });
  if (after === undefined) return found;
  return order === "desc"
    ? { fromNs: found?.fromNs ?? after.time, toNs: after.time }
    : { fromNs: after.time, toNs: found?.toNs ?? after.time };
}

const MINUTE_NS = 60_000_000_000n;
/** How far a search looks at once: what is asked for is mostly among the newest, and is then there at once. */
const WINDOWS_NS = [15n, 6n * 60n, 24n * 60n].map((minutes) => minutes * MINUTE_NS);

const timesRow = z.object({
  first_ns: bigintText,
  last_ns: bigintText,
  rows: z.coerce.number(),
});

/** The time that the first `limit` rows lie in, looked for further and further away; undefined without any. */
async function timesOf(
  context: QueryContext,
  range: TimeRange,
  filter: LogFilter,
  { order, limit }: { order: LogOrder; limit: number },
): Promise<TimeRange | undefined> {
  // A row that fits several branches is counted as often.
  const branches = filterBranches("log", filter).length;
  let found: TimeRange | undefined;
  let missing = limit;
  for (const window of windowsOf(range, order)) {
    const statement = logTimesStatement(context.org, window, filter, order, missing);
    const [times] = await read(context, statement, timesRow);
    if (times === undefined) continue;
    found = {
      fromNs: found === undefined || order === "desc" ? times.first_ns : found.fromNs,
      toNs: found === undefined || order === "asc" ? times.last_ns : found.toNs,
    };
    missing -= Math.ceil(times.rows / branches);
    if (missing <= 0) break;
  }
  return found;
}

/** A range cut into stretches, from the end that the order begins at. Nothing of an empty range. */
function* windowsOf({ fromNs, toNs }: TimeRange, order: LogOrder): Iterable<TimeRange> {
  const spanNs = toNs - fromNs;
  let doneNs = 0n;
  for (const windowNs of [...WINDOWS_NS, spanNs + 1n]) {
    // What is left is looked at in one go where that is no more than twice as much.
    const endNs = spanNs + 1n <= 2n * windowNs ? spanNs + 1n : windowNs;
    if (endNs <= doneNs) return;
    yield order === "desc"
      ? { fromNs: toNs - endNs + 1n, toNs: toNs - doneNs }
      : { fromNs: fromNs + doneNs, toNs: fromNs + endNs - 1n };
    doneNs = endNs;
  }
}

/** What of the range comes after all rows of a time. It may be empty, with its start after its end. */
function beyond(range: TimeRange, time: bigint, order: LogOrder): TimeRange {
  return order === "desc" ? { ...range, toNs: time - 1n } : { ...range, fromNs: time + 1n };
}

/** Whether a row lies at a place. */
export function isAt(row: LogRow, place: LogPlace): boolean {
  return row.time_ns === place.time && row.tie === place.tie;
}

/** How many rows of the page equal its last. */
function given(page: readonly LogRow[], last: LogRow): number {
  return page.filter((row) => isAt(row, { time: last.time_ns, tie: last.tie })).length;
}
