/** How often something is among the traces of one side that could have it. */
export interface Share {
  readonly with: number;
  readonly of: number;
}

export function shareOf({ with: count, of }: Share): number {
  return of === 0 ? 0 : count / of;
}

const logFactorials: number[] = [0, 0];

function logFactorial(n: number): number {
  for (let at = logFactorials.length; at <= n; at++)
    logFactorials.push(logFactorials[at - 1]! + Math.log(at));
  return logFactorials[n]!;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/**
 * Fisher's exact test, two-sided: how likely shares are at least as far apart as these when both
 * sides come from the same. Exact for few traces, where an approximation would claim too much.
 */
export function fisherExact(a: Share, b: Share): number {
  const withAll = a.with + b.with;
  const all = a.of + b.of;
  const total = logChoose(all, withAll);
  const chance = (k: number): number =>
    Math.exp(logChoose(a.of, k) + logChoose(b.of, withAll - k) - total);
  const found = chance(a.with) * (1 + 1e-7);
  let sum = 0;
  for (let k = Math.max(0, withAll - b.of); k <= Math.min(a.of, withAll); k++) {
    const here = chance(k);
    if (here <= found) sum += here;
  }
  return Math.min(1, sum);
}

/** The smallest value that {@link fisherExact} can have with these sums: what no finding can go below. */
export function leastChance(a: Share, b: Share): number {
  const withAll = a.with + b.with;
  const least = Math.max(0, withAll - b.of);
  const most = Math.min(a.of, withAll);
  const at = (k: number): number =>
    fisherExact({ with: k, of: a.of }, { with: withAll - k, of: b.of });
  return Math.min(at(least), at(most));
}

/** Where two samples of numbers are furthest apart. */
export interface Split {
  /** Values above it, or not above it, are what sets the selection apart. */
  readonly threshold: number;
  /** Whether the selection has more values above the threshold. */
  readonly isAbove: boolean;
  /** How far the shares are apart there, 0 to 1. */
  readonly distance: number;
  /** How likely that is when both come from the same; of the test of Kolmogorov and Smirnov. */
  readonly chance: number;
}

/** Finds the {@link Split} of two samples; undefined when one is empty or all values are equal. */
export function widestSplit(selected: Float64Array, others: Float64Array): Split | undefined {
  const a = selected.toSorted();
  const b = others.toSorted();
  if (a.length === 0 || b.length === 0) return undefined;
  let [i, j, distance, threshold, isAbove] = [0, 0, 0, 0, true];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= value) i++;
    while (j < b.length && b[j]! <= value) j++;
    const apart = j / b.length - i / a.length;
    if (Math.abs(apart) <= distance) continue;
    [distance, threshold, isAbove] = [Math.abs(apart), value, apart > 0];
  }
  if (distance === 0) return undefined;
  return { threshold, isAbove, distance, chance: smirnov(distance, a.length, b.length) };
}

/** The asymptotic chance of a distance, with the correction for few values (Stephens 1970). */
function smirnov(distance: number, a: number, b: number): number {
  const root = Math.sqrt((a * b) / (a + b));
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  if (lambda < 0.3) return 1;
  let sum = 0;
  for (let term = 1; term <= 50; term++)
    sum += (term % 2 === 1 ? 2 : -2) * Math.exp(-2 * term * term * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}

/**
 * The chances of many tests, each raised so that of all that stay below a bound no larger share
 * than the bound is a false alarm (Benjamini and Hochberg 1995).
 */
export function adjusted(chances: readonly number[]): number[] {
  const order = chances.map((_, at) => at).toSorted((a, b) => chances[a]! - chances[b]!);
  const raised: number[] = Array.from({ length: chances.length }, () => 1);
  let least = 1;
  for (let rank = order.length; rank >= 1; rank--) {
    const at = order[rank - 1]!;
    least = Math.min(least, (chances[at]! * chances.length) / rank);
    raised[at] = least;
  }
  return raised;
}

/**
 * The most that the least chance of a test may be for it to count. Tests whose chance is too great even at their
 * most extreme tell nothing, and are not corrected for (Tarone 1990, Gilbert 2005).
 */
export function tellingChance(least: readonly number[], chanceMax: number): number {
  const ascending = least.toSorted((a, b) => a - b);
  let telling = ascending.length;
  for (let count = 1; ; count++) {
    const most = chanceMax / count;
    while (telling > 0 && ascending[telling - 1]! > most) telling--;
    if (telling <= count) return most;
  }
}

/** Standard errors that a difference is believed less by: 99 of 100 differences are larger. */
const DEVIATIONS = 2.58;

/**
 * What two shares differ by at least, 0 when they may be equal: from shares with one more on each
 * side (Agresti and Caffo 2000), so that few traces prove little.
 */
export function leastDifference(a: Share, b: Share): number {
  const [p, q] = [(a.with + 1) / (a.of + 2), (b.with + 1) / (b.of + 2)];
  const error = Math.sqrt((p * (1 - p)) / (a.of + 2) + (q * (1 - q)) / (b.of + 2));
  return Math.max(0, Math.abs(p - q) - DEVIATIONS * error);
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pearson's correlation, -1 to 1; 0 where either does not vary. */
export function correlation(pairs: readonly (readonly [number, number])[]): number {
  const [a, b] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  let [both, first, second] = [0, 0, 0];
  for (const [x, y] of pairs) {
    both += (x - a) * (y - b);
    first += (x - a) ** 2;
    second += (y - b) ** 2;
  }
  return first === 0 || second === 0 ? 0 : both / Math.sqrt(first * second);
}
