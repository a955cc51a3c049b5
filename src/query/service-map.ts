import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinMinutes } from "./time-range.ts";

/** Calls from one service to another; counts are weighted by sampling. */
export interface ServiceEdge {
  readonly source: string;
  readonly target: string;
  readonly requests: number;
  readonly errors: number;
  readonly p95Ms: number;
}

/**
 * The edges with the bucket that holds their 95th percentile. Weights are scaled by 16 and rounded,
 * because the engine's weighted quantile takes whole weights.
 */
export function serviceMapStatement(
  org: string,
  range: TimeRange,
  service: string | undefined,
): Fragment {
  const conditions = [withinMinutes(range)];
  if (service !== undefined) {
    const name = literal.string(service);
    conditions.push(sql`(source = ${name} OR target = ${name})`);
  }
  return sql`SELECT source, target,
  sum(service_edges_1m.requests) AS requests,
  sum(service_edges_1m.errors) AS errors,
  quantileExactWeighted(0.95)(bucket, toUInt64(round(service_edges_1m.requests * 16))) AS p95_bucket
${new Scoped(org).from("service_edges_1m", conditions)}
GROUP BY source, target
ORDER BY requests DESC, source, target
LIMIT ${literal.uint(QUERY_LIMITS.edgesMax)}`;
}

const edgeRow = z.object({
  source: z.string(),
  target: z.string(),
  requests: z.number(),
  errors: z.number(),
  p95_bucket: z.number(),
});

/** The calls between services in the minutes of the range, the busiest first. */
export async function serviceMap(
  context: QueryContext,
  range: TimeRange,
  service: string | undefined,
): Promise<ServiceEdge[]> {
  const rows = await read(context, serviceMapStatement(context.org, range, service), edgeRow);
  return rows.map(({ p95_bucket, ...edge }) => ({ ...edge, p95Ms: bucketMs(p95_bucket) }));
}

/** The duration that a bucket of the table stands for; see the schema: ns = 2 ^ (bucket / 8). */
function bucketMs(bucket: number): number {
  return 2 ** (bucket / 8) / 1_000_000;
}
