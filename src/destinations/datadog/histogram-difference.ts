import type { HistogramPointRow } from "#core/row-views.ts";
import type { Difference } from "./deltas.ts";

type Buckets = HistogramPointRow["positive"];

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

/** Numbers that are kept of a histogram, for a bound of memory. */
export function distributionWeight({ bounds, buckets, positive, negative }: Distribution): number {
  return 8 + bounds.length + buckets.length + positive.buckets.length + negative.buckets.length;
}

/**
 * What a cumulative histogram counted since it was `before`. It has no least and greatest value: those of a
 * while cannot be told from those of all time.
 */
export function histogramDifference(
  now: Distribution,
  before: Distribution,
): Difference<Distribution> {
  if (now.count < before.count) return "reset";
  const isAlike =
    now.bounds.length === before.bounds.length &&
    now.bounds.every((bound, index) => bound === before.bounds[index]) &&
    now.zeroThreshold === before.zeroThreshold;
  if (!isAlike) return "unknown";
  // A histogram of a lower scale has buckets of which each holds several of the other's.
  const scale = Math.min(now.scale, before.scale);
  const difference = {
    count: now.count - before.count,
    sum: now.sum === null || before.sum === null ? null : now.sum - before.sum,
    min: null,
    max: null,
    bounds: now.bounds,
    buckets: subtractAll(now.buckets, before.buckets),
    scale,
    zeroCount: now.zeroCount - before.zeroCount,
    zeroThreshold: now.zeroThreshold,
    positive: subtractBuckets(now.positive, now.scale, before.positive, before.scale, scale),
    negative: subtractBuckets(now.negative, now.scale, before.negative, before.scale, scale),
  };
  const { buckets, positive, negative, zeroCount } = difference;
  if (buckets === undefined || positive === undefined || negative === undefined || zeroCount < 0n)
    return "unknown";
  return { since: { ...difference, buckets, positive, negative } };
}

/** Undefined where anything shrank. */
function subtractAll(now: readonly bigint[], before: readonly bigint[]): bigint[] | undefined {
  if (now.length !== before.length) return undefined;
  const rest = now.map((count, index) => count - before[index]!);
  return rest.every((count) => count >= 0n) ? rest : undefined;
}

function subtractBuckets(
  now: Buckets,
  nowScale: number,
  before: Buckets,
  beforeScale: number,
  scale: number,
): Buckets | undefined {
  const { offset, buckets } = atScale(now, nowScale - scale);
  const earlier = atScale(before, beforeScale - scale);
  const rest = [...buckets];
  for (const [index, count] of earlier.buckets.entries()) {
    if (count === 0n) continue;
    const place = earlier.offset + index - offset;
    if (place < 0 || place >= rest.length) return undefined;
    rest[place]! -= count;
  }
  return rest.every((count) => count >= 0n) ? { offset, buckets: rest } : undefined;
}

/** The buckets at a scale that is lower by `steps`: each holds 2^steps of the others. */
function atScale({ offset, buckets }: Buckets, steps: number): Buckets {
  if (steps === 0 || buckets.length === 0) return { offset, buckets };
  const index = (at: number): number => Math.floor(at / 2 ** steps);
  const first = index(offset);
  const merged = Array.from({ length: index(offset + buckets.length - 1) - first + 1 }, () => 0n);
  for (const [at, count] of buckets.entries()) merged[index(offset + at) - first]! += count;
  return { offset: first, buckets: merged };
}
