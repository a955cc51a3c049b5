import type { Clock } from "#core/clock.ts";

/** A clock that stands still until the test moves it. */
export class FakeClock implements Clock {
  private now = 0;
  private readonly epochMs: number;
  private timers: { readonly dueMs: number; readonly run: () => void }[] = [];

  constructor(epochMs = 1_750_000_000_000) {
    this.epochMs = epochMs;
  }

  nowMs(): number {
    return this.epochMs + this.now;
  }

  monotonicMs(): number {
    return this.now;
  }

  setTimeout(run: () => void, delayMs: number): { cancel(): void } {
    const timer = { dueMs: this.now + delayMs, run };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  /** Timers that have neither run nor been cancelled. */
  get pending(): number {
    return this.timers.length;
  }

  /** Moves the time, runs what became due, and lets what waits for promises go on. */
  async advance(ms: number): Promise<void> {
    this.now += ms;
    const due = this.timers.filter((timer) => timer.dueMs <= this.now);
    this.timers = this.timers.filter((timer) => timer.dueMs > this.now);
    for (const timer of due) timer.run();
    await settled();
  }

  /** Moves the time in steps until it is so, for `msMax` at most; returns whether it is. */
  async advanceUntil(isSo: () => boolean, msMax = 60_000, stepMs = 50): Promise<boolean> {
    await settled();
    for (let passed = 0; passed < msMax && !isSo(); passed += stepMs) await this.advance(stepMs);
    return isSo();
  }
}

/** Resolves when everything that waits for nothing but promises has gone on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
