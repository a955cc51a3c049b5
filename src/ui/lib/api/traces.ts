import type { TraceAnswer, TracesAnswer } from "#api/contract/traces.ts";
import { type Parameters, request } from "./request.ts";

export const askTraces = (parameters: Parameters, cancel: AbortSignal) =>
  request<TracesAnswer>("/api/v1/traces", cancel, { parameters });

export const askTrace = (traceId: string, cancel: AbortSignal) =>
  request<TraceAnswer>(`/api/v1/traces/${encodeURIComponent(traceId)}`, cancel);
