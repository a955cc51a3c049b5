/** `degraded` while what a component did last failed; `unhealthy` while it is not even tried. */
export type HealthStatus = "healthy" | "degraded" | "unhealthy";

/** What a component has done since it was made, in the words of the event pipeline of old. Times are RFC 3339. */
export interface ComponentMetrics {
  /** Rows: that a receiver brought, that a processor was given, that a destination took. */
  readonly events_processed: number;
  /** Rows: that were refused, at which a processor failed, that a destination will not take. */
  readonly events_failed: number;
  /** Null when there was none yet. */
  readonly last_processed_at: string | null;
  readonly created_at: string;
}

/** How a component is doing. */
export interface ComponentState {
  readonly status: HealthStatus;
  readonly metrics: ComponentMetrics;
}

/** The same from numbers; times in Unix milliseconds. */
export function componentMetrics(seen: {
  readonly processed: number;
  readonly failed: number;
  readonly lastMs: number | undefined;
  readonly createdMs: number;
}): ComponentMetrics {
  const { processed, failed, lastMs, createdMs } = seen;
  return {
    events_processed: processed,
    events_failed: failed,
    last_processed_at: lastMs === undefined ? null : new Date(lastMs).toISOString(),
    created_at: new Date(createdMs).toISOString(),
  };
}
