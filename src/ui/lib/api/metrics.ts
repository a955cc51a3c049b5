import type { AnswerOf } from "#api/contract/routes.ts";
import { type Parameters, request } from "./request.ts";

export type MetricsAnswer = AnswerOf<"listMetrics">;
export type MetricSummary = MetricsAnswer["data"][number];
export type MetricAnswer = AnswerOf<"queryMetric">;
export type CardinalityAnswer = AnswerOf<"listCardinality">;
export type MetricLabelsAnswer = AnswerOf<"listMetricLabels">;

export const askMetrics = (parameters: Parameters, cancel: AbortSignal) =>
  request<MetricsAnswer>("/api/v1/metrics", cancel, { parameters });

export const askMetric = (parameters: Parameters, cancel: AbortSignal) =>
  request<MetricAnswer>("/api/v1/metrics/query", cancel, { parameters });

export const askCardinality = (parameters: Parameters, cancel: AbortSignal) =>
  request<CardinalityAnswer>("/api/v1/metrics/cardinality", cancel, { parameters });

export const askMetricLabels = (parameters: Parameters, cancel: AbortSignal) =>
  request<MetricLabelsAnswer>("/api/v1/metrics/labels", cancel, { parameters });
