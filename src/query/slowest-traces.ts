import { QUERY_LIMITS } from "#core/limits.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { type QueryContext, read } from "./query-context.ts";
import type { TimeRange } from "./time-range.ts";
import {
  givenStatement,
  longestSpansStatement,
  type SlowestPosition,
  type SpanFilter,
} from "./trace-search-statements.ts";
import { type TraceTimes, traceTimes } from "./trace-times.ts";

/** A trace by its longest matching span. */
interface Found extends TraceTimes, SlowestPosition {}

/** Spans beyond the page that are looked at first, for traces that have several of the longest. */
const SPARE_SPANS = 16;
/** Spans of one look; the ids of as many traces stand in one statement. */
const SPANS_LOOKED_AT_MAX = 2_000;
/** So many of the traces that were met last are left out of the next look: one of them may have endless spans. */
const LEFT_OUT_MAX = 500;

const spanRow = z.object({ trace: z.string(), duration_ns: bigintText, start_ns: bigintText });
const traceRow = z.object({ trace: z.string() });

/**
 * Walks along the matching spans, the longest first, and takes each trace where its first span comes: that is
 * its longest one. Nothing is grouped, so that a look costs little however many spans match.
 */
export class SlowestScan {
  private readonly context: QueryContext;
  private readonly filter: SpanFilter;
  private readonly range: TimeRange;
  private readonly limit: number;
  /** Where the page before ended. */
  private readonly after: SlowestPosition | undefined;
  private readonly found: Found[] = [];
  /** Those that were found, and those that were met again. */
  private readonly met = new Set<string>();
  /** The shortest span that was looked at. */
  private reached: SlowestPosition | undefined;
  private isWhole = false;
  private rowsMax: number;

  constructor(
    context: QueryContext,
    filter: SpanFilter,
    range: TimeRange,
    { limit, after }: { limit: number; after: SlowestPosition | undefined },
  ) {
    this.context = context;
    this.filter = filter;
    this.range = range;
    this.limit = limit;
    this.after = after;
    this.reached = after;
    this.rowsMax = limit + SPARE_SPANS;
  }

  /**
   * The next traces, `limit` at most, and behind which span to look for more: undefined when there are none.
   * Fewer than `limit` may come although there are more, where traces have very many of the longest spans.
   */
  async page(): Promise<{ traces: Found[]; next: SlowestPosition | undefined }> {
    const { found, limit } = this;
    for (let looks = 0; looks < QUERY_LIMITS.slowestLooksMax; looks++) {
      if (this.isWhole || found.length > limit) break;
      await this.look();
    }
    const traces = found.slice(0, limit);
    if (found.length > limit) return { traces, next: traces.at(-1) };
    return { traces, next: this.isWhole ? undefined : this.reached };
  }

  /** Looks at the next longest spans. */
  private async look(): Promise<void> {
    const { context, range, filter, rowsMax, met, reached } = this;
    const leftOut = [...met].slice(-LEFT_OUT_MAX);
    const page = { after: reached, leftOut, limit: rowsMax };
    const statement = longestSpansStatement(context.org, range, filter, page);
    const spans = await read(context, statement, spanRow);
    const fresh = new Map<string, Found>();
    for (const { trace, duration_ns: durationNs, start_ns: startNs } of spans) {
      this.reached = { trace, durationNs };
      if (met.has(trace)) continue;
      met.add(trace);
      fresh.set(trace, { trace, durationNs, startNs, lastStartNs: startNs });
    }
    this.found.push(...(await this.notGiven(await this.withTimes(fresh))));
    this.isWhole = spans.length < rowsMax;
    this.rowsMax = Math.min(2 * rowsMax, SPANS_LOOKED_AT_MAX);
  }

  private async withTimes(fresh: ReadonlyMap<string, Found>): Promise<Found[]> {
    const rows = await traceTimes(this.context, [...fresh.keys()]);
    const times = new Map(rows.map((row) => [row.trace, row]));
    // The index is a view, which can be a moment behind its table.
    return [...fresh.values()].map((one) => ({ ...one, ...times.get(one.trace) }));
  }

  /** Those that no earlier page has given: all their matching spans come behind where it ended. */
  private async notGiven(traces: readonly Found[]): Promise<readonly Found[]> {
    const { after, context, range, filter } = this;
    if (after === undefined || traces.length === 0) return traces;
    const statement = givenStatement(context.org, range, filter, { traces, before: after });
    const given = new Set((await read(context, statement, traceRow)).map(({ trace }) => trace));
    return traces.filter(({ trace }) => !given.has(trace));
  }
}
