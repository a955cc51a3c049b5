import { type Fragment, sql } from "#store/sql.ts";
import type { TableName } from "#store/tables.ts";
import { z } from "zod";
import { Scoped } from "./scoped.ts";
import { hoursWithin, type TimeRange, withinMinutes } from "./time-range.ts";

// What the questions about services have in common: the rollups they read, and what they sum.

/** Requests, errors and latency; counts are weighted by sampling, so they can have fractions. */
export interface Kpis {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errors: number;
  /** errors / requests, 0 to 1. */
  readonly errorRate: number;
  readonly avgMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** The two tables that hold the same figures, by the minute and by the hour. */
export interface Rollup {
  readonly minutes: TableName;
  readonly hours: TableName;
}

/** Of whole services, server and consumer spans (`entry`) apart from the others. */
export const SERVICE_ROLLUP = { minutes: "service_kpis_1m", hours: "service_kpis_1h" } as const;
/** Of each operation and kind. */
export const OPERATION_ROLLUP = { minutes: "span_kpis_1m", hours: "span_kpis_1h" } as const;

/** The columns of a rollup that {@link SUMS} sums. */
export const SUMMED = sql`requests, errors, duration_sum_ns, duration_quantiles`;

export const SUMS = sql`sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles`;

/** A row of {@link SUMS}. */
export const kpiRow = z.object({
  requests: z.number(),
  errors: z.number(),
  duration_sum_ns: z.number(),
  quantiles: z.array(z.number().nullable()).length(3),
});

/** The figures of a row, over `seconds`. */
export function kpisOf(row: z.infer<typeof kpiRow>, seconds: number): Kpis {
  const { requests, errors, quantiles } = row;
  const [p50, p95, p99] = quantiles.map((ns) => (ns ?? 0) / 1_000_000);
  return {
    requests,
    requestsPerSecond: requests / seconds,
    errors,
    errorRate: requests > 0 ? errors / requests : 0,
    avgMs: requests > 0 ? row.duration_sum_ns / requests / 1_000_000 : 0,
    p50Ms: p50!,
    p95Ms: p95!,
    p99Ms: p99!,
  };
}

/** From so many whole hours on, a range reads the rollup by the hour; below, the rows are too few to matter. */
const WHOLE_HOURS_MIN = 3;

/** `FROM` these columns of the rows of a rollup in the minutes of the range, whole hours by the hour, as `kpis`. */
export function rollupWithin(
  org: string,
  range: TimeRange,
  { minutes, hours }: Rollup,
  names: Fragment,
  conditions: readonly Fragment[],
): Fragment {
  const scoped = new Scoped(org);
  const columns = sql`SELECT ${names}`;
  const split = hoursWithin(range, WHOLE_HOURS_MIN);
  if (split === undefined) {
    return sql`FROM (
${columns}
${scoped.from(minutes, [withinMinutes(range), ...conditions])}
) AS kpis`;
  }
  return sql`FROM (
${columns}
${scoped.from(minutes, [split.minutes, ...conditions])}
UNION ALL
${columns}
${scoped.from(hours, [split.hours, ...conditions])}
) AS kpis`;
}

/**
 * Condition on the rows of {@link SERVICE_ROLLUP}: those that are requests. Requests of a service are its
 * server and consumer spans: what others asked of it. A service that has neither (a command-line job, a
 * browser) counts all its spans, so that it shows up at all. Which those are is found out first, from the
 * keys alone: the quantile states are what takes the time.
 *
 * @param rows `FROM` the `service` and `entry` of the rollup's rows in the range, as `kpis`.
 */
export function areRequests(rows: Fragment): Fragment {
  const withoutEntry = sql`SELECT service
${rows}
GROUP BY service
HAVING NOT max(kpis.entry)`;
  return sql`(entry OR (NOT entry AND service GLOBAL IN (${withoutEntry})))`;
}
