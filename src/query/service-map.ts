import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { cutMap } from "./service-map-cut.ts";
import { listServices } from "./services.ts";
import { coveredSeconds, type TimeRange, withinMinutes } from "./time-range.ts";

/** Calls from one service to another; counts are weighted by sampling. */
export interface ServiceEdge {
  readonly source: string;
  readonly target: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly p95Ms: number;
}

/** A service of the map. */
export interface ServiceNode {
  readonly service: string;
  /** It sent no spans itself: what is known of it is what its callers tell. */
  readonly isExternal: boolean;
  readonly requestsPerSecond: number;
  readonly errorRate: number;
  /** Null for an external one: the 95th percentiles of its callers cannot be put together. */
  readonly p95Ms: number | null;
}

export interface ServiceMap {
  readonly data: ServiceEdge[];
  readonly nodes: ServiceNode[];
  readonly omitted: { readonly services: number; readonly calls: number };
}

export interface MapQuery {
  /** Only the calls from or to this service. */
  readonly service?: string | undefined;
  /** The service in the middle, and how many calls away from it others may be. */
  readonly focus?: string | undefined;
  readonly depth: number;
  readonly servicesMax: number;
  /** Unix milliseconds. */
  readonly nowMs: number;
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

/** The calls between services in the minutes of the range, the busiest first, and the services themselves. */
export async function serviceMap(
  context: QueryContext,
  range: TimeRange,
  query: MapQuery,
): Promise<ServiceMap> {
  const { service, focus, nowMs } = query;
  const [edges, services] = await Promise.all([
    readEdges(context, range, query),
    listServices(context, range, { nowMs }),
  ]);
  const known = new Map(services.map((one) => [one.service, one]));
  // A map of one service has no room for those that have nothing to do with it.
  const alone = service === undefined ? [...known.keys()] : [];
  const {
    calls,
    omitted,
    services: kept,
  } = cutMap(edges, alone, {
    focus,
    depth: query.depth,
    servicesMax: query.servicesMax,
    callsMax: QUERY_LIMITS.mapCallsMax,
  });
  const nodes = [...kept].map((name): ServiceNode => {
    const kpis = known.get(name);
    if (kpis === undefined) return externalNode(name, edges);
    const { requestsPerSecond, errorRate, p95Ms } = kpis;
    return { service: name, isExternal: false, requestsPerSecond, errorRate, p95Ms };
  });
  return { data: [...calls], nodes, omitted };
}

/** The calls that a map is cut out of; those of the focus are among them, however few they are. */
async function readEdges(
  context: QueryContext,
  range: TimeRange,
  { service, focus, nowMs }: MapQuery,
): Promise<ServiceEdge[]> {
  const seconds = coveredSeconds(range, nowMs);
  const wanted = focus === undefined || service !== undefined ? [service] : [undefined, focus];
  const answers = await Promise.all(
    wanted.map((one) => read(context, serviceMapStatement(context.org, range, one), edgeRow)),
  );
  const edges = answers.flat().map(({ p95_bucket, ...row }): [string, ServiceEdge] => {
    const { source, target, requests, errors } = row;
    const edge = {
      ...row,
      requestsPerSecond: requests / seconds,
      errorRate: requests > 0 ? errors / requests : 0,
      p95Ms: bucketMs(p95_bucket),
    };
    return [JSON.stringify([source, target]), edge];
  });
  return [...new Map(edges).values()];
}

/** A database, a queue or another company's service, as its callers see it. */
function externalNode(service: string, edges: readonly ServiceEdge[]): ServiceNode {
  let [requestsPerSecond, failedPerSecond] = [0, 0];
  for (const edge of edges) {
    if (edge.target !== service) continue;
    requestsPerSecond += edge.requestsPerSecond;
    failedPerSecond += edge.requestsPerSecond * edge.errorRate;
  }
  const errorRate = requestsPerSecond > 0 ? failedPerSecond / requestsPerSecond : 0;
  return { service, isExternal: true, requestsPerSecond, errorRate, p95Ms: null };
}

/** The duration that a bucket of the table stands for; see the schema: ns = 2 ^ (bucket / 8). */
function bucketMs(bucket: number): number {
  return 2 ** (bucket / 8) / 1_000_000;
}
