import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistogramInput } from "#core/build/histogram-input.ts";
import { ExplicitHistogram, ExponentialHistogram } from "./duration-histogram.ts";

/** Milliseconds, from one nanosecond on. */
const value = fc.oneof(
  fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
  fc.constantFrom(0, 1, 2, 4, 1e-6, 0.5, 1e13),
);
const measure = fc.record({ value, weight: fc.integer({ min: 1, max: 100 }) });
const measures = fc.array(measure, { maxLength: 60 });
type Measures = readonly { readonly value: number; readonly weight: number }[];

const total = (list: Measures): number => list.reduce((sum, { weight }) => sum + weight, 0);

type Exponential = Extract<HistogramInput, { readonly scale: number }>;

/** Up to each bound there are as many as have such a value, give or take those at it. */
function isWithinItsBuckets(point: Exponential, list: Measures): void {
  const { offset, buckets } = point.positive!;
  let below = Number(point.zeroCount);
  for (const [i, count] of buckets.entries()) {
    const bound = 2 ** ((offset + i + 1) * 2 ** -point.scale);
    const sure = total(list.filter((one) => one.value <= bound * (1 - 1e-9)));
    const possible = total(list.filter((one) => one.value <= bound * (1 + 1e-9)));
    below += Number(count);
    expect(below).toBeGreaterThanOrEqual(sure);
    expect(below).toBeLessThanOrEqual(possible);
  }
}

describe("an exponential histogram", () => {
  it("has each value in the bucket that it lies in, in no more buckets than it may", () => {
    fc.assert(
      fc.property(measures, fc.integer({ min: 2, max: 160 }), (list, sizeMax) => {
        const histogram = new ExponentialHistogram(sizeMax);
        for (const one of list) histogram.add(one.value, one.weight);
        const point = histogram.point() as Exponential;
        const { buckets } = point.positive!;
        expect(buckets.length).toBeLessThanOrEqual(sizeMax);
        expect(point.count).toBe(total(list));
        const counted = buckets.reduce<number>((sum, count) => sum + Number(count), 0);
        expect(counted + Number(point.zeroCount)).toBe(total(list));
        isWithinItsBuckets(point, list);
      }),
    );
  });

  it("that takes another in has the counts of both", () => {
    fc.assert(
      fc.property(measures, measures, fc.integer({ min: 2, max: 40 }), (first, second, sizeMax) => {
        const [one, other] = [first, second].map((list) => {
          const histogram = new ExponentialHistogram(sizeMax);
          for (const { value: each, weight } of list) histogram.add(each, weight);
          return histogram;
        });
        one!.merge(other!);
        const point = one!.point() as Exponential;
        expect(point.count).toBe(total([...first, ...second]));
        expect(point.positive!.buckets.length).toBeLessThanOrEqual(sizeMax);
        isWithinItsBuckets(point, [...first, ...second]);
      }),
    );
  });
});

describe("an explicit histogram", () => {
  it("counts each value below the first bound that it does not exceed, of two as of one", () => {
    const bounds = [0.5, 1, 2, 4, 1_000];
    fc.assert(
      fc.property(measures, measures, (first, second) => {
        const [one, other] = [new ExplicitHistogram(bounds), new ExplicitHistogram(bounds)];
        for (const { value: each, weight } of first) one.add(each, weight);
        for (const { value: each, weight } of second) other.add(each, weight);
        one.merge(other);
        const expected = bounds.map(() => 0).concat(0);
        for (const { value: each, weight } of [...first, ...second]) {
          const bucket = bounds.findIndex((bound) => each <= bound);
          expected[bucket < 0 ? bounds.length : bucket]! += weight;
        }
        expect(one.point()).toMatchObject({ bounds, buckets: expected });
      }),
    );
  });
});
