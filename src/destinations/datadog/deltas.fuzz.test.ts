import fc from "fast-check";
import { expect, it } from "vitest";
import { Deltas, type Difference } from "./deltas.ts";
import type { Distribution } from "#core/distribution.ts";
import { histogramDifference } from "./histogram-difference.ts";

const difference = (now: number, before: number): Difference<number> =>
  now < before ? "reset" : { since: now - before };

const step = fc.record({
  key: fc.constantFrom("a", "b", "c"),
  grownBy: fc.nat(9),
  isRestart: fc.nat(9).map((one) => one === 0),
});

it("what was taken adds up to what was counted since the first value, also when a delivery fails", () => {
  const delivery = fc.record({ steps: fc.array(step, { maxLength: 6 }), failures: fc.nat(2) });
  const property = fc.property(fc.array(delivery, { maxLength: 8 }), (deliveries) => {
    const deltas = new Deltas<number>(100, () => 1);
    const sender = new Map<string, { startNs: bigint; value: number }>();
    const counted = new Map<string, number>();
    const taken = new Map<string, number>();
    let timeNs = 0n;
    for (const { steps, failures } of deliveries) {
      const points = steps.map(({ key, grownBy, isRestart }) => {
        timeNs += 1n;
        const before = sender.get(key);
        const own =
          before === undefined || isRestart
            ? { startNs: timeNs, value: grownBy }
            : { startNs: before.startNs, value: before.value + grownBy };
        sender.set(key, own);
        if (before !== undefined) counted.set(key, (counted.get(key) ?? 0) + grownBy);
        return { key, now: { timeNs, ...own } };
      });
      const attempt = () => {
        const pass = deltas.begin();
        return points.map(({ key, now }) => ({ key, delta: pass.next(key, now, difference) }));
      };
      for (let failure = 0; failure < failures; failure += 1) attempt();
      for (const { key, delta } of attempt()) {
        taken.set(key, (taken.get(key) ?? 0) + (delta.value ?? 0));
        delta.settle();
      }
    }
    for (const [key, count] of counted) expect(taken.get(key)).toBe(count);
  });
  fc.assert(property);
});

it("memory stays within its bound, and what is new is remembered", () => {
  const property = fc.property(
    fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 4 })), { minLength: 1 }),
    (values) => {
      const deltas = new Deltas<number>(10, (weight) => weight);
      for (const [time, [key, value]] of values.entries()) {
        const now = { timeNs: BigInt(time + 1), startNs: 0n, value };
        deltas.begin().next(String(key), now, () => "unknown");
        expect(deltas.weight).toBeLessThanOrEqual(10);
        expect(deltas.weight).toBeGreaterThanOrEqual(value);
      }
    },
  );
  fc.assert(property);
});

const half = fc.record({
  offset: fc.integer({ min: -20, max: 20 }),
  buckets: fc.array(fc.bigInt({ min: 0n, max: 9n }), { minLength: 1, maxLength: 12 }),
});

function distributionOf(scale: number, positive: Distribution["positive"]): Distribution {
  const count = positive.buckets.reduce((all, one) => all + one, 0n);
  const none = { offset: 0, buckets: [] };
  const own = { sum: null, min: null, max: null, bounds: [], buckets: [] };
  return { ...own, count, scale, zeroCount: 0n, zeroThreshold: 0, positive, negative: none };
}

it("an exponential histogram less an earlier one is what came in between, whatever their scales", () => {
  const property = fc.property(half, half, fc.nat(3), fc.nat(3), (first, second, fine, coarse) => {
    const at = (index: number, steps: number): number => Math.floor(index / 2 ** steps);
    const counts = (halves: readonly (typeof first)[], steps: number): Map<number, bigint> => {
      const found = new Map<number, bigint>();
      for (const { offset, buckets } of halves)
        for (const [index, count] of buckets.entries()) {
          const place = at(offset + index, steps);
          found.set(place, (found.get(place) ?? 0n) + count);
        }
      return found;
    };
    const bucketsOf = (found: ReadonlyMap<number, bigint>): Distribution["positive"] => {
      const places = [...found.keys()];
      const offset = Math.min(...places);
      const length = Math.max(...places) - offset + 1;
      return {
        offset,
        buckets: Array.from({ length }, (_, index) => found.get(offset + index) ?? 0n),
      };
    };
    // Both of the finest scale 6: the earlier one is kept at 6 - fine, the later one at 6 - coarse.
    const before = distributionOf(6 - fine, bucketsOf(counts([first], fine)));
    const now = distributionOf(6 - coarse, bucketsOf(counts([first, second], coarse)));
    const found = histogramDifference(now, before);
    const steps = Math.max(fine, coarse);
    const wanted = counts([second], steps);
    if (typeof found === "string") throw new Error(found);
    const { scale, positive, count } = found.since;
    expect(scale).toBe(6 - steps);
    expect(count).toBe(second.buckets.reduce((all, one) => all + one, 0n));
    for (const [index, one] of positive.buckets.entries())
      expect(one).toBe(wanted.get(positive.offset + index) ?? 0n);
    const total = positive.buckets.reduce((all, one) => all + one, 0n);
    expect(total).toBe(count);
  });
  fc.assert(property);
});
