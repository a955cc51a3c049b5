import { expect, test } from "vitest";
import { untilNextBeat } from "./clock.ts";

const at = (nowMs: number): number => nowMs + untilNextBeat({ monotonicMs: () => nowMs }, 30_000);

test("what repeats at equal intervals comes to the same moments, whenever it began", () => {
  expect([1_000, 14_999, 15_000].map(at)).toEqual([30_000, 30_000, 30_000]);
  expect([15_001, 30_000, 44_000].map(at)).toEqual([60_000, 60_000, 60_000]);
});

test("a timer that is early by a little does not run twice in a row", () => {
  expect(at(29_999.6)).toBe(60_000);
});
