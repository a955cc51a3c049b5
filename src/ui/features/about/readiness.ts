import type { ReadyAnswer } from "#api/contract/status.ts";
import type { UseQueryResult } from "@tanstack/react-query";
import { askReady } from "../../lib/api/status.ts";
import { POLL_MS, usePolled } from "../../lib/queries.ts";

export type Health = "healthy" | "not-ready" | "no-answer" | "unknown";

export function useReadiness(): UseQueryResult<ReadyAnswer> {
  return usePolled({
    key: ["ready"],
    ask: askReady,
    everyMs: POLL_MS.about,
  });
}

/** One word for what the newest check says; a failed attempt outweighs an older good answer. */
export function healthOf(ready: Pick<UseQueryResult<ReadyAnswer>, "data" | "error">): Health {
  if (ready.error !== null) return "no-answer";
  if (ready.data === undefined) return "unknown";
  return ready.data.status === "ready" ? "healthy" : "not-ready";
}
