import { expect, test } from "vitest";
import { fullTime, millisecondsBetween, otherDay, parseInstant } from "./time.ts";

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
