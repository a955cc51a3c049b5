import { QUERY_LIMITS } from "#core/limits.ts";
import type { SpanKind } from "#core/vocabulary.ts";
import { SPAN_KINDS } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import type { TableName } from "#store/tables.ts";
import { hoursWithin, type TimeRange, withinMinutes } from "./time-range.ts";

/** Requests, errors and latency; counts are weighted by sampling, so they can have fractions. */
export interface Kpis {
  readonly requests: number;
  readonly errors: number;
  /** errors / requests, 0 to 1. */
  readonly errorRate: number;
  readonly avgMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

const kpiRow = z.object({
  requests: z.number(),
  errors: z.number(),
  duration_sum_ns: z.number(),
  quantiles: z.array(z.number().nullable()).length(3),
});

/** From so many whole hours on, a range reads the rollup by the hour; below, the rows are too few to matter. */
const WHOLE_HOURS_MIN = 3;
const SUMMED = sql`requests, errors, duration_sum_ns, duration_quantiles`;

/**
 * Requests of a service are its server and consumer spans: what others asked of it. A service that
 * has neither (a command-line job, a browser) counts all its spans, so that it shows up at all. Which
 * those are is found out first, from the keys alone: the quantile states are what takes the time.
 */
export function servicesStatement(org: string, range: TimeRange): Fragment {
  const rollup = { minutes: "service_kpis_1m", hours: "service_kpis_1h" } as const;
  const withoutEntry = sql`SELECT service
${rollupWithin(org, range, rollup, sql`service, entry`, [])}
GROUP BY service
HAVING NOT max(kpis.entry)`;
  const counts = sql`(entry OR (NOT entry AND service GLOBAL IN (${withoutEntry})))`;
  return sql`SELECT service, ${SUMS}
${kpisWithin(org, range, rollup, sql`service`, [counts])}
GROUP BY service
ORDER BY requests DESC, service
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

const SUMS = sql`sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles`;

/** The operations of one service, of each kind apart; every span counts. */
export function operationsStatement(org: string, range: TimeRange, service: string): Fragment {
  const rollup = { minutes: "span_kpis_1m", hours: "span_kpis_1h" } as const;
  const ofService = sql`service = ${literal.string(service)}`;
  return sql`SELECT operation, kind, ${SUMS}
${kpisWithin(org, range, rollup, sql`operation, kind`, [ofService])}
GROUP BY operation, kind
ORDER BY requests DESC, operation, kind
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

interface Rollup {
  readonly minutes: TableName;
  readonly hours: TableName;
}

/** As {@link rollupWithin}, with what there is to sum. */
function kpisWithin(
  org: string,
  range: TimeRange,
  rollup: Rollup,
  keys: Fragment,
  conditions: readonly Fragment[],
): Fragment {
  return rollupWithin(org, range, rollup, sql`${keys}, ${SUMMED}`, conditions);
}

/** `FROM` these columns of the rows of a rollup in the minutes of the range, whole hours by the hour, as `kpis`. */
function rollupWithin(
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

const serviceRow = kpiRow.extend({ service: z.string() });
const operationRow = kpiRow.extend({ operation: z.string(), kind: z.enum(SPAN_KINDS) });

/** The services that sent spans in the minutes of the range, the busiest first. */
export async function listServices(
  context: QueryContext,
  range: TimeRange,
): Promise<({ service: string } & Kpis)[]> {
  const rows = await read(context, servicesStatement(context.org, range), serviceRow, FEW_ROWS);
  return rows.map((row) => ({ service: row.service, ...kpisOf(row) }));
}

/** The operations of one service in the minutes of the range, the busiest first. */
export async function listOperations(
  context: QueryContext,
  range: TimeRange,
  service: string,
): Promise<({ operation: string; kind: SpanKind } & Kpis)[]> {
  const statement = operationsStatement(context.org, range, service);
  const rows = await read(context, statement, operationRow, FEW_ROWS);
  return rows.map((row) => ({ operation: row.operation, kind: row.kind, ...kpisOf(row) }));
}

function kpisOf(row: z.infer<typeof kpiRow>): Kpis {
  const { requests, errors, quantiles } = row;
  const [p50, p95, p99] = quantiles.map((ns) => (ns ?? 0) / 1_000_000);
  return {
    requests,
    errors,
    errorRate: requests > 0 ? errors / requests : 0,
    avgMs: requests > 0 ? row.duration_sum_ns / requests / 1_000_000 : 0,
    p50Ms: p50!,
    p95Ms: p95!,
    p99Ms: p99!,
  };
}
