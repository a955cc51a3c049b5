import type { HistogramInput } from "#core/build/histogram-input.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { NativeBuckets, NativeHistogram } from "./series.ts";

/** The schema of histograms with limits of their own. */
const CUSTOM_SCHEMA = -53;
const SCHEMA_MIN = -9;
const SCHEMA_MAX = 52;
/** Buckets further out than these are beyond what a double can measure, at any schema that is used. */
const INDEX_MAX = 2 ** 30;

type Counts = Map<number, number>;

/**
 * A native histogram in OpenTelemetry's form. Prometheus names a bucket by its upper limit, OpenTelemetry
 * by its lower one, so that their numbers differ by one
 * (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#exponential-histograms). One that is wider
 * than a row may be is made coarser, which is exact: two neighbours become one.
 *
 * @throws RangeError for one that cannot be.
 */
export function histogramInput(histogram: NativeHistogram): HistogramInput {
  const { count, sum, schema, isStale } = histogram;
  const totals = { count, ...(isStale || Number.isNaN(sum) ? {} : { sum }) };
  if (schema === CUSTOM_SCHEMA) return { ...totals, ...customBuckets(histogram) };
  if (schema < SCHEMA_MIN || schema > SCHEMA_MAX) {
    throw new RangeError(`schema ${schema}, allowed are ${SCHEMA_MIN} to ${SCHEMA_MAX} and -53`);
  }
  let positive = countsOf(histogram.positive);
  let negative = countsOf(histogram.negative);
  let scale = schema;
  while (Math.max(widthOf(positive), widthOf(negative)) > ROW_LIMITS.bucketsMax) {
    positive = coarser(positive);
    negative = coarser(negative);
    scale--;
  }
  return {
    ...totals,
    scale,
    zeroCount: histogram.zeroCount,
    zeroThreshold: histogram.zeroThreshold,
    positive: dense(positive),
    negative: dense(negative),
  };
}

/** Counts by the number of their bucket. */
function countsOf({ spans, deltas, counts }: NativeBuckets): Counts {
  const byIndex: Counts = new Map();
  const given = counts.length > 0 ? counts : deltas;
  let index = 0;
  let at = 0;
  let count = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) {
      if (at === given.length)
        throw new RangeError("its spans have more buckets than it has counts");
      if (Math.abs(index) > INDEX_MAX) throw new RangeError(`bucket ${index} is out of reach`);
      count = counts.length > 0 ? counts[at]! : count + deltas[at]!;
      at++;
      if (!(count >= 0)) throw new RangeError(`a bucket with a count of ${count}`);
      byIndex.set(index, (byIndex.get(index) ?? 0) + count);
      index++;
    }
  }
  return byIndex;
}

function bounds(counts: Counts): [lowest: number, highest: number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const index of counts.keys()) {
    lowest = Math.min(lowest, index);
    highest = Math.max(highest, index);
  }
  return [lowest, highest];
}

function widthOf(counts: Counts): number {
  if (counts.size === 0) return 0;
  const [lowest, highest] = bounds(counts);
  return highest - lowest + 1;
}

/** Of half the resolution: buckets 2n-1 and 2n, by their upper limits, become bucket n. */
function coarser(counts: Counts): Counts {
  const merged: Counts = new Map();
  for (const [index, count] of counts) {
    const half = Math.ceil(index / 2);
    merged.set(half, (merged.get(half) ?? 0) + count);
  }
  return merged;
}

function dense(counts: Counts): { offset: number; buckets: number[] } {
  if (counts.size === 0) return { offset: 0, buckets: [] };
  const [lowest, highest] = bounds(counts);
  const buckets = Array.from(
    { length: highest - lowest + 1 },
    (_, i) => counts.get(lowest + i) ?? 0,
  );
  return { offset: lowest - 1, buckets };
}

/** The buckets of a histogram with limits of its own; the last of them, of +Inf, has none. */
function customBuckets({ customValues, positive }: NativeHistogram) {
  if (customValues.length >= ROW_LIMITS.bucketsMax) {
    throw new RangeError(`${customValues.length} limits, allowed are ${ROW_LIMITS.bucketsMax - 1}`);
  }
  const counts = countsOf(positive);
  for (const index of counts.keys()) {
    if (index < 0 || index > customValues.length)
      throw new RangeError(`bucket ${index} has no limit`);
  }
  const buckets = Array.from({ length: customValues.length + 1 }, (_, i) => counts.get(i) ?? 0);
  return { bounds: customValues, buckets };
}
