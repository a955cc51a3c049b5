import { expect, test } from "vitest";
import { rowWindow, scrollToShow } from "./row-window.ts";

const view = { height: 280, rowHeight: 28, rows: 10_000, overscan: 2 };

test("draws the rows in view and a few beyond each edge", () => {
  expect(rowWindow({ ...view, scrollTop: 0 })).toEqual({ first: 0, end: 12 });
  expect(rowWindow({ ...view, scrollTop: 2_814 })).toEqual({ first: 98, end: 113 });
  expect(rowWindow({ ...view, scrollTop: 279_720 })).toEqual({ first: 9_988, end: 10_000 });
});

test("draws nothing of nothing, and never past the end of what became shorter", () => {
  expect(rowWindow({ ...view, rows: 0, scrollTop: 0 })).toEqual({ first: 0, end: 0 });
  expect(rowWindow({ ...view, rows: 5, scrollTop: 9_000 })).toEqual({ first: 3, end: 5 });
});

test("scrolls only when the row is out of view, and leaves a row of room", () => {
  const around = { scrollTop: 280, height: 280, rowHeight: 28 };
  expect(scrollToShow(15, around)).toBeUndefined();
  expect(scrollToShow(5, around)).toBe(112);
  expect(scrollToShow(30, around)).toBe(616);
  expect(scrollToShow(0, around)).toBe(0);
});
