import type { Clock } from "#core/clock.ts";
import { backoffMs } from "../delivery/backoff.ts";
import { pause } from "../delivery/pause.ts";

/** The longest wait of {@link pauseForRetry}. */
export const HOLDING_RETRY_MS_MAX = 60_000;
const RETRY = { retryDelay: 1_000, retryBackoff: 2, retryDelayMax: HOLDING_RETRY_MS_MAX };

/**
 * Waits until what holds traces is tried again, which has failed so many times, or until that is cancelled.
 * Without jitter: there is nobody with whom it could come back together.
 */
export function pauseForRetry(clock: Clock, failures: number, cancel: AbortSignal): Promise<void> {
  const waitMs = backoffMs(failures, RETRY, () => 1);
  return pause(clock, waitMs, cancel);
}
