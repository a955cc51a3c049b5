import type { HistogramPointRow } from "./row-views.ts";

/** What a histogram of any form counts. */
export type Distribution = Pick<
  HistogramPointRow,
  | "count"
  | "sum"
  | "min"
  | "max"
  | "bounds"
  | "buckets"
  | "scale"
  | "zeroCount"
  | "zeroThreshold"
  | "positive"
  | "negative"
>;

/** The buckets of one sign of an exponential histogram. */
export type ExponentialBuckets = Distribution["positive"];

/** Numbers that are kept of a histogram, for a bound of memory. */
export function distributionWeight({ bounds, buckets, positive, negative }: Distribution): number {
  return 8 + bounds.length + buckets.length + positive.buckets.length + negative.buckets.length;
}

/** Whether two count in the same buckets, but for the scale, which can be made the same. */
export function isCountedAlike(one: Distribution, other: Distribution): boolean {
  return (
    one.bounds.length === other.bounds.length &&
    one.bounds.every((bound, index) => bound === other.bounds[index]) &&
    one.zeroThreshold === other.zeroThreshold
  );
}

/** The buckets at a scale that is lower by `steps`: each holds 2^steps of the others. */
export function atLowerScale(
  { offset, buckets }: ExponentialBuckets,
  steps: number,
): ExponentialBuckets {
  if (steps === 0 || buckets.length === 0) return { offset, buckets };
  const index = (at: number): number => Math.floor(at / 2 ** steps);
  const first = index(offset);
  const merged = Array.from({ length: index(offset + buckets.length - 1) - first + 1 }, () => 0n);
  for (const [at, count] of buckets.entries()) merged[index(offset + at) - first]! += count;
  return { offset: first, buckets: merged };
}
