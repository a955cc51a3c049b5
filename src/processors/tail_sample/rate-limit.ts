/** How much may be kept at once after a quiet time, in seconds of the rate. */
const BURST_SECONDS = 2;
/** However many come, some are kept, so that they can stand for the others. */
const LEAST_CHANCE = 0.001;

/**
 * A token bucket that tells beforehand what part of those that are decided together may be kept, so that each
 * that is kept is known to stand for how many. What was kept beyond the rate is owed.
 */
export class RateLimit {
  /** Of what is decided now, from 0 to 1. */
  chance = 1;
  /** Whether traces count, or their spans. */
  private readonly unit: "traces" | "spans";
  private readonly perSecond: number;
  private tokens: number;
  private offered = 0;
  private lastMs: number | undefined;

  constructor(unit: "traces" | "spans", perSecond: number) {
    this.unit = unit;
    this.perSecond = perSecond;
    this.tokens = perSecond;
  }

  begin(nowMs: number): void {
    const seconds = Math.max(0, nowMs - (this.lastMs ?? nowMs)) / 1_000;
    this.lastMs = nowMs;
    this.tokens = Math.min(this.perSecond * BURST_SECONDS, this.tokens + seconds * this.perSecond);
    this.offered = 0;
  }

  /** A trace of so many spans would be kept with this chance if there were no limit. */
  offer(spans: number, chance: number): void {
    this.offered += chance * this.cost(spans);
  }

  /** Sets {@link chance}, once all were offered. */
  settle(): void {
    const { offered, tokens } = this;
    this.chance = offered <= tokens ? 1 : Math.max(LEAST_CHANCE, tokens / offered);
  }

  /** A trace was kept. */
  spend(spans: number): void {
    this.tokens -= this.cost(spans);
  }

  private cost(spans: number): number {
    return this.unit === "traces" ? 1 : spans;
  }
}
