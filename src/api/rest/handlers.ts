import type { Clock } from "#core/clock.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { listAttributeKeys, listAttributeValues } from "#query/attributes.ts";
import type { Cursors } from "#query/cursor.ts";
import { searchLogs } from "#query/logs.ts";
import { queryMetric } from "#query/metric-query.ts";
import { listMetrics } from "#query/metrics.ts";
import type { QueryContext } from "#query/query-context.ts";
import { serviceMap } from "#query/service-map.ts";
import { listOperations, listServices } from "#query/services.ts";
import { type TimeRange, timeRange } from "#query/time-range.ts";
import { searchTraces } from "#query/trace-search.ts";
import { readTrace } from "#query/trace.ts";
import type { DeadLetterBox } from "#pipeline/delivery/dead-letter-boxes.ts";
import type { LiveComponent } from "#pipeline/live/live-component.ts";
import type { Ledger } from "#telemetry/ledger.ts";
import type { PipelinesAnswer } from "../contract/pipelines.ts";
import type { AnswerOf, OperationId, ParamsOf, QueryOf } from "../contract/routes.ts";
import type { AboutAnswer, ReadyAnswer } from "../contract/status.ts";
import { deadLetterHandlers } from "./dead-letters.ts";
import { type PipelineConfig, pipelineConfigHandlers } from "./pipeline-config.ts";
import { sampleComponent } from "./samples.ts";

/** What the routes answer from. */
export interface HandlerSources {
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly ledger: Pick<Ledger, "inAll" | "sinceStart">;
  readonly about: () => AboutAnswer | Promise<AboutAnswer>;
  readonly pipelines: () => PipelinesAnswer;
  readonly pipelineConfig?: PipelineConfig;
  readonly deadLetters: () => readonly DeadLetterBox[];
  readonly liveComponents: (pipeline: string) => readonly LiveComponent[];
  readonly checks: () => ReadyAnswer["checks"];
  readonly version: string;
}

/** One request of a route, checked. */
export interface RouteRequest<Id extends OperationId> {
  readonly query: QueryOf<Id>;
  readonly params: ParamsOf<Id>;
  readonly context: QueryContext;
  /** The body as text, where the route takes one. */
  readonly body: string;
}

export type Handlers = {
  readonly [Id in OperationId]: (request: RouteRequest<Id>) => AnswerOf<Id> | Promise<AnswerOf<Id>>;
};

/** The handler of every route. */
export function createHandlers(sources: HandlerSources): Handlers {
  const { clock, cursors, ledger } = sources;
  const startedMs = clock.monotonicMs();
  const range = (query: Parameters<typeof timeRange>[0]): TimeRange => timeRange(query, clock);
  return {
    listServices: async ({ query, context }) => ({
      data: await listServices(context, range(query)),
    }),
    listOperations: async ({ query, params, context }) => ({
      data: await listOperations(context, range(query), params.service),
    }),
    getServiceMap: async ({ query, context }) => ({
      data: await serviceMap(context, range(query), query.service),
    }),
    searchTraces: ({ query, context }) => {
      const { service, operation, status, cursor } = query;
      return searchTraces({ ...context, cursors }, range(query), {
        service,
        operation,
        status,
        minDurationNs: query.minDurationMs,
        maxDurationNs: query.maxDurationMs,
        attributes: query.attribute ?? [],
        limit: query.limit ?? QUERY_LIMITS.limitDefault,
        cursor,
      });
    },
    getTrace: ({ params, context }) => readTrace(context, params.traceId),
    searchLogs: ({ query, context }) => {
      const { service, severity, traceId, cursor } = query;
      return searchLogs({ ...context, cursors }, range(query), {
        query: query.query,
        service,
        severity,
        traceId,
        attributes: query.attribute ?? [],
        order: query.order ?? "desc",
        limit: query.limit ?? QUERY_LIMITS.limitDefault,
        cursor,
      });
    },
    listMetrics: ({ query, context }) => listMetrics(context, range(query), query.search),
    queryMetric: ({ query, context }) =>
      queryMetric(context, range(query), {
        name: query.name,
        filter: query.filter ?? [],
        groupBy: (query.groupBy ?? [])
          .flatMap((keys) => keys.split(","))
          .filter((key) => key !== ""),
        aggregation: query.aggregation,
        stepSeconds: query.step,
      }),
    listAttributes: async ({ query, context }) => {
      const { signal = "traces", key } = query;
      const data =
        key === undefined
          ? await listAttributeKeys(context, range(query), signal)
          : await listAttributeValues(context, range(query), signal, key);
      return { data };
    },
    getLedger: () => ({ sinceStart: ledger.sinceStart(), inAll: ledger.inAll() }),
    listPipelines: () => sources.pipelines(),
    ...pipelineConfigHandlers(sources.pipelineConfig),
    sampleComponent: ({ params, query, context: { org } }) =>
      sampleComponent(sources.liveComponents(params.pipeline), params, query, org),
    ...deadLetterHandlers(sources.deadLetters, cursors),
    getAbout: () => sources.about(),
    getHealth: () => ({
      status: "healthy",
      timestamp: new Date(clock.nowMs()).toISOString(),
      uptime: (clock.monotonicMs() - startedMs) / 1_000,
      version: sources.version,
    }),
    getLive: () => ({ status: "live" }),
    getReady: () => {
      const checks = sources.checks();
      return { status: checks.every(({ ready }) => ready) ? "ready" : "not_ready", checks };
    },
  };
}
