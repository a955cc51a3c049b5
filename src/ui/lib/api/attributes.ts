import type { AttributesAnswer } from "#api/contract/attributes.ts";
import { type Parameters, request } from "./request.ts";

export const askAttributes = (parameters: Parameters, cancel: AbortSignal) =>
  request<AttributesAnswer>("/api/v1/attributes", cancel, { parameters });
