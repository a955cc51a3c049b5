import type { Clock } from "#core/clock.ts";

const SECONDS = 10;

/** How many a second, over the last ten whole seconds, and how many in all. */
export class RateWindow {
  readonly #clock: Clock;
  readonly #counts = new Float64Array(SECONDS + 1);
  #second: number;
  readonly #startSecond: number;
  #total = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = Math.floor(clock.monotonicMs() / 1_000);
    this.#startSecond = this.#second;
  }

  /** All that were added. */
  get total(): number {
    return this.#total;
  }

  add(count: number): void {
    this.#turn();
    this.#total += count;
    this.#counts[this.#second % this.#counts.length]! += count;
  }

  perSecond(): number {
    this.#turn();
    const seconds = Math.min(SECONDS, this.#second - this.#startSecond);
    if (seconds === 0) return this.#counts[this.#second % this.#counts.length]!;
    const all = this.#counts.reduce((sum, count) => sum + count, 0);
    return (all - this.#counts[this.#second % this.#counts.length]!) / seconds;
  }

  #turn(): void {
    const now = Math.floor(this.#clock.monotonicMs() / 1_000);
    const from = Math.max(this.#second + 1, now - SECONDS);
    for (let second = from; second <= now; second += 1)
      this.#counts[second % this.#counts.length] = 0;
    this.#second = now;
  }
}
