import {
  atLowerScale,
  type Distribution,
  type ExponentialBuckets,
  isCountedAlike,
} from "#core/distribution.ts";
import type { Difference } from "./deltas.ts";

/**
 * What a cumulative histogram counted since it was `before`. It has no least and greatest value: those of a
 * while cannot be told from those of all time.
 */
export function histogramDifference(
  now: Distribution,
  before: Distribution,
): Difference<Distribution> {
  if (now.count < before.count) return "reset";
  if (!isCountedAlike(now, before)) return "unknown";
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
  now: ExponentialBuckets,
  nowScale: number,
  before: ExponentialBuckets,
  beforeScale: number,
  scale: number,
): ExponentialBuckets | undefined {
  const { offset, buckets } = atLowerScale(now, nowScale - scale);
  const earlier = atLowerScale(before, beforeScale - scale);
  const rest = [...buckets];
  for (const [index, count] of earlier.buckets.entries()) {
    if (count === 0n) continue;
    const place = earlier.offset + index - offset;
    if (place < 0 || place >= rest.length) return undefined;
    rest[place]! -= count;
  }
  return rest.every((count) => count >= 0n) ? { offset, buckets: rest } : undefined;
}
