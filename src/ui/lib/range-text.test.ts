import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRangeText, wallMoment, wallText } from "./range-text.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const NEW_YORK = "America/New_York";

const read = (text: string, zone = "UTC", nowMs = NOW) => parseRangeText(text, { nowMs, zone });
const between = (text: string, zone?: string, nowMs?: number): unknown => {
  const reading = read(text, zone, nowMs);
  if (!reading.ok) return reading.message;
  if (reading.range.kind === "relative") return reading.range.seconds;
  const { fromMs, toMs } = reading.range;
  return [fromMs, toMs].map((ms) => new Date(ms).toISOString().replace(".000Z", "Z"));
};

describe("a range in a reader's words", () => {
  test.each([
    ["90m", 5_400],
    ["7d", 604_800],
    ["2 weeks", 1_209_600],
    ["Last 15 minutes", 900],
    ["past hour", 3_600],
    ["the last 3 days", 259_200],
    ["-6h", 21_600],
    ["now-30m", 1_800],
  ])("%j is so many seconds up to now", (text, seconds) => {
    expect(between(text)).toBe(seconds);
  });

  test.each([
    ["today", ["2026-11-21T00:00:00Z", "2026-11-21T12:00:00Z"]],
    ["yesterday", ["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"]],
    ["2026-11-19", ["2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"]],
    ["2026-11-21", ["2026-11-21T00:00:00Z", "2026-11-21T12:00:00Z"]],
    ["2026-11-18 to 2026-11-19", ["2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z"]],
    ["09:30 - 10:00", ["2026-11-21T09:30:00Z", "2026-11-21T10:00:00Z"]],
    ["9:30 to now", ["2026-11-21T09:30:00Z", "2026-11-21T12:00:00Z"]],
    ["2026-11-20 14:00 to 15:30", ["2026-11-20T14:00:00Z", "2026-11-20T15:30:00Z"]],
    ["2026-11-20T14:00:05–2026-11-20T14:00:06", ["2026-11-20T14:00:05Z", "2026-11-20T14:00:06Z"]],
    [
      "2026-11-20T14:00:00+02:00/2026-11-20T15:00:00Z",
      ["2026-11-20T12:00:00Z", "2026-11-20T15:00:00Z"],
    ],
    ["2026-11-20 14:00", ["2026-11-20T14:00:00Z", "2026-11-21T12:00:00Z"]],
    ["1795168800 to 1795172400000", ["2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"]],
    ["1795168800000000000 .. now", ["2026-11-20T10:00:00Z", "2026-11-21T12:00:00Z"]],
  ])("%j is between two moments", (text, moments) => {
    expect(between(text)).toEqual(moments);
  });

  test("is of the days and clocks of the zone", () => {
    expect(between("today", NEW_YORK)).toEqual(["2026-11-21T05:00:00Z", "2026-11-21T12:00:00Z"]);
    const afterChange = Date.parse("2026-11-02T15:00:00Z");
    expect(between("2026-11-01", NEW_YORK, afterChange)).toEqual([
      "2026-11-01T04:00:00Z",
      "2026-11-02T05:00:00Z",
    ]);
    expect(between("2026-11-01 01:30 to 02:30", NEW_YORK, afterChange)).toEqual([
      "2026-11-01T05:30:00Z",
      "2026-11-01T07:30:00Z",
    ]);
  });

  test.each([
    ["", "Try 90m"],
    ["soon", "“soon” is no time"],
    ["2026-02-30", "“2026-02-30” is no time"],
    ["25:00 to 26:00", "“25:00” is no time"],
    ["10:00 to 9:00", "end before it begins"],
    ["2027-01-01 to 2027-01-02", "begin in the future"],
    ["0m", "is no time"],
    ["day", "is no time"],
    ["a to b to c", "Try 90m"],
    ["12345", "is no time"],
  ])("%j is answered with what is wrong", (text, message) => {
    expect(between(text)).toContain(message);
  });

  test("is never read wrong so that it fails or ends before it begins", () => {
    const parts = ["now", "today", "to", "-", "/", "2026-11-20", "14:00", "9", "m", "..", " ", "–"];
    const words = fc.array(fc.constantFrom(...parts), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((some) => some.join("")),
        ),
        (text) => {
          const reading = read(text);
          if (!reading.ok) return reading.message !== "";
          const { range } = reading;
          return range.kind === "relative" ? range.seconds >= 60 : range.fromMs < range.toMs;
        },
      ),
    );
  });
});

test("what a field shows for a moment is read as one that shows the same", () => {
  const moments = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1_000);
  const zones = fc.constantFrom("UTC", NEW_YORK, "Europe/London", "Australia/Lord_Howe");
  fc.assert(
    fc.property(moments, zones, (atMs, zone) => {
      const back = wallMoment(wallText(atMs, zone).replace("T", " "), zone)!;
      // In the hour that comes twice it is the first of the two.
      return back <= atMs && wallText(back, zone) === wallText(atMs, zone);
    }),
  );
});
