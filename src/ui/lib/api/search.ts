import type { SearchCompletionsAnswer } from "#api/contract/search.ts";
import { type Parameters, request } from "./request.ts";

export const askCompletions = (parameters: Parameters, cancel: AbortSignal) =>
  request<SearchCompletionsAnswer>("/api/v1/search/completions", cancel, { parameters });
