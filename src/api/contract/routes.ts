import type { z } from "zod";
import { attributesAnswer, attributesQuery } from "./attributes.ts";
import {
  deadLetterAnswer,
  deadLetterParams,
  deadLettersAnswer,
  deadLettersQuery,
  deletedAnswer,
  replayAnswer,
  replayQuery,
} from "./dead-letters.ts";
import { logsAnswer, logsQuery } from "./logs.ts";
import { metricQuery, metricQueryAnswer, metricsAnswer, metricsQuery } from "./metrics.ts";
import { pipelineChanges, pipelineConfigAnswer, pipelineVerdict } from "./pipeline-config.ts";
import { pipelinesAnswer } from "./pipelines.ts";
import { samplesAnswer, samplesParams, samplesQuery } from "./samples.ts";
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

/** A route of the REST API. Validation, OpenAPI and the reference page come from this. */
export interface Route {
  /** GET when left out. */
  readonly method?: "POST" | "DELETE" | "PUT";
  /** What the body is, for one that is read as text; any other body is not read. */
  readonly body?: string;
  /** With `{name}` for each parameter of the path. */
  readonly path: string;
  readonly tag:
    | "Traces"
    | "Services"
    | "Logs"
    | "Metrics"
    | "Attributes"
    | "Pipelines"
    | "Dead letters"
    | "Status";
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly answer: z.ZodType;
  /** Asks for no token. */
  readonly open?: true;
}

const GRAPH_BODY =
  "The sections `receivers`, `processors`, `destinations` and `pipelines` of a configuration, as YAML or JSON. What was shown masked stands for what it is.";

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
  sampleComponent: {
    path: "/api/v1/pipelines/{pipeline}/components/{name}/samples",
    tag: "Pipelines",
    summary: "Rows that went by a component, as it was given them and as it left them",
    description:
      "Rows are taken for half a minute after each request, so that the first one answers with none: ask every few seconds. Rows that have not passed a `redact` processor yet are not shown, unless `http.unredactedSamples` is set. A row of more than 16 KiB has the one field `truncated`.",
    params: samplesParams,
    query: samplesQuery,
    answer: samplesAnswer,
  },
  getPipelineConfig: {
    path: "/api/v1/pipelines/config",
    tag: "Pipelines",
    summary: "The graph as it is written",
    answer: pipelineConfigAnswer,
  },
  validatePipelines: {
    method: "POST",
    path: "/api/v1/pipelines/validate",
    tag: "Pipelines",
    summary: "What is wrong with a graph, or what it would change; changes nothing",
    body: GRAPH_BODY,
    answer: pipelineVerdict,
  },
  putPipelineConfig: {
    method: "PUT",
    path: "/api/v1/pipelines/config",
    tag: "Pipelines",
    summary: "Makes the running graph another one, and writes it to the configuration file",
    description:
      "Only what changed is changed. When it is wrong, or a component cannot start, nothing changes. The file of before stays as `.bak`.",
    body: GRAPH_BODY,
    answer: pipelineChanges,
  },
  listDeadLetters: {
    path: "/api/v1/dead-letters",
    tag: "Dead letters",
    summary: "Rows that destinations will not take, with the reason of each",
    description: "Destination by destination, and of each the oldest first.",
    query: deadLettersQuery,
    answer: deadLettersAnswer,
  },
  getDeadLetter: {
    path: "/api/v1/dead-letters/{id}",
    tag: "Dead letters",
    summary: "One dead letter with its row",
    params: deadLetterParams,
    answer: deadLetterAnswer,
  },
  replayDeadLetters: {
    method: "POST",
    path: "/api/v1/dead-letters/replay",
    tag: "Dead letters",
    summary: "Sends the dead letters of a destination again",
    description:
      "From the oldest on, each by itself. It ends when ten in a row are not taken. Those that are taken are deleted.",
    query: replayQuery,
    answer: replayAnswer,
  },
  replayDeadLetter: {
    method: "POST",
    path: "/api/v1/dead-letters/{id}/replay",
    tag: "Dead letters",
    summary: "Sends one dead letter to its destination again",
    params: deadLetterParams,
    answer: replayAnswer,
  },
  deleteDeadLetter: {
    method: "DELETE",
    path: "/api/v1/dead-letters/{id}",
    tag: "Dead letters",
    summary: "Deletes one dead letter for good",
    params: deadLetterParams,
    answer: deletedAnswer,
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

export function methodOf(route: Route): "GET" | "POST" | "DELETE" | "PUT" {
  return route.method ?? "GET";
}

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
