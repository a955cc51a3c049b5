import {
  atLowerScale,
  type Distribution,
  type ExponentialBuckets,
  isCountedAlike,
} from "#core/distribution.ts";

/** Buckets of one sign of a sum; with more of them the scale is lowered, which is exact. */
const BUCKETS_MAX = 640;

/**
 * What two histograms count together, in the buckets of the coarser one. It has no least and greatest value.
 * Undefined where their buckets have other limits.
 */
export function distributionSum(one: Distribution, other: Distribution): Distribution | undefined {
  if (!isCountedAlike(one, other) || one.buckets.length !== other.buckets.length) return undefined;
  const scale = commonScale(one, other);
  const added = (sign: "positive" | "negative"): ExponentialBuckets =>
    sumOf(
      atLowerScale(one[sign], one.scale - scale),
      atLowerScale(other[sign], other.scale - scale),
    );
  return {
    count: one.count + other.count,
    sum: one.sum === null || other.sum === null ? null : one.sum + other.sum,
    min: null,
    max: null,
    bounds: one.bounds,
    buckets: one.buckets.map((count, index) => count + other.buckets[index]!),
    scale,
    zeroCount: one.zeroCount + other.zeroCount,
    zeroThreshold: one.zeroThreshold,
    positive: added("positive"),
    negative: added("negative"),
  };
}

/** The highest scale at which no sign has too many buckets from the first to the last. */
function commonScale(one: Distribution, other: Distribution): number {
  let scale = Math.min(one.scale, other.scale);
  const lengthAt = (sign: "positive" | "negative"): number => {
    const ends = [one, other].flatMap((of) => {
      const { offset, buckets } = of[sign];
      if (buckets.length === 0) return [];
      const width = 2 ** (of.scale - scale);
      return [Math.floor(offset / width), Math.floor((offset + buckets.length - 1) / width)];
    });
    return ends.length === 0 ? 0 : Math.max(...ends) - Math.min(...ends) + 1;
  };
  while (lengthAt("positive") > BUCKETS_MAX || lengthAt("negative") > BUCKETS_MAX) scale -= 1;
  return scale;
}

/** Of buckets at one scale. */
function sumOf(one: ExponentialBuckets, other: ExponentialBuckets): ExponentialBuckets {
  if (one.buckets.length === 0) return other;
  if (other.buckets.length === 0) return one;
  const offset = Math.min(one.offset, other.offset);
  const end = Math.max(one.offset + one.buckets.length, other.offset + other.buckets.length);
  const buckets = Array.from({ length: end - offset }, () => 0n);
  for (const part of [one, other])
    for (const [at, count] of part.buckets.entries()) buckets[part.offset - offset + at]! += count;
  return { offset, buckets };
}
