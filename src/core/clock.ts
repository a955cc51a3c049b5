/**
 * Time as it is given to everything below `app`, so that tests can move it. `nowMs` is wall-clock
 * Unix milliseconds; `monotonicMs` only ever grows and is the one to measure durations with.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  setTimeout(run: () => void, delayMs: number): Timer;
}

/** A pending timer of a {@link Clock}; cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Milliseconds until the next multiple of `intervalMs` on the monotonic clock that is at least half an interval
 * away: what repeats at equal intervals then happens at the same moments, and is one piece of work for
 * what comes behind it.
 */
export function untilNextBeat(clock: Pick<Clock, "monotonicMs">, intervalMs: number): number {
  const nowMs = clock.monotonicMs();
  return Math.ceil((nowMs + intervalMs / 2) / intervalMs) * intervalMs - nowMs;
}

/** The real clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(run, delayMs) {
    const handle = setTimeout(run, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The real clock of a command that at times waits for nothing else: its timers keep the process alive. */
export const commandClock: Clock = {
  ...systemClock,
  setTimeout(run, delayMs) {
    const handle = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
