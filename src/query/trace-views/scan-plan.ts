import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "../query-context.ts";
import { Scoped } from "../scoped.ts";
import { type TimeRange, withinHours, withinMinutes, withinTime } from "../time-range.ts";

/** Which part of a range is looked at. */
export interface ScanPlan {
  /** When the spans are that are looked at. */
  readonly when: Fragment;
  /** Of the range; 1 for all of it. Sums are divided by it. */
  readonly share: number;
  /** How many separate stretches are looked at, where that is not all. */
  readonly stretches?: number;
}

/** What the sort key tells apart. */
const STRETCH_NS = 300_000_000_000n;
/** From so many stretches on their sum is read by the hour. */
const STRETCHES_BY_HOUR = 72;
/** Named in one statement at most. */
const STRETCHES_MAX = 500;

/** How many spans there are in about the range, from the rollups. */
export function spansStatement(org: string, range: TimeRange): Fragment {
  const isLong = range.toNs - range.fromNs > BigInt(STRETCHES_BY_HOUR) * STRETCH_NS;
  const kpis = isLong
    ? new Scoped(org).from("span_kpis_1h", [withinHours(range)])
    : new Scoped(org).from("span_kpis_1m", [withinMinutes(range)]);
  return sql`SELECT sum(spans) AS spans
${kpis}
LIMIT 1`;
}

/** How many spans there are in about the range. */
export async function countSpans(context: QueryContext, range: TimeRange): Promise<number> {
  const row = z.object({ spans: z.coerce.number() });
  const [found] = await read(context, spansStatement(context.org, range), row, FEW_ROWS);
  return found?.spans ?? 0;
}

/** Plans to look at no more than about `spansMax` spans; see {@link planOf}. */
export async function planScan(
  context: QueryContext,
  range: TimeRange,
  spansMax: number,
): Promise<ScanPlan> {
  return planOf(range, await countSpans(context, range), spansMax);
}

/**
 * The plan for a range of so many spans: all of it, or evenly spread stretches of five minutes, which the sort
 * key finds without reading what is between them.
 */
export function planOf(range: TimeRange, spans: number, spansMax: number): ScanPlan {
  const first = range.fromNs / STRETCH_NS;
  const all = Number(range.toNs / STRETCH_NS - first) + 1;
  const wanted = Math.max(1, Math.floor((all * spansMax) / Math.max(1, spans)));
  const every = Math.ceil(all / Math.min(wanted, STRETCHES_MAX));
  if (spans <= spansMax || every <= 1) return { when: withinTime(range), share: 1 };
  const starts: Fragment[] = [];
  for (let stretch = Math.floor(every / 2); stretch < all; stretch += every)
    starts.push(literal.dateTime(Number(((first + BigInt(stretch)) * STRETCH_NS) / 1_000_000n)));
  if (starts.length === 0) return { when: withinTime(range), share: 1 };
  return {
    when: sql`${withinTime(range)} AND toStartOfFiveMinutes(ts) IN (${join(starts, ", ")})`,
    share: starts.length / all,
    stretches: starts.length,
  };
}
