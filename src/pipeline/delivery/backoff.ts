/** How long to wait between attempts. */
export interface BackoffSettings {
  /** Milliseconds before the first retry, at most. */
  readonly retryDelay: number;
  /** What the wait is multiplied with from retry to retry. */
  readonly retryBackoff: number;
  /** Milliseconds that no wait exceeds. */
  readonly retryDelayMax: number;
}

/**
 * Milliseconds before retry number `retry` (1 for the first): exponential with full jitter, so that
 * senders that failed together do not come back together.
 */
export function backoffMs(retry: number, settings: BackoffSettings, random: () => number): number {
  const { retryDelay, retryBackoff, retryDelayMax } = settings;
  const most = Math.min(retryDelayMax, retryDelay * retryBackoff ** (retry - 1));
  return Math.round(most * random());
}
