import { QUERY_LIMITS } from "#core/limits.ts";
import type { SpanKind } from "#core/vocabulary.ts";
import { SPAN_KINDS } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinMinutes } from "./time-range.ts";

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

/**
 * Requests of a service are its server and consumer spans: what others asked of it. A service that
 * has neither (a command-line job, a browser) counts all its spans, so that it shows up at all.
 */
export function servicesStatement(org: string, range: TimeRange): Fragment {
  return sql`SELECT service,
  sumIf(service_kpis_1m.requests, entry) AS entries,
  if(entries > 0, entries, sum(service_kpis_1m.requests)) AS requests,
  if(entries > 0, sumIf(service_kpis_1m.errors, entry), sum(service_kpis_1m.errors)) AS errors,
  if(entries > 0, sumIf(service_kpis_1m.duration_sum_ns, entry), sum(service_kpis_1m.duration_sum_ns)) AS duration_sum_ns,
  if(entries > 0, ${mergeQuantiles(sql`If`, sql`, entry`)}, ${mergeQuantiles()}) AS quantiles
${new Scoped(org).from("service_kpis_1m", [withinMinutes(range)])}
GROUP BY service
ORDER BY requests DESC, service
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

function mergeQuantiles(combinator?: Fragment, condition?: Fragment): Fragment {
  return sql`quantilesBFloat16WeightedMerge${combinator ?? sql``}(0.5, 0.95, 0.99)(duration_quantiles${condition ?? sql``})`;
}

/** The operations of one service, of each kind apart; every span counts. */
export function operationsStatement(org: string, range: TimeRange, service: string): Fragment {
  return sql`SELECT operation, kind,
  sum(span_kpis_1m.requests) AS requests,
  sum(span_kpis_1m.errors) AS errors,
  sum(span_kpis_1m.duration_sum_ns) AS duration_sum_ns,
  ${mergeQuantiles()} AS quantiles
${new Scoped(org).from("span_kpis_1m", [withinMinutes(range), sql`service = ${literal.string(service)}`])}
GROUP BY operation, kind
ORDER BY requests DESC, operation, kind
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

const serviceRow = kpiRow.extend({ service: z.string() });
const operationRow = kpiRow.extend({ operation: z.string(), kind: z.enum(SPAN_KINDS) });

/** The services that sent spans in the minutes of the range, the busiest first. */
export async function listServices(
  context: QueryContext,
  range: TimeRange,
): Promise<({ service: string } & Kpis)[]> {
  const rows = await read(context, servicesStatement(context.org, range), serviceRow);
  return rows.map((row) => ({ service: row.service, ...kpisOf(row) }));
}

/** The operations of one service in the minutes of the range, the busiest first. */
export async function listOperations(
  context: QueryContext,
  range: TimeRange,
  service: string,
): Promise<({ operation: string; kind: SpanKind } & Kpis)[]> {
  const rows = await read(context, operationsStatement(context.org, range, service), operationRow);
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
