import { describe, expect, test } from "vitest";
import { rangeOf, rangeSearch, rangeWords, requestRange, searchOf } from "./time-range.ts";

const NOON = Date.parse("2026-11-21T12:00:00Z");

describe("the time range of an address", () => {
  test("is an hour up to now where it says nothing", () => {
    expect(requestRange(rangeOf(rangeSearch({})), NOON)).toEqual({
      from: "2026-11-21T11:00:00.000Z",
      to: "2026-11-21T12:00:00.000Z",
    });
  });

  test.each([
    ["15m", 900, "last 15 minutes"],
    ["1h", 3_600, "last hour"],
    ["90m", 5_400, "last 90 minutes"],
    ["7d", 604_800, "last week"],
    ["2w", 1_209_600, "last 2 weeks"],
  ])("reads %s", (text, seconds, words) => {
    const range = rangeOf(rangeSearch({ range: text }));
    expect(range).toEqual({ kind: "relative", seconds });
    expect(rangeWords(range)).toBe(words);
    expect(rangeOf(searchOf(range))).toEqual(range);
  });

  test("between two moments stands still", () => {
    const search = { from: "2026-11-20T08:00:00+02:00", to: "2026-11-20T09:30:00Z" };
    const range = rangeOf(rangeSearch({ ...search, range: "15m" }));
    expect(requestRange(range, NOON)).toEqual({
      from: "2026-11-20T06:00:00.000Z",
      to: "2026-11-20T09:30:00.000Z",
    });
    expect(rangeOf(searchOf(range))).toEqual(range);
  });

  test.each([
    { range: "1y" },
    { range: "0m" },
    { range: "-1h" },
    { range: ["1h", "2h"] },
    { from: "2026-11-21T12:00:00Z", to: "2026-11-21T12:00:00Z" },
    { from: "2026-11-21T12:00:00Z" },
    { from: "soon", to: "later" },
  ])("ignores %j", (search) => {
    expect(rangeSearch(search)).toEqual({});
  });
});
