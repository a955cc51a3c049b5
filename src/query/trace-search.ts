import { QUERY_LIMITS } from "#core/limits.ts";
import { formatSearch } from "#core/search/format-search.ts";
import type { SearchNode } from "#core/search/search-node.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import type { TraceOrder } from "#core/vocabulary.ts";
import { z } from "zod";
import { type AttributeMatch, resolveMatches } from "./attribute-filter.ts";
import { bigintText, type Cursors, listOf } from "./cursor.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import type { Pace } from "./search-paces.ts";
import { searchConditions } from "./search/search-conditions.ts";
import { SlowestScan } from "./slowest-traces.ts";
import type { TimeRange } from "./time-range.ts";
import {
  candidatesStatement,
  type SpanFilter,
  summariesStatement,
} from "./trace-search-statements.ts";
import { type TraceTimes, traceTimes } from "./trace-times.ts";

/** A search as it is asked for. */
export interface TraceSearch extends Omit<SpanFilter, "matches" | "search"> {
  /** Parsed for traces; undefined finds every span. */
  readonly search?: SearchNode | undefined;
  readonly attributes: readonly AttributeMatch[];
  /** The latest start first when left out; else the longest matching span. */
  readonly order?: TraceOrder | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootOperation: string;
  readonly startTime: string;
  readonly durationMs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: string[];
}

/** The range that the first page had. */
const pagedRange = z.object({ from: bigintText, to: bigintText });

/**
 * Where a page ends. Traces come by (start, id), but are found by their matching spans, and a long
 * trace can start far before those: `topNs` is where the newest matching span lies of all traces that
 * were seen and not yet given, so the next page starts to look there.
 */
const newestEnd = pagedRange.extend({ top: bigintText, start: bigintText, trace: z.string() });
type NewestEnd = Pick<z.infer<typeof newestEnd>, "start" | "trace" | "top">;

const slowestEnd = pagedRange.extend({ duration: bigintText, trace: z.string() });

interface Found extends TraceTimes {
  readonly newestNs: bigint;
}

/** Traces in order, and what of the cursor of the next page is of their order alone. */
interface FoundPage {
  readonly traces: readonly TraceTimes[];
  readonly next: Readonly<Record<string, string>> | undefined;
}

/**
 * The traces with a span that fulfils all conditions, in an order; each comes once over all pages, and none is
 * left out, for rows that were there from the first page on.
 */
export async function searchTraces(
  context: QueryContext & { readonly cursors: Cursors },
  range: TimeRange,
  search: TraceSearch,
): Promise<{ data: TraceSummary[]; nextCursor: string | null }> {
  const { limit, cursor, attributes, search: asked, order, ...spanFilter } = search;
  const isSlowest = order === "slowest";
  const q = formatSearch(asked);
  const list = listOf(isSlowest ? "slowest traces" : "traces", context.org, {
    ...spanFilter,
    attributes,
    ...(q === "" ? {} : { q }),
  });
  const endOfLast = <T>(schema: z.ZodType<T>): T | undefined =>
    cursor === undefined ? undefined : context.cursors.decode(list, cursor, schema);
  const [newest, slowest] = isSlowest
    ? [undefined, endOfLast(slowestEnd)]
    : [endOfLast(newestEnd), undefined];
  const last = newest ?? slowest;
  const whole = last === undefined ? range : { fromNs: last.from, toNs: last.to };
  const [matches, conditions] = await Promise.all([
    resolveMatches(context, whole, attributes),
    searchConditions(context, whole, "traces", asked),
  ]);
  const filter = { ...spanFilter, matches, search: conditions };
  const pace = context.paces?.of(context.org, [...kindOf(spanFilter, attributes), q]) ?? {};
  const { traces, next } = isSlowest
    ? await slowestPage(context, filter, whole, { limit, after: slowest })
    : await newestPage(new Scan(context, filter, whole, { limit, after: newest, pace }));
  const bounds = { from: String(whole.fromNs), to: String(whole.toNs) };
  return {
    data: await summaries(context, traces),
    nextCursor: next === undefined ? null : context.cursors.encode(list, { ...bounds, ...next }),
  };
}

async function newestPage(scan: Scan): Promise<FoundPage> {
  const { traces, topNs } = await scan.page();
  const last = traces.at(-1);
  if (last === undefined || topNs === undefined) return { traces, next: undefined };
  return {
    traces,
    next: { top: String(topNs), start: String(last.startNs), trace: last.trace },
  };
}

