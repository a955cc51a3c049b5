import type { ChangesAnswer } from "#api/contract/changes.ts";
import { type Parameters, request } from "./request.ts";

export const askChanges = (parameters: Parameters, cancel: AbortSignal) =>
  request<ChangesAnswer>("/api/v1/changes", cancel, { parameters });
