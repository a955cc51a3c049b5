import { formatTime } from "#core/time.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { changesOf, type ComparedSteps, isComparable } from "./service-changes.ts";
import { serviceSeries } from "./service-series.ts";
import { type TimeRange, withinHours, withinMinutes } from "./time-range.ts";

/** Operations of a service that had no span in the range before. */
export interface NewOperations {
  readonly service: string;
  readonly operations: number;
  /** Weighted by sampling. */
  readonly spans: number;
  /** Names of the busiest. */
  readonly examples: string[];
}

export interface Changes {
  readonly comparedFrom: string;
  readonly isComparable: boolean;
  readonly changes: {
    readonly service: string;
    readonly kind: "new" | "gone" | "errors" | "latency" | "throughput";
    readonly isWorse: boolean;
    readonly before: number | null;
    readonly now: number | null;
    readonly since: string;
    readonly evidence: number | null;
    readonly score: number;
  }[];
  readonly newOperations: NewOperations[];
}

/** Steps of both ranges together. */
const STEPS = 120;
/** Changes of an answer; behind them come ever smaller ones. */
const CHANGES_MAX = 50;
const NEW_OPERATIONS = {
  /** Fewer spans may be chance. */
  spansMin: 20,
  servicesMax: 20,
  examplesMax: 3,
  /** Operations are read by the hour in ranges longer than this. */
  minutesNsMax: 6n * 3_600_000_000_000n,
} as const;

/**
 * What changed in the range against the equal range before, from the rollups alone. How it is judged stands
 * at `changesOf`.
 *
 * @param nowMs Unix milliseconds; what is still to come is no part of either range.
 */
export async function changes(
  context: QueryContext,
  range: TimeRange,
  nowMs: number,
): Promise<Changes> {
  const lengthNs = range.toNs - range.fromNs;
  const both = { fromNs: later(range.fromNs - lengthNs, 0n), toNs: range.toNs };
  const [series, operations] = await Promise.all([
    serviceSeries(context, both, { pointsMax: STEPS, nowMs }),
    read(context, newOperationsStatement(context.org, both, range.fromNs), operationsRow),
  ]);
  const startMs = Date.parse(series.startTime);
  const compared: ComparedSteps = {
    startMs,
    stepMs: series.stepMs,
    before: Math.round((Number(range.fromNs / 1_000_000n) - startMs) / series.stepMs),
    services: series.data,
  };
  return {
    comparedFrom: formatTime(both.fromNs),
    isComparable: isComparable(compared),
    changes: changesOf(compared)
      .slice(0, CHANGES_MAX)
      .map(({ sinceMs, ...change }) => ({
        ...change,
        since: formatTime(BigInt(Math.max(0, sinceMs)) * 1_000_000n),
      })),
    newOperations: isComparable(compared)
      ? operations.filter(({ service }) => wasThere(compared, service))
      : [],
  };
}

/** All operations of a new service are new; that is said of the service. */
function wasThere({ services, before }: ComparedSteps, service: string): boolean {
  const steps = services.find((one) => one.service === service);
  return steps?.requestsPerSecond.slice(0, before).some((rate) => rate > 0) ?? false;
}

function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

/** Operations with spans from `splitNs` on and none in `both` before it, counted by service. */
export function newOperationsStatement(org: string, both: TimeRange, splitNs: bigint): Fragment {
  const byHour = both.toNs - both.fromNs > 2n * NEW_OPERATIONS.minutesNsMax;
  const stepMs = byHour ? 3_600_000 : 60_000;
  const splitMs = Number(splitNs / 1_000_000n);
  const column = byHour ? sql`hour` : sql`minute`;
  const isNow = sql`${column} >= ${literal.dateTime(splitMs - (splitMs % stepMs))}`;
  const within = byHour ? withinHours(both) : withinMinutes(both);
  const spansMin = literal.float(NEW_OPERATIONS.spansMin);
  const examplesMax = literal.uint(NEW_OPERATIONS.examplesMax);
  return sql`SELECT service,
  toUInt32(count()) AS operations,
  sum(found.now_spans) AS spans,
  arrayMap(one -> one.2, arraySlice(arrayReverseSort(groupArray((found.now_spans, operation))), 1, ${examplesMax})) AS examples
FROM (
SELECT service, operation, sumIf(requests, ${isNow}) AS now_spans, sumIf(requests, NOT (${isNow})) AS earlier_spans
${new Scoped(org).from(byHour ? "span_kpis_1h" : "span_kpis_1m", [within])}
GROUP BY service, operation
HAVING earlier_spans = 0 AND now_spans >= ${spansMin}
) AS found
GROUP BY service
ORDER BY spans DESC, service
LIMIT ${literal.uint(NEW_OPERATIONS.servicesMax)}`;
}

const operationsRow = z.object({
  service: z.string(),
  operations: z.number(),
  spans: z.number(),
  examples: z.array(z.string()),
});
