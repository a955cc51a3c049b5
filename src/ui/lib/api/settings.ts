import type { RetentionAnswer, SettingsAnswer } from "#api/contract/settings.ts";
import { request } from "./request.ts";

export const askSettings = (cancel: AbortSignal) =>
  request<SettingsAnswer>("/api/v1/settings", cancel);

export const askRetention = (cancel: AbortSignal) =>
  request<RetentionAnswer>("/api/v1/retention", cancel);
