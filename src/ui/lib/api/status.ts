import type { AboutAnswer, LedgerAnswer, ReadyAnswer } from "#api/contract/status.ts";
import { request } from "./request.ts";

export const askAbout = (cancel: AbortSignal) => request<AboutAnswer>("/api/v1/about", cancel);

export const askLedger = (cancel: AbortSignal) => request<LedgerAnswer>("/api/v1/ledger", cancel);

/** Not ready is an answer too, not an error. */
export const askReady = (cancel: AbortSignal) =>
  request<ReadyAnswer>("/readyz", cancel, { alsoAnswers: [503] });
