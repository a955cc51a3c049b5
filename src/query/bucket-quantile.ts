/** Values above `lower` up to `upper`, of which there are `count`. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * The value below which a share `level` (0 to 1) of the bucketed values lies. Within a bucket values
 * are taken to be spread evenly; on a logarithmic scale where `logarithmic` and the bucket does not
 * touch zero. A bucket that is open at one end gives its other end. Undefined without values.
 *
 * Buckets are in ascending order; counts below zero, which inconsistent senders cause, count as 0.
 */
export function bucketQuantile(
  buckets: readonly Bucket[],
  level: number,
  logarithmic = false,
): number | undefined {
  let total = 0;
  for (const { count } of buckets) total += Math.max(0, count);
  if (total === 0) return undefined;
  const rank = level * total;
  let below = 0;
  let found: Bucket | undefined;
  for (const bucket of buckets) {
    const count = Math.max(0, bucket.count);
    if (count === 0) continue;
    found = bucket;
    if (below + count >= rank) return within(bucket, (rank - below) / count, logarithmic);
    below += count;
  }
  // Only rounding leads here.
  return found === undefined ? undefined : within(found, 1, logarithmic);
}

function within({ lower, upper }: Bucket, share: number, logarithmic: boolean): number {
  if (upper === Number.POSITIVE_INFINITY) return lower;
  if (lower === Number.NEGATIVE_INFINITY) return upper;
  const oneSign = lower * upper > 0;
  if (logarithmic && oneSign) return lower * (upper / lower) ** share;
  return lower + (upper - lower) * share;
}

/**
 * Explicit buckets. Those with no count may be missing from `counts`, so all bounds are given too.
 * The first bucket is taken to start at zero when its bound is positive.
 */
export function explicitBuckets(
  bounds: readonly number[],
  counts: ReadonlyMap<number, number>,
): Bucket[] {
  const uppers = [...bounds, Number.POSITIVE_INFINITY];
  return uppers.map((upper, i) => {
    const first = upper > 0 ? 0 : Number.NEGATIVE_INFINITY;
    return { lower: i === 0 ? first : uppers[i - 1]!, upper, count: counts.get(upper) ?? 0 };
  });
}

/** Counts of exponential buckets by index. */
export interface ExponentialCounts {
  readonly zero: number;
  readonly positive: readonly (readonly [index: number, count: number])[];
  readonly negative: readonly (readonly [index: number, count: number])[];
}

/**
 * Exponential buckets: index i holds what is above base^i up to base^(i+1), base = 2^(2^-scale).
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export function exponentialBuckets(scale: number, counts: ExponentialCounts): Bucket[] {
  const edge = (index: number): number => 2 ** (index * 2 ** -scale);
  const negative = counts.negative
    .toSorted(([a], [b]) => b - a)
    .map(([index, count]) => ({ lower: -edge(index + 1), upper: -edge(index), count }));
  const positive = counts.positive
    .toSorted(([a], [b]) => a - b)
    .map(([index, count]) => ({ lower: edge(index), upper: edge(index + 1), count }));
  return [...negative, { lower: 0, upper: 0, count: counts.zero }, ...positive];
}
