import type { ServiceKpis } from "#api/contract/services.ts";
import { type Change, changeOf } from "../../lib/change.ts";

type Column = "rate" | "errorRate" | "p50Ms" | "p95Ms" | "p99Ms";

/** How each figure that is shown has changed against the range before. */
export type Changes = Readonly<Record<Column, Change | undefined>>;

const NONE: Changes = {
  rate: undefined,
  errorRate: undefined,
  p50Ms: undefined,
  p95Ms: undefined,
  p99Ms: undefined,
};

/** The changes since `before`; none where there was nothing. */
export function changesOf(now: ServiceKpis, before: ServiceKpis | null | undefined): Changes {
  if (before === null || before === undefined) return NONE;
  const requests = { now: now.requests, before: before.requests };
  const ofDuration = (column: "p50Ms" | "p95Ms" | "p99Ms"): Change | undefined =>
    changeOf("duration", { now: now[column], before: before[column] }, requests);
  return {
    rate: changeOf(
      "rate",
      { now: now.requestsPerSecond, before: before.requestsPerSecond },
      requests,
    ),
    errorRate: changeOf("errorRate", { now: now.errorRate, before: before.errorRate }, requests),
    p50Ms: ofDuration("p50Ms"),
    p95Ms: ofDuration("p95Ms"),
    p99Ms: ofDuration("p99Ms"),
  };
}
