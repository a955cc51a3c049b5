import { describe, expect, it } from "vitest";
import { bucketQuantile, explicitBuckets, exponentialBuckets } from "./bucket-quantile.ts";

describe("bucketQuantile", () => {
  const buckets = explicitBuckets(
    [1, 5, 10],
    new Map([
      [5, 10],
      [10, 10],
    ]),
  );

  it("spreads values evenly within a bucket, whose lower bound may stem from an empty one", () => {
    expect(bucketQuantile(buckets, 0.25)).toBe(3);
    expect(bucketQuantile(buckets, 0.5)).toBe(5);
    expect(bucketQuantile(buckets, 0.75)).toBe(7.5);
    expect(bucketQuantile(buckets, 1)).toBe(10);
    expect(bucketQuantile(buckets, 0)).toBe(1);
  });

  it("gives the known end of a bucket that is open at the other", () => {
    const open = explicitBuckets(
      [-1, 5],
      new Map([
        [-1, 1],
        [Number.POSITIVE_INFINITY, 1],
      ]),
    );
    expect(bucketQuantile(open, 0.25)).toBe(-1);
    expect(bucketQuantile(open, 0.99)).toBe(5);
  });

  it("starts at zero where the first bound is positive", () => {
    expect(bucketQuantile(explicitBuckets([10], new Map([[10, 4]])), 0.5)).toBe(5);
  });

  it("has no value without counts, and ignores counts below zero", () => {
    expect(bucketQuantile(explicitBuckets([1], new Map()), 0.5)).toBeUndefined();
    expect(
      bucketQuantile(
        explicitBuckets(
          [1, 2],
          new Map([
            [1, -3],
            [2, 2],
          ]),
        ),
        0.5,
      ),
    ).toBe(1.5);
  });
});

describe("exponentialBuckets", () => {
  it("are in ascending order over both signs", () => {
    const buckets = exponentialBuckets(0, {
      zero: 1,
      positive: [
        [1, 2],
        [0, 3],
      ],
      negative: [
        [0, 1],
        [2, 4],
      ],
    });
    expect(buckets).toEqual([
      { lower: -8, upper: -4, count: 4 },
      { lower: -2, upper: -1, count: 1 },
      { lower: 0, upper: 0, count: 1 },
      { lower: 1, upper: 2, count: 3 },
      { lower: 2, upper: 4, count: 2 },
    ]);
  });

  it("give quantiles on the logarithmic scale", () => {
    const buckets = exponentialBuckets(-1, { zero: 0, positive: [[1, 2]], negative: [] });
    expect(buckets[1]).toEqual({ lower: 4, upper: 16, count: 2 });
    expect(bucketQuantile(buckets, 0.5, true)).toBe(8);
    expect(
      bucketQuantile(
        exponentialBuckets(3, { zero: 4, positive: [[8, 1]], negative: [] }),
        0.5,
        true,
      ),
    ).toBe(0);
  });
});
