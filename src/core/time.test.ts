import { describe, expect, it } from "vitest";
import { formatTime, millisecondsOf, parseTime } from "./time.ts";

describe("parseTime", () => {
  it.each([
    ["2017-01-26T15:46:31.639875Z", 1_485_445_591_639_875_000n],
    ["2017-01-26T15:46:31Z", 1_485_445_591_000_000_000n],
    ["2017-01-26t17:46:31.000000001+02:00", 1_485_445_591_000_000_001n],
    ["2017-01-26T10:16:31-05:30", 1_485_445_591_000_000_000n],
    ["2024-02-29T00:00:00Z", 1_709_164_800_000_000_000n],
    ["1485445591639875000", 1_485_445_591_639_875_000n],
    ["0", 0n],
  ])("reads %s", (text, ns) => {
    expect(parseTime(text)).toBe(ns);
  });

  it.each([
    "",
    "now",
    "1485445591",
    "1485445591639",
    "-1485445591639875000",
    "1.5e18",
    "2017-01-26",
    "2017-01-26T15:46:31",
    "2017-01-26 15:46:31Z",
    "2017-02-29T00:00:00Z",
    "2017-13-01T00:00:00Z",
    "2017-01-26T24:00:00Z",
    "2017-01-26T15:46:31+24:00",
    "2017-01-26T15:46:31 02:00",
  ])("refuses %j", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe("formatTime", () => {
  it("writes nine fraction digits in UTC", () => {
    expect(formatTime(1_485_445_591_639_875_001n)).toBe("2017-01-26T15:46:31.639875001Z");
    expect(formatTime(0n)).toBe("1970-01-01T00:00:00.000000000Z");
    expect(formatTime(-1n)).toBe("1969-12-31T23:59:59.999999999Z");
  });
});

describe("millisecondsOf", () => {
  it("keeps fractions", () => {
    expect(millisecondsOf(1_500_001n)).toBe(1.500001);
    expect(millisecondsOf(999n)).toBe(0.000999);
  });
});
