import { expect, test } from "vitest";
import { timeLabels, timeTicks, timeWords } from "./time-ticks.ts";

const at = (text: string): number => Date.parse(text);
const labels = (from: string, to: string, zone: string, ticks = 6): string[] =>
  timeLabels(timeTicks(at(from), at(to), ticks, zone), zone);

test("an hour has a line at round minutes", () => {
  expect(labels("2026-11-21T09:03:12Z", "2026-11-21T10:03:12Z", "UTC")).toEqual([
    "09:10",
    "09:20",
    "09:30",
    "09:40",
    "09:50",
    "10:00",
  ]);
});

test("seconds and less are told where the lines are that near", () => {
  expect(labels("2026-11-21T09:00:00Z", "2026-11-21T09:00:20Z", "UTC", 4)).toEqual([
    "09:00:00",
    "09:00:05",
    "09:00:10",
    "09:00:15",
    "09:00:20",
  ]);
  expect(labels("2026-11-21T09:00:00Z", "2026-11-21T09:00:00.100Z", "UTC", 2)[1]).toBe(
    "09:00:00.050",
  );
});

test("midnight is told as the day that begins", () => {
  expect(labels("2026-11-21T18:00:00Z", "2026-11-22T06:00:00Z", "UTC", 4)).toEqual([
    "18:00",
    "21:00",
    "22 Nov",
    "03:00",
    "06:00",
  ]);
});

test("lines are round in the zone, also in one that is off by three quarters of an hour", () => {
  expect(labels("2026-11-21T00:00:00Z", "2026-11-21T04:00:00Z", "Asia/Kathmandu", 4)).toEqual([
    "06:00",
    "07:00",
    "08:00",
    "09:00",
  ]);
});

test("days stay whole when the clocks change", () => {
  for (const [from, to] of [
    ["2026-03-26T23:00:00Z", "2026-04-01T12:00:00Z"],
    ["2026-10-22T22:00:00Z", "2026-10-28T12:00:00Z"],
  ] as const) {
    const ticks = timeTicks(at(from), at(to), 7, "Europe/Berlin");
    const hours = ticks.map((tick) =>
      new Date(tick).toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" }),
    );
    expect(new Set(hours)).toEqual(new Set(["00:00:00"]));
    expect(ticks.length).toBe(6);
  }
});

test("no line is drawn twice in the hours around a change of the clocks", () => {
  for (const [from, to] of [
    ["2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"],
    ["2026-10-24T22:00:00Z", "2026-10-25T06:00:00Z"],
  ] as const) {
    for (const count of [4, 8, 20]) {
      const ticks = timeTicks(at(from), at(to), count, "Europe/Berlin");
      expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b));
      expect(ticks.length).toBeGreaterThan(1);
    }
  }
});

test("weeks begin on Mondays, months on their first day", () => {
  const weeks = timeTicks(at("2026-11-01T00:00:00Z"), at("2026-11-30T00:00:00Z"), 5, "UTC");
  expect(weeks.map((tick) => new Date(tick).getUTCDay())).toEqual([1, 1, 1, 1, 1]);
  expect(labels("2026-11-10T00:00:00Z", "2027-03-10T00:00:00Z", "America/New_York", 5)).toEqual([
    "Dec",
    "2027",
    "Feb",
    "Mar",
  ]);
});

test("there are never more lines than were asked for, and one more at the edge", () => {
  for (let power = 0; power < 13; power++) {
    const from = at("2026-01-15T10:17:00Z");
    for (const count of [2, 5, 9]) {
      const ticks = timeTicks(from, from + 10 ** power, count, "Europe/Berlin");
      expect(ticks.length).toBeLessThanOrEqual(count + 2);
    }
  }
});

test("a moment is told as exactly as the data is", () => {
  expect(timeWords(at("2026-11-21T09:03:12.250Z"), 60_000, "UTC")).toBe("Sat 21 Nov, 09:03");
  expect(timeWords(at("2026-11-21T09:03:12.250Z"), 15_000, "UTC")).toBe("Sat 21 Nov, 09:03:12");
});
