import type {
  LogContextAnswer,
  LogFacetsAnswer,
  LogHistogramAnswer,
  LogsAnswer,
} from "#api/contract/logs.ts";
import { type Parameters, request } from "./request.ts";

export const askLogs = (parameters: Parameters, cancel: AbortSignal) =>
  request<LogsAnswer>("/api/v1/logs", cancel, { parameters });

export const askLogHistogram = (parameters: Parameters, cancel: AbortSignal) =>
  request<LogHistogramAnswer>("/api/v1/logs/histogram", cancel, { parameters });

export const askLogFacets = (parameters: Parameters, cancel: AbortSignal) =>
  request<LogFacetsAnswer>("/api/v1/logs/facets", cancel, { parameters });

export const askLogContext = (parameters: Parameters, cancel: AbortSignal) =>
  request<LogContextAnswer>("/api/v1/logs/context", cancel, { parameters });
