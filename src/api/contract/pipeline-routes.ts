import { pipelineChanges, pipelineConfigAnswer, pipelineVerdict } from "./pipeline-config.ts";
import { pipelinesAnswer } from "./pipelines.ts";
import { samplesAnswer, samplesParams, samplesQuery } from "./samples.ts";
import type { Route } from "./route.ts";

const GRAPH_BODY =
  "The sections `receivers`, `processors`, `destinations` and `pipelines` of a configuration, as YAML or JSON. What was shown masked stands for what it is.";

/** What is asked of pipelines, and told to them. */
export const PIPELINE_ROUTES = {
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
} as const satisfies Record<string, Route>;
