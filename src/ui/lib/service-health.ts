/** How a service does, by its share of failed requests. `silent`: nothing was asked of it. */
export type Health = "good" | "degraded" | "failing" | "silent";

/** Below the first failures are told but not marked: most services have some. */
const DEGRADED_FROM = 0.01;
const FAILING_FROM = 0.05;

export function healthOf(figures: {
  readonly requestsPerSecond: number;
  readonly errorRate: number;
}): Health {
  if (figures.requestsPerSecond <= 0) return "silent";
  if (figures.errorRate >= FAILING_FROM) return "failing";
  return figures.errorRate >= DEGRADED_FROM ? "degraded" : "good";
}

/** Said beside each mark, and by the lists in place of it. */
export const HEALTH_WORDS: Readonly<Record<Health, string>> = {
  good: "Healthy",
  degraded: "Some requests fail",
  failing: "Many requests fail",
  silent: "No requests",
};