async function slowestPage(
  context: QueryContext,
  filter: SpanFilter,
  range: TimeRange,
  { limit, after }: { limit: number; after: z.infer<typeof slowestEnd> | undefined },
): Promise<FoundPage> {
  const position =
    after === undefined ? undefined : { durationNs: after.duration, trace: after.trace };
  const scan = new SlowestScan(context, filter, range, { limit, after: position });
  const { traces, next } = await scan.page();
  if (next === undefined) return { traces, next };
  return { traces, next: { duration: String(next.durationNs), trace: next.trace } };
}

/** What searches have in common that find about as much in the same time. */
function kindOf(
  {
    service,
    operation,
    status,
    minDurationNs,
    maxDurationNs,
  }: Omit<SpanFilter, "matches" | "search">,
  attributes: readonly AttributeMatch[],
): readonly unknown[] {
  const doublings = (ns: bigint | undefined): number | null =>
    ns === undefined ? null : ns.toString(2).length;
  return [
    ...[service, operation, status].map((name) => name ?? null),
    ...[minDurationNs, maxDurationNs].map(doublings),
    attributes,
  ];
}

const NS_PER_SECOND = 1_000_000_000n;
/** The first look is at so little that even the busiest system answers at once. */
const FIRST_WINDOW_NS = 30n * NS_PER_SECOND;
/** An attribute is found through an index; five minutes are what the sort key can tell apart. */
const FIRST_WINDOW_BY_ATTRIBUTE_NS = 300n * NS_PER_SECOND;
/** Windows grow by what the last one gave, at most this much. */
const WINDOW_GROWTH_MAX = 16;
/** Of what has become rare or frequent since, little more is read: a first window is so many times its least. */
const FIRST_WINDOW_GROWTH_MAX = 64;
/** By so much a window is longer than what would just give the page. */
const WINDOW_SPARE = 1.5;
/** Traces beyond the page that are looked for at first, for those that are overtaken. */
const SPARE_TRACES = 16;

/** Looks for matching traces from the newest time on backwards, in windows that grow. */
class Scan {
  private readonly context: QueryContext;
  private readonly filter: SpanFilter;
  private readonly range: TimeRange;
  private readonly limit: number;
  private readonly after: { start: bigint; trace: string } | undefined;
  private readonly pace: Pace;
  private readonly found = new Map<string, Found>();
  /** The newest matching span of traces of which it is not known yet when they started. */
  private readonly untimed = new Map<string, bigint>();
  /** Spans newer than this have all been looked at. */
  private frontierNs: bigint;
  private windowNs: bigint;
  private rowsMax: number;

  constructor(
    context: QueryContext,
    filter: SpanFilter,
    range: TimeRange,
    { limit, after, pace }: { limit: number; after: NewestEnd | undefined; pace: Pace },
  ) {
    this.context = context;
    this.filter = filter;
    this.range = range;
    this.limit = limit;
    this.after = after;
    this.pace = pace;
    this.frontierNs = after?.top ?? range.toNs;
    this.rowsMax = limit + SPARE_TRACES;
    this.windowNs = this.firstWindowNs();
  }

  /** The next traces, `limit` at most, and where to look for more: undefined when there are none. */
  async page(): Promise<{ traces: Found[]; topNs: bigint | undefined }> {
    const { limit } = this;
    for (;;) {
      const count = this.found.size + this.untimed.size;
      const done = this.frontierNs < this.range.fromNs || count >= QUERY_LIMITS.tracesScannedMax;
      if (done || count > limit) {
        await this.readTimes();
        // A trace that starts after all that is left to look at cannot be overtaken any more.
        const sorted = this.sorted().filter((trace) => done || trace.startNs > this.frontierNs);
        if (done || sorted.length > limit) return this.cut(sorted);
      }
      await this.look();
    }
  }

  private firstWindowNs(): bigint {
    const { matches, search } = this.filter;
    const isIndexed = matches.length > 0 || search?.isIndexed === true;
    const least = isIndexed ? FIRST_WINDOW_BY_ATTRIBUTE_NS : FIRST_WINDOW_NS;
    const { tracesPerSecond } = this.pace;
    if (tracesPerSecond === undefined) return least;
    const secondsMax = Number(least / NS_PER_SECOND) * FIRST_WINDOW_GROWTH_MAX;
    const seconds = (WINDOW_SPARE * this.rowsMax) / tracesPerSecond;
    return BigInt(Math.ceil(Math.min(seconds, secondsMax))) * NS_PER_SECOND;
  }

