import type {
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  KeyValue,
} from "./otlp-shape.ts";

/** When a cumulative point began, and when it was read. */
export interface Reading {
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

/** A measurement with the span that it was taken in. */
export interface Measured {
  readonly value: number;
  readonly timeUnixNano: bigint;
  readonly traceId: string;
  readonly spanId: string;
}

/** Count, sum, extremes, and as exemplar the largest value since the last reading. */
abstract class Distribution {
  readonly attributes: readonly KeyValue[];
  protected count = 0;
  protected sum = 0;
  protected min = Number.POSITIVE_INFINITY;
  protected max = Number.NEGATIVE_INFINITY;
  private largest: Measured | undefined;

  constructor(attributes: readonly KeyValue[]) {
    this.attributes = attributes;
  }

  record(measured: Measured): void {
    const { value } = measured;
    this.count++;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    if (this.largest === undefined || value > this.largest.value) this.largest = measured;
    this.place(value);
  }

  protected abstract place(value: number): void;

  protected takeExemplars(): readonly Exemplar[] {
    const { largest } = this;
    this.largest = undefined;
    if (largest === undefined) return [];
    const { value, timeUnixNano, traceId, spanId } = largest;
    return [{ timeUnixNano, asDouble: value, traceId, spanId }];
  }
}

/** A cumulative histogram with explicit bounds. */
export class Histogram extends Distribution {
  private readonly bounds: readonly number[];
  private readonly buckets: number[];

  constructor(attributes: readonly KeyValue[], bounds: readonly number[]) {
    super(attributes);
    this.bounds = bounds;
    this.buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  read(reading: Reading): HistogramPoint {
    return {
      ...reading,
      attributes: this.attributes,
      count: this.count,
      sum: this.sum,
      min: this.min,
      max: this.max,
      bucketCounts: [...this.buckets],
      explicitBounds: this.bounds,
      exemplars: this.takeExemplars(),
    };
  }

  protected place(value: number): void {
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    this.buckets[bucket < 0 ? this.bounds.length : bucket]!++;
  }
}

/** Buckets to the power of two: each is 2^(1/8) as wide as the one before. */
const SCALE = 3;
const PER_DOUBLING = 2 ** SCALE;

/** A cumulative exponential histogram of values above zero. */
export class ExponentialHistogram extends Distribution {
  private offset = 0;
  private buckets: number[] = [];

  read(reading: Reading): ExponentialHistogramPoint {
    return {
      ...reading,
      attributes: this.attributes,
      count: this.count,
      sum: this.sum,
      min: this.min,
      max: this.max,
      scale: SCALE,
      zeroCount: 0,
      positive: { offset: this.offset, bucketCounts: [...this.buckets] },
      exemplars: this.takeExemplars(),
    };
  }

  /** A value lies in the bucket of index i when base^i < value <= base^(i+1). */
  protected place(value: number): void {
    const index = Math.ceil(Math.log2(value) * PER_DOUBLING) - 1;
    if (this.buckets.length === 0) this.offset = index;
    while (index < this.offset) {
      this.buckets.unshift(0);
      this.offset--;
    }
    while (index >= this.offset + this.buckets.length) this.buckets.push(0);
    this.buckets[index - this.offset]!++;
  }
}

/** A cumulative counter. */
export class Counter {
  readonly attributes: readonly KeyValue[];
  value = 0;
  private last: Measured | undefined;

  constructor(attributes: readonly KeyValue[]) {
    this.attributes = attributes;
  }

  add(measured: Measured): void {
    this.value += measured.value;
    this.last = measured;
  }

  takeExemplars(): readonly Exemplar[] {
    const { last } = this;
    this.last = undefined;
    if (last === undefined) return [];
    const { value, timeUnixNano, traceId, spanId } = last;
    return [{ timeUnixNano, asDouble: value, traceId, spanId }];
  }
}
