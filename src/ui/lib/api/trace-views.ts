import type {
  DifferencesAnswer,
  FacetsAnswer,
  GroupsAnswer,
  HeatmapAnswer,
} from "#api/contract/trace-views.ts";
import { type Parameters, request } from "./request.ts";

export const askFacets = (parameters: Parameters, cancel: AbortSignal) =>
  request<FacetsAnswer>("/api/v1/traces/facets", cancel, { parameters });

export const askHeatmap = (parameters: Parameters, cancel: AbortSignal) =>
  request<HeatmapAnswer>("/api/v1/traces/heatmap", cancel, { parameters });

export const askGroups = (parameters: Parameters, cancel: AbortSignal) =>
  request<GroupsAnswer>("/api/v1/traces/groups", cancel, { parameters });

export const askDifferences = (parameters: Parameters, cancel: AbortSignal) =>
  request<DifferencesAnswer>("/api/v1/traces/differences", cancel, { parameters });
