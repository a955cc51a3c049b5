import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adjusted,
  correlation,
  fisherExact,
  leastChance,
  leastDifference,
  median,
  type Share,
  tellingChance,
  widestSplit,
} from "./statistics.ts";

const share = fc
  .tuple(fc.nat(40), fc.nat(40))
  .map(([a, b]): Share => ({ with: Math.min(a, b), of: Math.max(a, b) }));

describe("Fisher's exact test", () => {
  it("gives the chances of the textbook", () => {
    // The lady who tasted tea, and a table whose chance other programs agree on.
    expect(fisherExact({ with: 4, of: 4 }, { with: 0, of: 4 })).toBeCloseTo(2 / 70, 9);
    expect(fisherExact({ with: 8, of: 10 }, { with: 1, of: 6 })).toBeCloseTo(0.034_965, 5);
  });

  it("is a chance, the same from either side, and never below the least that there can be", () => {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const chance = fisherExact(a, b);
        expect(chance).toBeGreaterThan(0);
        expect(chance).toBeLessThanOrEqual(1);
        expect(fisherExact(b, a)).toBeCloseTo(chance, 9);
        expect(chance).toBeGreaterThanOrEqual(leastChance(a, b) * (1 - 1e-9));
      }),
    );
  });
});

describe("the widest split", () => {
  it("lies where two samples part", () => {
    const split = widestSplit(Float64Array.of(10, 11, 12, 13), Float64Array.of(1, 2, 3, 11));
    expect(split).toMatchObject({ threshold: 3, isAbove: true, distance: 0.75 });
  });

  it("tells which side is greater", () => {
    const [low, high] = [Float64Array.of(1, 2, 3), Float64Array.of(7, 8, 9)];
    expect(widestSplit(low, high)).toMatchObject({ isAbove: false, distance: 1 });
    expect(widestSplit(high, low)).toMatchObject({ isAbove: true, distance: 1 });
  });

  it("is none where all are equal or a side is empty", () => {
    expect(widestSplit(Float64Array.of(1, 1), Float64Array.of(1, 1, 1))).toBeUndefined();
    expect(widestSplit(Float64Array.of(), Float64Array.of(1))).toBeUndefined();
  });

  it("is unlikely for samples that are apart, and likely for ones that are not", () => {
    const from = (first: number): Float64Array =>
      Float64Array.from({ length: 60 }, (_, at) => first + at);
    expect(widestSplit(from(60), from(0))!.chance).toBeLessThan(1e-9);
    expect(widestSplit(from(2), from(0))!.chance).toBeGreaterThan(0.5);
  });
});

describe("chances of many tests", () => {
  it("are raised by how many there are, and keep their order", () => {
    expect(adjusted([0.01, 0.04, 0.03, 0.5])).toEqual([
      0.04,
      expect.closeTo(0.0533, 3),
      expect.closeTo(0.0533, 3),
      0.5,
    ]);
    const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(chances, (given) => {
        const raised = adjusted(given);
        for (const [at, chance] of raised.entries())
          expect(chance).toBeGreaterThanOrEqual(given[at]! * (1 - 1e-9));
      }),
    );
  });
});

describe("the tests that tell anything", () => {
  it("are as many as they are corrected for", () => {
    const chances = fc.array(fc.double({ min: 0, max: 0.02, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(chances, (least) => {
        const most = tellingChance(least, 0.01);
        const count = Math.round(0.01 / most);
        const telling = (chance: number) => least.filter((one) => one <= chance).length;
        expect(telling(most)).toBeLessThanOrEqual(count);
        expect(count === 1 || telling(0.01 / (count - 1)) > count - 1).toBe(true);
      }),
    );
    expect(tellingChance([0, 0.009, 0.004, 0.003], 0.01)).toBe(0.01 / 3);
  });
});

describe("the least difference", () => {
  it("is nothing for few traces, and nears the shares with many", () => {
    expect(leastDifference({ with: 2, of: 2 }, { with: 1, of: 2 })).toBe(0);
    expect(leastDifference({ with: 9_000, of: 10_000 }, { with: 1_000, of: 10_000 })).toBeCloseTo(
      0.8,
      1,
    );
  });

  it("never is more than what the shares differ by", () => {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const apart = Math.abs(a.with / Math.max(1, a.of) - b.with / Math.max(1, b.of));
        expect(leastDifference(a, b)).toBeLessThanOrEqual(apart + 1e-9);
      }),
    );
  });
});

describe("the correlation", () => {
  it("is 1 for what goes together, -1 for the opposite, and 0 for what does not vary", () => {
    const pairs = (of: (n: number) => number): [number, number][] =>
      [1, 2, 3, 4].map((n) => [n, of(n)]);
    expect(correlation(pairs((n) => 5 * n + 2))).toBeCloseTo(1, 9);
    expect(correlation(pairs((n) => -n))).toBeCloseTo(-1, 9);
    expect(correlation(pairs(() => 7))).toBe(0);
  });
});

describe("the median", () => {
  it("is the value in the middle, or between the two", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, 0]);
  });
});
