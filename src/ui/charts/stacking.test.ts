import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestPlace, placeBefore, stacked, statisticsOf } from "./stacking.ts";

const none = (): boolean => false;
const series = (...values: (number | null)[]) => ({ name: "s", values });

test("each series stands on those before it", () => {
  expect(stacked([series(1, 2), series(10, 20), series(100, 200)], none)).toEqual([
    [1, 2],
    [11, 22],
    [111, 222],
  ]);
});

test("a missing value adds nothing, and where all miss there is a gap", () => {
  expect(stacked([series(1, null, null), series(null, 5, null)], none)).toEqual([
    [1, 0, null],
    [1, 5, null],
  ]);
});

test("where a line goes on, an area keeps its height", () => {
  expect(stacked([{ name: "s", values: [1, undefined, 3] }, series(10, 20, 30)], none)).toEqual([
    [1, 1, 3],
    [11, 21, 33],
  ]);
});

test("a hidden series is not counted and leaves no value behind", () => {
  expect(stacked([series(1, 2), series(10, null)], (index) => index === 0)).toEqual([
    [null, null],
    [10, null],
  ]);
});

const values = fc.array(fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: null }), {
  minLength: 3,
  maxLength: 3,
});

test("the topmost edge is the sum of what is shown", () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (all) => {
      const edges = stacked(
        all.map((one) => series(...one)),
        none,
      );
      for (let at = 0; at < 3; at++) {
        const given = all.map((one) => one[at]!).filter((value) => value !== null);
        const sum = given.reduce((total, value) => total + value, 0);
        expect(edges.at(-1)![at]).toBe(given.length === 0 ? null : sum);
      }
    }),
  );
});

test("statistics pass over what is missing or not finite", () => {
  expect(statisticsOf([null, 2, Number.NaN, 4, Number.POSITIVE_INFINITY, null])).toEqual({
    last: 4,
    min: 2,
    max: 4,
    avg: 3,
  });
  expect(statisticsOf([null])).toEqual({ last: null, min: null, max: null, avg: null });
});

test("the nearest place is the nearest of all", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 1 }),
      fc.integer({ min: -10, max: 110 }),
      (unsorted, time) => {
        const times = unsorted.toSorted((a, b) => a - b);
        const found = times[nearestPlace(times, time)]!;
        expect(Math.abs(found - time)).toBe(Math.min(...times.map((one) => Math.abs(one - time))));
        const before = times[placeBefore(times, time)]!;
        const earlier = times.filter((one) => one <= time);
        expect(before).toBe(earlier.at(-1) ?? times[0]);
      },
    ),
  );
  expect([nearestPlace([], 1), placeBefore([], 1)]).toEqual([-1, -1]);
});
