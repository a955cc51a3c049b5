import type { ByteWriter } from "../bytes.ts";
import { ROW_LIMITS } from "../limits.ts";
import type { ListColumn, MetricBatch } from "../metric-batch.ts";
import { TOO_MANY_BUCKETS } from "../rejections.ts";
import { pushBigint } from "./field-writers.ts";

/** A count of measurements; a fraction, as histograms of rates have them, is rounded. */
export type CountInput = number | bigint;

interface HistogramTotals {
  readonly count: CountInput;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** Buckets of a histogram: one more than bounds, which are their upper limits. */
interface ExplicitBuckets extends HistogramTotals {
  readonly bounds: readonly number[];
  readonly buckets: readonly CountInput[];
}

interface BucketsInput {
  readonly offset: number;
  readonly buckets: readonly CountInput[];
}

/** Buckets of an exponential histogram, of base 2^(2^-scale). */
interface ExponentialBuckets extends HistogramTotals {
  readonly scale: number;
  readonly zeroCount?: CountInput;
  readonly zeroThreshold?: number;
  readonly positive?: BucketsInput;
  readonly negative?: BucketsInput;
}

/** What the point of a histogram has beside what all points have. */
export type HistogramInput = ExplicitBuckets | ExponentialBuckets;

const UINT64_MAX = 2n ** 64n - 1n;
const NO_COUNTS: readonly CountInput[] = [];
const NO_BOUNDS: readonly number[] = [];

/** Writes histograms given as plain values to their columns. */
export class HistogramInputColumns {
  private readonly columns: MetricBatch["histograms"];
  /** The counts of the point that was prepared, as 64-bit integers. */
  private counts: { count: bigint; zero: bigint; lists: bigint[][] } = {
    count: 0n,
    zero: 0n,
    lists: [],
  };

  constructor(columns: MetricBatch["histograms"]) {
    this.columns = columns;
  }

  /** Reads a point's counts, and touches no column yet; returns what is wrong with them. */
  prepare(point: HistogramInput): string | undefined {
    const isExponential = "scale" in point;
    const lists = isExponential
      ? [NO_COUNTS, point.positive?.buckets ?? NO_COUNTS, point.negative?.buckets ?? NO_COUNTS]
      : [point.buckets, NO_COUNTS, NO_COUNTS];
    const most = Math.max(
      "scale" in point ? 0 : point.bounds.length,
      ...lists.map(({ length }) => length),
    );
    if (most > ROW_LIMITS.bucketsMax) return TOO_MANY_BUCKETS;
    try {
      this.counts = {
        count: countOf(point.count),
        zero: countOf(isExponential ? (point.zeroCount ?? 0) : 0),
        lists: lists.map((list) => list.map(countOf)),
      };
      return undefined;
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  }

  /** Appends the point that was prepared, but for its series, times and flags. */
  push(point: HistogramInput): void {
    const { columns, counts } = this;
    const exponential = "scale" in point ? point : undefined;
    const [buckets, positive, negative] = counts.lists as [bigint[], bigint[], bigint[]];
    pushBigint(columns.count, counts.count);
    pushOptional(columns.sum, columns.sumAbsent, point.sum);
    pushOptional(columns.min, columns.minAbsent, point.min);
    pushOptional(columns.max, columns.maxAbsent, point.max);
    pushBounds(columns.bounds, "scale" in point ? NO_BOUNDS : point.bounds);
    pushCounts(columns.buckets, buckets);
    columns.scale.u32(exponential?.scale ?? 0);
    pushBigint(columns.zeroCount, counts.zero);
    columns.zeroThreshold.f64(exponential?.zeroThreshold ?? 0);
    columns.positiveOffset.u32(exponential?.positive?.offset ?? 0);
    pushCounts(columns.positiveBuckets, positive);
    columns.negativeOffset.u32(exponential?.negative?.offset ?? 0);
    pushCounts(columns.negativeBuckets, negative);
    columns.quantiles.endRow();
    columns.quantileValues.endRow();
  }
}

/** @throws RangeError for what is no count. */
function countOf(value: CountInput): bigint {
  const isFinite = typeof value === "bigint" || Number.isFinite(value);
  const count = isFinite ? BigInt(typeof value === "bigint" ? value : Math.round(value)) : -1n;
  if (count < 0n || count > UINT64_MAX)
    throw new RangeError(`a count of ${value}, allowed: 0 to ${UINT64_MAX}`);
  return count;
}

function pushOptional(into: ByteWriter, absent: ByteWriter, value: number | undefined): void {
  absent.u8(value === undefined ? 1 : 0);
  into.f64(value ?? 0);
}

function pushBounds(into: ListColumn, bounds: readonly number[]): void {
  for (const bound of bounds) into.data.f64(bound);
  into.endRow();
}

function pushCounts(into: ListColumn, counts: readonly bigint[]): void {
  for (const count of counts) pushBigint(into.data, count);
  into.endRow();
}
