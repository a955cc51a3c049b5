import type { LinkedAnswer, MatchesAnswer, OutlineAnswer } from "#api/contract/one-trace.ts";
import type { AnswerOf } from "#api/contract/routes.ts";
import type { TraceAnswer } from "#api/contract/traces.ts";
import { type Parameters, request } from "./request.ts";

const pathOf = (traceId: string): string => `/api/v1/traces/${encodeURIComponent(traceId)}`;

/** Under which the outline of a trace is kept. */
export const outlineKey = (traceId: string) => ["trace", traceId, "outline"] as const;

export const askOutline = (traceId: string, cancel: AbortSignal) =>
  request<OutlineAnswer>(`${pathOf(traceId)}/outline`, cancel);

export const askSpan = (traceId: string, spanId: string, cancel: AbortSignal) =>
  request<TraceAnswer>(`${pathOf(traceId)}/spans/${encodeURIComponent(spanId)}`, cancel);

export const askLinked = (traceId: string, cancel: AbortSignal) =>
  request<LinkedAnswer>(`${pathOf(traceId)}/linked`, cancel);

export const askMatches = (traceId: string, text: string, cancel: AbortSignal) =>
  request<MatchesAnswer>(`${pathOf(traceId)}/matches`, cancel, { parameters: { text } });

export type TraceLogs = AnswerOf<"searchLogs">;

/** The log records of a trace; `parameters` give the time. */
export const askTraceLogs = (traceId: string, parameters: Parameters, cancel: AbortSignal) =>
  request<TraceLogs>("/api/v1/logs", cancel, {
    parameters: { ...parameters, traceId, order: "asc" },
  });
