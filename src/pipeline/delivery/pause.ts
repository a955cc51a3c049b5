import type { Clock } from "#core/clock.ts";

/** Resolves after `ms`, or as soon as `cancel` is aborted. */
export function pause(clock: Clock, ms: number, cancel: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (cancel.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer.cancel();
      cancel.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimeout(done, ms);
    cancel.addEventListener("abort", done);
  });
}
