import { describe, expect, it } from "vitest";
import type { Distribution } from "#core/distribution.ts";
import { histogramDifference } from "./histogram-difference.ts";

const NONE = { offset: 0, buckets: [] };

function explicit(buckets: readonly bigint[], more: Partial<Distribution> = {}): Distribution {
  const count = buckets.reduce((all, one) => all + one, 0n);
  const own = { count, sum: Number(count) * 2, min: 1, max: 9, bounds: [1, 5], buckets };
  const exponential = { scale: 0, zeroCount: 0n, zeroThreshold: 0, positive: NONE, negative: NONE };
  return { ...own, ...exponential, ...more };
}

function exponential(offset: number, buckets: readonly bigint[]): Distribution {
  return explicit([], {
    bounds: [],
    count: buckets.reduce((all, one) => all + one, 0n),
    positive: { offset, buckets },
  });
}

describe("the difference of two histograms", () => {
  it("is what was counted in between, without least and greatest values", () => {
    const difference = histogramDifference(explicit([1n, 4n, 2n]), explicit([1n, 1n, 0n]));
    expect(difference).toMatchObject({
      since: { count: 5n, sum: 10, min: null, max: null, buckets: [0n, 3n, 2n] },
    });
  });

  it("has no sum where one of them has none", () => {
    const difference = histogramDifference(
      explicit([1n, 4n, 2n], { sum: null }),
      explicit([1n, 1n, 0n]),
    );
    expect(difference).toMatchObject({ since: { count: 5n, sum: null } });
  });

  it("is a reset where there are fewer values than before", () => {
    expect(histogramDifference(explicit([1n, 0n, 0n]), explicit([1n, 1n, 0n]))).toBe("reset");
  });

  it.each([
    ["other bounds", explicit([1n, 4n, 2n], { bounds: [1, 6] }), explicit([1n, 1n, 0n])],
    ["a bound more", explicit([1n, 4n, 2n, 0n], { bounds: [1, 5, 9] }), explicit([1n, 1n, 0n])],
    ["a bucket that shrank", explicit([0n, 4n, 2n]), explicit([1n, 1n, 0n])],
    ["another threshold", explicit([1n, 4n, 2n], { zeroThreshold: 1 }), explicit([1n, 1n, 0n])],
    ["fewer zeros", explicit([4n, 0n, 0n]), explicit([1n, 0n, 0n], { zeroCount: 1n })],
    ["a bucket that is gone behind", exponential(0, [1n, 3n]), exponential(0, [1n, 0n, 1n])],
    ["a bucket that is gone before", exponential(0, [1n, 3n]), exponential(-1, [1n])],
  ])("cannot be told with %s", (_, now, before) => {
    expect(histogramDifference(now, before)).toBe("unknown");
  });
});
