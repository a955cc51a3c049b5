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
