import { systemClock } from "#core/clock.ts";

/** Less than a test may take, so that what is waited for is told. */
const WAIT_MS_MAX = 25_000;

/** Lets the event loop turn until the condition holds. Rejects, with the condition, when it does not come. */
export async function until(condition: () => boolean): Promise<void> {
  const endMs = systemClock.monotonicMs() + WAIT_MS_MAX;
  while (!condition()) {
    if (systemClock.monotonicMs() > endMs)
      throw new Error(`Not so after ${WAIT_MS_MAX} ms: ${condition.toString()}`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
