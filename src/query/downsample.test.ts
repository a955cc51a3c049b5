import { expect, test } from "vitest";
import { downsample } from "./downsample.ts";

const SECOND = 1_000_000_000n;
const RANGE = { fromNs: 0n, toNs: 100n * SECOND };
const line = (values: readonly number[]) =>
  values.map((value, place) => ({ stepNs: BigInt(place) * SECOND, value }));

/** Flat, but for one point. */
const spike = line(Array.from({ length: 100 }, (_, place) => (place === 37 ? 50 : 1)));

test("a lone spike is kept by minmax and by lttb, and averaged away by avg", () => {
  const highest = (method: "minmax" | "lttb" | "avg"): number =>
    Math.max(...downsample(spike, { method, pixels: 10 }, RANGE).map(({ value }) => value));
  expect(highest("minmax")).toBe(50);
  expect(highest("lttb")).toBe(50);
  expect(highest("avg")).toBeCloseTo(5.9);
});

test("averages stand at the first time of their pixel", () => {
  const points = line([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const kept = downsample(points, { method: "avg", pixels: 2 }, { fromNs: 0n, toNs: 10n * SECOND });
  expect(kept).toEqual([
    { stepNs: 0n, value: 3 },
    { stepNs: 5n * SECOND, value: 8 },
  ]);
});

test("a step that begins before the range counts to the first pixel", () => {
  const points = line(Array.from({ length: 50 }, (_, place) => place));
  const kept = downsample(
    points,
    { method: "minmax", pixels: 2 },
    { fromNs: 10n * SECOND, toNs: 50n * SECOND },
  );
  expect(kept.map(({ value }) => value)).toEqual([0, 29, 30, 49]);
});
