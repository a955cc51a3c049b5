import type { HistogramInput } from "#core/build/histogram-input.ts";

/** Durations of the spans of a series, counted by weight, which is a whole number. */
export interface DurationHistogram {
  /** How many spans were counted. */
  readonly count: number;
  add(value: number, weight: number): void;
  /** Adds what another of the same kind counted. */
  merge(other: DurationHistogram): void;
  point(): HistogramInput;
}

/** Buckets between bounds; a value that equals a bound lies below it, as OpenTelemetry has it. */
export class ExplicitHistogram implements DurationHistogram {
  count = 0;
  private sum = 0;
  private readonly bounds: readonly number[];
  private readonly buckets: Float64Array;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.buckets = new Float64Array(bounds.length + 1);
  }

  add(value: number, weight: number): void {
    this.buckets[this.bucketOf(value)]! += weight;
    this.count += weight;
    this.sum += value * weight;
  }

  private bucketOf(value: number): number {
    const { bounds } = this;
    let [low, high] = [0, bounds.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  merge(other: ExplicitHistogram): void {
    for (const [bucket, count] of other.buckets.entries()) this.buckets[bucket]! += count;
    this.count += other.count;
    this.sum += other.sum;
  }

  point(): HistogramInput {
    const { count, sum, bounds } = this;
    return { count, sum, bounds, buckets: Array.from(this.buckets) };
  }
}

/** The finest scale that OpenTelemetry's SDKs begin with. */
const SCALE_MAX = 20;

/**
 * Buckets of base 2^(2^-scale), as fine as `sizeMax` of them allow: bucket i holds what is greater than base^i and
 * at most base^(i+1) (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).
 */
export class ExponentialHistogram implements DurationHistogram {
  count = 0;
  private sum = 0;
  private zeroCount = 0;
  private scale = SCALE_MAX;
  private low = 0;
  private high = -1;
  private buckets = new Map<number, number>();
  private readonly sizeMax: number;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  add(value: number, weight: number): void {
    this.count += weight;
    this.sum += value * weight;
    if (value <= 0) this.zeroCount += weight;
    else this.addAt(Math.ceil(Math.log2(value) * 2 ** this.scale) - 1, weight);
  }

  private addAt(index: number, count: number): void {
    if (index >= this.low && index <= this.high) {
      this.buckets.set(index, (this.buckets.get(index) ?? 0) + count);
      return;
    }
    const shift = this.makeRoom(index);
    const bucket = index >> shift;
    const isFirst = this.buckets.size === 0;
    this.low = isFirst ? bucket : Math.min(this.low, bucket);
    this.high = isFirst ? bucket : Math.max(this.high, bucket);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + count);
  }

  /** Makes the buckets so coarse that one of this number fits; gives by how much. */
  private makeRoom(index: number): number {
    if (this.buckets.size === 0) return 0;
    let shift = 0;
    const [low, high] = [Math.min(this.low, index), Math.max(this.high, index)];
    while ((high >> shift) - (low >> shift) >= this.sizeMax) shift++;
    this.coarsen(shift);
    return shift;
  }

  private coarsen(shift: number): void {
    if (shift === 0) return;
    const buckets = new Map<number, number>();
    for (const [index, count] of this.buckets)
      buckets.set(index >> shift, (buckets.get(index >> shift) ?? 0) + count);
    this.buckets = buckets;
    this.scale -= shift;
    this.low >>= shift;
    this.high >>= shift;
  }

  merge(other: ExponentialHistogram): void {
    this.count += other.count;
    this.sum += other.sum;
    this.zeroCount += other.zeroCount;
    for (const [index, count] of other.buckets) this.mergeAt(index, other.scale, count);
  }

  private mergeAt(index: number, scale: number, count: number): void {
    if (scale < this.scale) this.coarsen(this.scale - scale);
    this.addAt(index >> (scale - this.scale), count);
  }

  point(): HistogramInput {
    const { count, sum, zeroCount, scale, low, high, buckets } = this;
    const counts: number[] = [];
    for (let index = low; index <= high; index++) counts.push(buckets.get(index) ?? 0);
    const offset = buckets.size === 0 ? 0 : low;
    return { count, sum, scale, zeroCount, positive: { offset, buckets: counts } };
  }
}
