/** The least rate, as a part of the target: never 0, so that what is kept can stand for what is dropped. */
const LEAST_OF_TARGET = 0.01;

/** The rate of the rows that may be thinned, set anew each window so that of all rows the target is kept. */
export class AdaptiveRate {
  /** From 0 to 1. */
  rate: number;
  private readonly target: number;
  private readonly windowMs: number;
  private windowEndsMs: number | undefined;
  private rows = 0;
  /** How many rows with a rate of their own are kept, on average. */
  private fixed = 0;
  private adjustable = 0;

  constructor(target: number, windowMs: number) {
    this.target = target;
    this.windowMs = windowMs;
    this.rate = target;
  }

  /** To be called now and then, before rows are counted. */
  tick(nowMs: number): void {
    this.windowEndsMs ??= nowMs + this.windowMs;
    if (nowMs < this.windowEndsMs) return;
    this.windowEndsMs = nowMs + this.windowMs;
    // A window without rows says nothing.
    if (this.adjustable > 0) {
      const wanted = (this.target * this.rows - this.fixed) / this.adjustable;
      this.rate = Math.min(1, Math.max(this.target * LEAST_OF_TARGET, wanted));
    }
    this.rows = 0;
    this.fixed = 0;
    this.adjustable = 0;
  }

  countAdjustable(): void {
    this.rows++;
    this.adjustable++;
  }

  countFixed(rate: number): void {
    this.rows++;
    this.fixed += rate;
  }
}
