import type { AnswerOf } from "#api/contract/routes.ts";
import { type Parameters, request } from "./request.ts";

export type DeadLetters = AnswerOf<"listDeadLetters">;
export type DeadLetter = DeadLetters["data"][number];
export type DeadLetterWithRow = AnswerOf<"getDeadLetter">;
export type Replay = AnswerOf<"replayDeadLetters">;

const PATH = "/api/v1/dead-letters";

export const askDeadLetters = (parameters: Parameters, cancel: AbortSignal) =>
  request<DeadLetters>(PATH, cancel, { parameters });

export const askDeadLetter = (id: string, cancel: AbortSignal) =>
  request<DeadLetterWithRow>(`${PATH}/${encodeURIComponent(id)}`, cancel);

export const replayDeadLetter = (id: string, cancel: AbortSignal) =>
  request<Replay>(`${PATH}/${encodeURIComponent(id)}/replay`, cancel, { method: "POST" });

export const replayDeadLetters = (parameters: Parameters, cancel: AbortSignal) =>
  request<Replay>(`${PATH}/replay`, cancel, { method: "POST", parameters });

export const deleteDeadLetter = (id: string, cancel: AbortSignal) =>
  request<AnswerOf<"deleteDeadLetter">>(`${PATH}/${encodeURIComponent(id)}`, cancel, {
    method: "DELETE",
  });
