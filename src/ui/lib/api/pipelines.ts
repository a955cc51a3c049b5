import type { PipelineConfigAnswer, PipelineVerdict } from "#api/contract/pipeline-config.ts";
import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import type { SamplesAnswer } from "#api/contract/samples.ts";
import { request } from "./request.ts";

export const askPipelines = (cancel: AbortSignal) =>
  request<PipelinesAnswer>("/api/v1/pipelines", cancel);

export const askSamples = (
  { pipeline, kind, name }: { pipeline: string; kind: string; name: string },
  cancel: AbortSignal,
) =>
  request<SamplesAnswer>(
    `/api/v1/pipelines/${encodeURIComponent(pipeline)}/components/${encodeURIComponent(name)}/samples`,
    cancel,
    { parameters: { kind } },
  );

export const askPipelineConfig = (cancel: AbortSignal) =>
  request<PipelineConfigAnswer>("/api/v1/pipelines/config", cancel);

export const validatePipelines = (body: string, cancel: AbortSignal) =>
  request<PipelineVerdict>("/api/v1/pipelines/validate", cancel, { method: "POST", body });

export const putPipelineConfig = (body: string, cancel: AbortSignal) =>
  request<{ changes: string[] }>("/api/v1/pipelines/config", cancel, { method: "PUT", body });
