const NS = { ms: 1_000_000n, second: 1_000_000_000n, minute: 60_000_000_000n } as const;
const { ms, second, minute } = NS;

/** Steps that a reader can name, from a nanosecond to a week. */
const STEPS: readonly bigint[] = [
  ...[1n, 10n, 100n, 1_000n, 10_000n, 100_000n, ms, 10n * ms, 100n * ms].flatMap((unit) => [
    unit,
    2n * unit,
    5n * unit,
  ]),
  ...[1n, 2n, 5n, 10n, 15n, 30n].flatMap((count) => count * second),
  ...[1n, 2n, 5n, 10n, 15n, 30n].flatMap((count) => count * minute),
  ...[1n, 2n, 3n, 6n, 12n, 24n, 48n, 168n].flatMap((count) => count * 60n * minute),
];

/** The shortest step, in nanoseconds, of which at most `stepsMax` whole ones lie in so long a range. */
export function stepNsFor(rangeNs: bigint, stepsMax: number): bigint {
  const least = rangeNs / BigInt(stepsMax) + 1n;
  const week = STEPS.at(-1)!;
  return STEPS.find((step) => step >= least) ?? (least / week + 1n) * week;
}
