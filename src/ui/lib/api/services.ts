import type { ServicesAnswer } from "#api/contract/services.ts";
import { type Parameters, request } from "./request.ts";

export const askServices = (parameters: Parameters, cancel: AbortSignal) =>
  request<ServicesAnswer>("/api/v1/services", cancel, { parameters });
