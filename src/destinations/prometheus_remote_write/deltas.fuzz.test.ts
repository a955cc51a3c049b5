import fc from "fast-check";
import { expect, it } from "vitest";
import type { Distribution, ExponentialBuckets } from "#core/distribution.ts";
import { distributionSum } from "./distribution-sum.ts";
import { Totals } from "./totals.ts";

const step = fc.record({ key: fc.constantFrom("a", "b", "c"), by: fc.nat(9), ageNs: fc.nat(3) });

it("totals are what was counted, whatever fails and comes late, once something newer came", () => {
  const deliveries = fc.array(
    fc.record({ steps: fc.array(step, { maxLength: 6 }), failures: fc.nat(2) }),
    { maxLength: 8 },
  );
  const property = fc.property(deliveries, (all) => {
    const totals = new Totals<number>(
      100,
      () => 1,
      (total, delta) => total + delta,
    );
    const counted = new Map<string, number>();
    let timeNs = 10n;
    const send = (points: readonly { key: string; value: number; timeNs: bigint }[]) => {
      const pass = totals.begin();
      const said = points.map(({ key, ...delta }) => pass.next(key, { ...delta, startNs: 0n }));
      return { pass, said };
    };
    for (const { steps, failures } of all) {
      const points = steps.map(({ key, by, ageNs }) => {
        timeNs += 1n;
        counted.set(key, (counted.get(key) ?? 0) + by);
        return { key, value: by, timeNs: timeNs - BigInt(ageNs) };
      });
      for (let failure = 0; failure < failures; failure += 1) send(points);
      send(points).pass.settle();
    }
    timeNs += 1n;
    for (const [key, count] of counted) {
      const [last] = send([{ key, value: 1, timeNs }]).said;
      expect(last).toMatchObject({ value: count + 1, timeNs });
    }
  });
  fc.assert(property);
});

const buckets = fc.record({
  offset: fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
  buckets: fc.array(fc.bigInt({ min: 0n, max: 9n }), { maxLength: 20 }),
});
const distribution = fc
  .record({ scale: fc.integer({ min: -8, max: 20 }), positive: buckets, negative: buckets })
  .map((given): Distribution => ({
    ...given,
    count: 0n,
    sum: null,
    min: null,
    max: null,
    bounds: [],
    buckets: [],
    zeroCount: 1n,
    zeroThreshold: 0,
  }));

it("sums of exponential histograms have every count, at its place, in a bounded number of buckets", () => {
  const countOf = (of: ExponentialBuckets): bigint =>
    of.buckets.reduce((all, one) => all + one, 0n);
  /** Counts by their bucket at a scale. */
  const placed = (parts: readonly Distribution[], sign: "positive" | "negative", scale: number) => {
    const counts = new Map<number, bigint>();
    for (const part of parts)
      for (const [at, count] of part[sign].buckets.entries()) {
        if (count === 0n) continue;
        const place = Math.floor((part[sign].offset + at) / 2 ** (part.scale - scale));
        counts.set(place, (counts.get(place) ?? 0n) + count);
      }
    return counts;
  };
  const property = fc.property(distribution, distribution, (one, other) => {
    const sum = distributionSum(one, other)!;
    expect(sum.zeroCount).toBe(2n);
    for (const sign of ["positive", "negative"] as const) {
      expect(countOf(sum[sign])).toBe(countOf(one[sign]) + countOf(other[sign]));
      expect(sum[sign].buckets.length).toBeLessThanOrEqual(640);
      expect(placed([sum], sign, sum.scale)).toEqual(placed([one, other], sign, sum.scale));
    }
  });
  fc.assert(property);
});
