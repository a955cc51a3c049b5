import { describe, expect, it } from "vitest";
import { timeOfValue } from "./time-value.ts";

const NS = 1_764_259_200_000_000_000n; // 2025-11-27T16:00:00Z

describe("timeOfValue", () => {
  it.each([
    ["2025-11-27T16:00:00Z", NS],
    ["2025-11-27T10:00:00-0600", NS],
    ["2025-11-27T10:00:00-06:00", NS],
    ["2025-11-27T10:00:00-06", NS],
    ["2025-11-27 16:00:00,123", NS + 123_000_000n],
    ["2025-11-27 16:00:00.123456789123", NS + 123_456_789n],
    ["2025-11-27 16:00:00 UTC", NS],
    ["2025-11-27 21:30:00 +0530", NS],
    ["2025-11-27T16:00", NS],
    [" 2025-11-27T16:00:00z ", NS],
    ["1764259200", NS],
    ["1764259200.25", NS + 250_000_000n],
    ["1764259200123456789", NS + 123_456_789n],
  ])("reads %j", (text, ns) => {
    expect(timeOfValue(text)).toBe(ns);
  });

  it.each([
    [1_764_259_200, NS],
    [1_764_259_200.123, NS + 123_000_000n],
    [1_764_259_200_123, NS + 123_000_000n],
    [1_764_259_200_123.5, NS + 123_500_000n],
    [1_764_259_200_123_456, NS + 123_456_000n],
    [1_764_259_200_123_456_789n, NS + 123_456_789n],
    [1_764_259_200n, NS],
  ])("takes the number %s by its size", (value, ns) => {
    expect(timeOfValue(value)).toBe(ns);
  });

  it.each([
    ["yesterday"],
    [""],
    ["2025-02-30T00:00:00Z"],
    ["2025-11-27T25:00:00Z"],
    ["1969-12-31T00:00:00Z"],
    ["9".repeat(400)],
    [0],
    [-5],
    [Number.NaN],
    [Infinity],
    [1e300],

    [null],
    [undefined],
    [true],
    [{}],
  ])("has no time for %j", (value) => {
    expect(timeOfValue(value)).toBeUndefined();
  });
});