  /** What a look at the time from `fromNs` on gave, told to the searches that come. */
  private learn(traces: number, fromNs: bigint, toNs: bigint): void {
    const seconds = Math.max(Number(toNs - fromNs), 1) / Number(NS_PER_SECOND);
    this.pace.tracesPerSecond = traces / seconds;
  }

  private cut(sorted: Found[]): { traces: Found[]; topNs: bigint | undefined } {
    const { limit } = this;
    const traces = sorted.slice(0, limit);
    const last = traces.at(-1);
    if (last === undefined || (sorted.length <= limit && this.frontierNs < this.range.fromNs)) {
      return { traces, topNs: undefined };
    }
    let topNs = this.frontierNs;
    for (const trace of this.found.values()) {
      if (before(trace, { start: last.startNs, trace: last.trace }) && trace.newestNs > topNs) {
        topNs = trace.newestNs;
      }
    }
    return { traces, topNs };
  }

  /** What was found and not given on an earlier page, the latest start first. */
  private sorted(): Found[] {
    const { after } = this;
    const open = [...this.found.values()].filter(
      (trace) => after === undefined || before(trace, after),
    );
    return open.toSorted((a, b) => (before(b, { start: a.startNs, trace: a.trace }) ? -1 : 1));
  }

  /** Looks at one more window. */
  private async look(): Promise<void> {
    const { context, filter, range, frontierNs: toNs, rowsMax } = this;
    const fromNs = toNs - this.windowNs > range.fromNs ? toNs - this.windowNs : range.fromNs;
    const rows = await read(
      context,
      candidatesStatement(context.org, { fromNs, toNs }, filter, rowsMax),
      z.object({ trace: z.string(), newest_ns: bigintText }),
    );
    for (const { trace, newest_ns } of rows)
      if (!this.found.has(trace) && !this.untimed.has(trace)) this.untimed.set(trace, newest_ns);
    const isWhole = rows.length < rowsMax;
    this.learn(rows.length, isWhole ? fromNs : rows.at(-1)!.newest_ns, toNs);
    if (isWhole) {
      this.frontierNs = fromNs - 1n;
      const growth = Math.ceil((2 * rowsMax) / Math.max(rows.length, 1));
      this.windowNs *= BigInt(Math.min(Math.max(growth, 2), WINDOW_GROWTH_MAX));
      return;
    }
    // The window holds more: go on where the last row is. Rows at its very time may be missing.
    this.frontierNs = rows.at(-1)!.newest_ns;
    this.rowsMax *= 2;
  }

  /** Finds out when the traces that were found since the last time started. */
  private async readTimes(): Promise<void> {
    if (this.untimed.size === 0) return;
    const rows = await traceTimes(this.context, [...this.untimed.keys()]);
    const times = new Map(rows.map((row) => [row.trace, row]));
    for (const [trace, newestNs] of this.untimed) {
      // The index is a view, which can be a moment behind its table.
      const { startNs = newestNs, lastStartNs = newestNs } = times.get(trace) ?? {};
      this.found.set(trace, { trace, newestNs, startNs, lastStartNs });
    }
    this.untimed.clear();
  }
}

/** Whether a trace comes after a position in the list, whose order is descending. */
function before(trace: TraceTimes, position: { start: bigint; trace: string }): boolean {
  if (trace.startNs !== position.start) return trace.startNs < position.start;
  return trace.trace < position.trace;
}

const summaryRow = z.object({
  trace: z.string(),
  root: z.tuple([z.string(), z.string()]),
  start_ns: bigintText,
  end_ns: bigintText,
  spans: z.coerce.number(),
  errors: z.coerce.number(),
  services: z.array(z.string()),
});

async function summaries(
  context: QueryContext,
  traces: readonly TraceTimes[],
): Promise<TraceSummary[]> {
  if (traces.length === 0) return [];
  const rows = await read(context, summariesStatement(context.org, traces), summaryRow, FEW_ROWS);
  const byTrace = new Map(rows.map((row) => [row.trace, row]));
  return traces.flatMap(({ trace }) => {
    const row = byTrace.get(trace);
    return row === undefined ? [] : [summaryOf(row)];
  });
}

function summaryOf(row: z.infer<typeof summaryRow>): TraceSummary {
  return {
    traceId: row.trace,
    rootService: row.root[0],
    rootOperation: row.root[1],
    startTime: formatTime(row.start_ns),
    durationMs: millisecondsOf(row.end_ns - row.start_ns),
    spanCount: row.spans,
    errorCount: row.errors,
    services: row.services,
  };
}
