import type {
  OperationsAnswer,
  ServiceMapAnswer,
  ServiceResourcesAnswer,
  ServicesAnswer,
  ServiceSeriesAnswer,
} from "#api/contract/services.ts";
import { type Parameters, request } from "./request.ts";

export const askServices = (parameters: Parameters, cancel: AbortSignal) =>
  request<ServicesAnswer>("/api/v1/services", cancel, { parameters });

export const askServiceSeries = (parameters: Parameters, cancel: AbortSignal) =>
  request<ServiceSeriesAnswer>("/api/v1/services/series", cancel, { parameters });

export const askOperations = (service: string, parameters: Parameters, cancel: AbortSignal) =>
  request<OperationsAnswer>(`${serviceAddress(service)}/operations`, cancel, { parameters });

export const askServiceResources = (service: string, parameters: Parameters, cancel: AbortSignal) =>
  request<ServiceResourcesAnswer>(`${serviceAddress(service)}/resources`, cancel, { parameters });

export const askServiceMap = (parameters: Parameters, cancel: AbortSignal) =>
  request<ServiceMapAnswer>("/api/v1/service-map", cancel, { parameters });

function serviceAddress(service: string): string {
  return `/api/v1/services/${encodeURIComponent(service)}`;
}
