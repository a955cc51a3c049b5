import { expect, test } from "vitest";
import { shifted, zoomedOut } from "./range-moves.ts";
import { rangeOf, rangeSearch, searchOf, type TimeRange } from "./time-range.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60_000;
const hour: TimeRange = { kind: "relative", seconds: 3_600 };

const ago = (from: number, to: number): TimeRange => ({
  kind: "absolute",
  fromMs: NOW - from * MINUTE,
  toMs: NOW - to * MINUTE,
});

test("a range goes back by half of itself, and stands still there", () => {
  expect(shifted(hour, "back", NOW)).toEqual(ago(90, 30));
  expect(shifted(ago(90, 30), "back", NOW)).toEqual(ago(120, 60));
});

test("a range comes forth again, and follows the time once it has reached it", () => {
  expect(shifted(ago(120, 60), "forth", NOW)).toEqual(ago(90, 30));
  expect(shifted(ago(90, 30), "forth", NOW)).toEqual(hour);
  expect(shifted(hour, "forth", NOW)).toEqual(hour);
});

test("a range of odd length stops at now", () => {
  const odd: TimeRange = { kind: "absolute", fromMs: NOW - 1_501, toMs: NOW - 1 };
  expect(shifted(odd, "forth", NOW)).toEqual({ kind: "absolute", fromMs: NOW - 1_500, toMs: NOW });
});

test("a range is twice as long around its middle, and no later than now", () => {
  expect(zoomedOut(hour, NOW)).toEqual({ kind: "relative", seconds: 7_200 });
  expect(zoomedOut(ago(120, 60), NOW)).toEqual(ago(150, 30));
  expect(zoomedOut(ago(70, 10), NOW)).toEqual({ kind: "relative", seconds: 7_200 });
});

test("a range that was zoomed out stands in an address, however often it was", () => {
  let range: TimeRange = { kind: "relative", seconds: 99_999 * 60 };
  for (let press = 0; press < 6; press++) {
    range = zoomedOut(range, NOW);
    expect(rangeOf(rangeSearch({ ...searchOf(range) }))).toEqual(range);
  }
});

test("a range grows no longer than ten years", () => {
  let range: TimeRange = { kind: "relative", seconds: 86_400 * 365 * 8 };
  for (let press = 0; press < 5; press++) range = zoomedOut(range, NOW);
  expect(range).toEqual({ kind: "relative", seconds: 10 * 366 * 86_400 });
});
