import type { Clock } from "#core/clock.ts";

/**
 * Bounds a rate: tokens come in evenly, up to a second's worth, and each thing done takes some. More
 * than the bucket holds may be taken at once when it is full; the debt is then waited for.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#capacity = Math.max(1, perSecond);
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#atMs = clock.monotonicMs();
  }

  /** Milliseconds until `count` may be taken; when it is 0, they have been. */
  take(count: number): number {
    const waitMs = this.waitMs(count);
    if (waitMs === 0) this.#tokens -= count;
    return waitMs;
  }

  /** Milliseconds until `count` may be taken. */
  waitMs(count: number): number {
    const nowMs = this.#clock.monotonicMs();
    const gained = ((nowMs - this.#atMs) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    this.#atMs = nowMs;
    const missing = Math.min(count, this.#capacity) - this.#tokens;
    // What a clock of floating point lacks of a token must not make a wait of no milliseconds.
    return missing <= 1e-9 ? 0 : Math.ceil((missing / this.#perSecond) * 1_000);
  }
}
