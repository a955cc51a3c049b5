import type { z } from "zod";
import { attributesAnswer, attributesQuery } from "./attributes.ts";
import { logsAnswer, logsQuery } from "./logs.ts";
import { metricQuery, metricQueryAnswer, metricsAnswer, metricsQuery } from "./metrics.ts";
import { pipelinesAnswer } from "./pipelines.ts";
import {
  operationsAnswer,
  rangeQuery,
  serviceMapAnswer,
  serviceMapQuery,
  serviceParams,
  servicesAnswer,
} from "./services.ts";
import { aboutAnswer, healthAnswer, ledgerAnswer, liveAnswer, readyAnswer } from "./status.ts";
import { traceAnswer, traceParams, tracesAnswer, tracesQuery } from "./traces.ts";

/** A route of the REST API: all are GET. Validation, OpenAPI and the reference page come from this. */
export interface Route {
  /** With `{name}` for each parameter of the path. */
  readonly path: string;
  readonly tag: "Traces" | "Services" | "Logs" | "Metrics" | "Attributes" | "Pipelines" | "Status";
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly answer: z.ZodType;
  /** Asks for no token. */
  readonly open?: true;
}

const REQUESTS =
  "Requests of a service are its server and consumer spans; a service that has neither in the time range counts all its spans. Figures are weighted by sampling and come from rollups of whole minutes.";

/** Every route by operation id. */
export const ROUTES = {
  listServices: {
    path: "/api/v1/services",
    tag: "Services",
    summary: "Services with their request rate, errors and latency",
    description: REQUESTS,
    query: rangeQuery,
    answer: servicesAnswer,
  },
  listOperations: {
    path: "/api/v1/services/{service}/operations",
    tag: "Services",
    summary: "Operations of one service, of each span kind",
    description: "Every span counts, of whatever kind; figures come from rollups of whole minutes.",
    params: serviceParams,
    query: rangeQuery,
    answer: operationsAnswer,
  },
  getServiceMap: {
    path: "/api/v1/service-map",
    tag: "Services",
    summary: "Calls between services",
    query: serviceMapQuery,
    answer: serviceMapAnswer,
  },
  searchTraces: {
    path: "/api/v1/traces",
    tag: "Traces",
    summary: "Traces, the latest start first",
    description:
      "A trace matches when one of its spans within the time range fulfils every condition. Each trace comes once, whole: its figures count all its spans.",
    query: tracesQuery,
    answer: tracesAnswer,
  },
  getTrace: {
    path: "/api/v1/traces/{traceId}",
    tag: "Traces",
    summary: "One trace with all its spans",
    params: traceParams,
    answer: traceAnswer,
  },
  searchLogs: {
    path: "/api/v1/logs",
    tag: "Logs",
    summary: "Log records",
    query: logsQuery,
    answer: logsAnswer,
  },
  listMetrics: {
    path: "/api/v1/metrics",
    tag: "Metrics",
    summary: "Metrics with their type, unit and attribute keys",
    description: "Those with a series on a day (UTC) of the time range.",
    query: metricsQuery,
    answer: metricsAnswer,
  },
  queryMetric: {
    path: "/api/v1/metrics/query",
    tag: "Metrics",
    summary: "One metric over time",
    description:
      "Resets of cumulative counters are taken into account. Quantiles come from the buckets of histograms, interpolated.",
    query: metricQuery,
    answer: metricQueryAnswer,
  },
  listAttributes: {
    path: "/api/v1/attributes",
    tag: "Attributes",
    summary: "Attribute keys with counts, or the top values of one key",
    description: "From a catalogue of whole hours that is kept as rows arrive.",
    query: attributesQuery,
    answer: attributesAnswer,
  },
  listPipelines: {
    path: "/api/v1/pipelines",
    tag: "Pipelines",
    summary: "Receivers, processors and destinations, and how each is doing",
    answer: pipelinesAnswer,
  },
  getLedger: {
    path: "/api/v1/ledger",
    tag: "Status",
    summary: "What became of every acknowledged row",
    answer: ledgerAnswer,
  },
  getAbout: {
    path: "/api/v1/about",
    tag: "Status",
    summary: "Version, addresses, store and receivers",
    answer: aboutAnswer,
  },
  getHealth: {
    path: "/health",
    tag: "Status",
    summary: "That the process serves",
    answer: healthAnswer,
    open: true,
  },
  getLive: {
    path: "/livez",
    tag: "Status",
    summary: "That the process lives",
    answer: liveAnswer,
    open: true,
  },
  getReady: {
    path: "/readyz",
    tag: "Status",
    summary: "Whether requests would be served now; 503 if not",
    answer: readyAnswer,
    open: true,
  },
} as const satisfies Record<string, Route>;

export type OperationId = keyof typeof ROUTES;

/** What a handler gets of the query string: the parsed values. */
export type QueryOf<Id extends OperationId> = (typeof ROUTES)[Id] extends {
  query: infer Q extends z.ZodType;
}
  ? z.output<Q>
  : undefined;
/** What a handler gets of the path. */
export type ParamsOf<Id extends OperationId> = (typeof ROUTES)[Id] extends {
  params: infer P extends z.ZodType;
}
  ? z.output<P>
  : undefined;
/** What a handler answers. */
export type AnswerOf<Id extends OperationId> = z.output<(typeof ROUTES)[Id]["answer"]>;
