import { expect, test } from "vitest";
import {
  clockTime,
  fullTime,
  millisecondsBetween,
  momentText,
  otherDay,
  parseInstant,
  spanText,
} from "./time.ts";

const at = (text: string) => parseInstant(text)!;

test("keeps every nanosecond", () => {
  const start = at("2026-11-21T09:14:03.123456789Z");
  expect(millisecondsBetween(start, at("2026-11-21T09:14:03.123456790Z"))).toBe(0.000_001);
  expect(millisecondsBetween(start, at("2026-11-21T09:14:02.123456789Z"))).toBe(-1_000);
  expect(fullTime("2026-11-21T09:14:03.123456789Z")).toBe("2026-11-21 09:14:03.123456789 UTC");
});

test("reads offsets and fewer decimals, and leaves alone what is no time", () => {
  expect(fullTime("2026-11-21T10:14:03.5+01:00")).toBe("2026-11-21 09:14:03.500000000 UTC");
  expect(parseInstant("yesterday")).toBeUndefined();
  expect(parseInstant("2026-13-41T99:00:00Z")).toBeUndefined();
  expect(fullTime("<img>")).toBe("<img>");
});

test("names the day only when it is not today's", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(otherDay("2026-11-21T12:00:01Z", now)).toBe("");
  expect(otherDay("2026-11-19T12:00:00Z", now)).toBe("19 Nov");
  expect(otherDay("2025-11-21T12:00:00Z", now)).toBe("21 Nov 2025");
});

test("shows a moment as the clocks of the zone do, on both sides of a change", () => {
  const zone = "America/New_York";
  expect(clockTime("2026-11-01T05:59:59.123456789Z", zone)).toBe("01:59:59.123");
  expect(clockTime("2026-11-01T06:00:00Z", zone)).toBe("01:00:00.000");
  expect(clockTime("2026-11-01T06:00:00Z", "UTC")).toBe("06:00:00.000");
  expect(clockTime("2026-11-01T04:00:00Z", zone)).toBe("00:00:00.000");
  expect(otherDay("2026-11-21T02:00:00Z", Date.parse("2026-11-21T12:00:00Z"), zone)).toBe("20 Nov");
});

test("says a moment with no more than is needed", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const moment = (text: string): string => momentText(Date.parse(text), now, "UTC");
  expect(moment("2026-11-21T09:30:00Z")).toBe("09:30");
  expect(moment("2026-11-21T09:30:07Z")).toBe("09:30:07");
  expect(moment("2026-11-20T09:30:00Z")).toBe("20 Nov 09:30");
  expect(moment("2025-12-31T09:30:00Z")).toBe("31 Dec 2025 09:30");
});

test("says the day of a range once", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const span = (from: string, to: string): string =>
    spanText(Date.parse(from), Date.parse(to), now, "UTC");
  expect(span("2026-11-21T09:30:00Z", "2026-11-21T10:00:00Z")).toBe("09:30 – 10:00");
  expect(span("2026-11-20T09:30:00Z", "2026-11-20T10:00:00Z")).toBe("20 Nov 09:30 – 10:00");
  expect(span("2026-11-20T23:30:00Z", "2026-11-21T00:30:00Z")).toBe("20 Nov 23:30 – today 00:30");
  expect(span("2026-11-19T09:30:00Z", "2026-11-20T10:00:00Z")).toBe("19 Nov 09:30 – 20 Nov 10:00");
});
