import type { HistogramPointRow } from "#core/row-views.ts";
import type { BucketSpan, NativeBuckets, NativeHistogram } from "./write-series.ts";

/** The schemas of native histograms whose limits are powers of two. */
const SCHEMA_MIN = -4;
const SCHEMA_MAX = 8;
/** Up to so many empty buckets are written out: a span of their own would be longer. */
const EMPTY_BUCKETS_MAX = 2;

/**
 * An exponential histogram as a native one. OpenTelemetry names a bucket by its lower limit, Prometheus by its
 * upper one, so that their numbers differ by one. One that is finer than Prometheus has is made coarser, which is
 * exact; undefined for one that is coarser.
 */
export function nativeHistogram(
  point: HistogramPointRow,
  times: { readonly timeMs: number; readonly startMs: number; readonly isStale: boolean },
): NativeHistogram | undefined {
  if (point.scale < SCHEMA_MIN) return undefined;
  const coarser = Math.max(0, point.scale - SCHEMA_MAX);
  return {
    ...times,
    count: point.count,
    sum: point.sum ?? 0,
    schema: point.scale - coarser,
    zeroThreshold: point.zeroThreshold,
    zeroCount: point.zeroCount,
    positive: nativeBuckets(point.positive, coarser),
    negative: nativeBuckets(point.negative, coarser),
    isGauge: point.series.metric.temporality === 0,
  };
}

function nativeBuckets(
  { offset, buckets }: HistogramPointRow["positive"],
  coarser: number,
): NativeBuckets {
  const spans: BucketSpan[] = [];
  const deltas: bigint[] = [];
  let before = 0n;
  let end = 0;
  for (const [index, count] of merged(offset, buckets, coarser)) {
    const gap = index - end;
    const last = spans.at(-1);
    if (last === undefined || gap > EMPTY_BUCKETS_MAX) spans.push({ offset: gap, length: 1 });
    else {
      for (let empty = 0; empty < gap; empty++) {
        deltas.push(-before);
        before = 0n;
      }
      spans[spans.length - 1] = { offset: last.offset, length: last.length + gap + 1 };
    }
    deltas.push(count - before);
    before = count;
    end = index + 1;
  }
  return { spans, deltas };
}

/** Counts that are not 0 by the number of their bucket in Prometheus, of a resolution 2^coarser times lower. */
function merged(offset: number, buckets: readonly bigint[], coarser: number): Map<number, bigint> {
  const counts = new Map<number, bigint>();
  for (const [at, count] of buckets.entries()) {
    if (count === 0n) continue;
    const index = Math.floor((offset + at) / 2 ** coarser) + 1;
    counts.set(index, (counts.get(index) ?? 0n) + count);
  }
  return counts;
}
