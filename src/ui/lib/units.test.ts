import { expect, test } from "vitest";
import { axisLabels, axisRange, axisTicks, formatValue, fullValue, unitWords } from "./units.ts";

test.each([
  ["ms", 12.345, "12.3 ms"],
  ["s", 0.0042, "4.20 ms"],
  ["s", 125, "2 m 5 s"],
  ["ns", 1_500, "1.50 µs"],
  ["By", 45_200_000, "45.2 MB"],
  ["KiBy", 2, "2.05 kB"],
  ["By/s", 1_234, "1.23 kB/s"],
  ["By", -2_000, "−2.00 kB"],
  ["{request}", 1, "1 request"],
  ["{request}", 12_345, "12.3k requests"],
  ["{request}/s", 3.25, "3.25 requests/s"],
  ["{query}", 2, "2 queries"],
  ["1", 0.4217, "0.422"],
  ["", 1_234_567, "1.23M"],
  ["1/s", 20, "20/s"],
  ["s/s", 1.5, "1.5"],
  ["%", 12.34, "12.3%"],
  ["ratio", 0.1234, "12.3%"],
  ["Hz", 2_400_000, "2.4 MHz"],
  ["Mbit/s", 2, "2 Mbit/s"],
  ["EUR", 12, "12 EUR"],
  ["Cel", 21.5, "21.5 °C"],
  ["__proto__", 2, "2 __proto__"],
  ["1", 0, "0"],
  ["1", -0.5, "−0.5"],
  ["1", 0.000_012, "1.2e-5"],
  ["1", null, "–"],
  ["1", Number.NaN, "–"],
  ["1", Number.POSITIVE_INFINITY, "∞"],
])("a value of %s, %d, reads %s", (unit, value, text) => {
  expect(formatValue(unit, value)).toBe(text);
});

test("a unit of ten thousand characters is cut", () => {
  expect(formatValue("x".repeat(10_000), 1).length).toBeLessThan(40);
});

test("what hides in a unit is shown", () => {
  expect(formatValue("a\u202eb", 1)).toBe("1 a⟨U+202E⟩b");
});

test("every digit is there on demand", () => {
  expect(fullValue("By", 1_234_567)).toBe("1,234,567 By");
  expect(fullValue("1", 0.123_456_789)).toBe("0.123456789");
});

test("units are told in words", () => {
  expect(["ms", "{request}/s", "1", "%", "By/s"].map(unitWords)).toEqual([
    "ms",
    "requests/s",
    "",
    "%",
    "By/s",
  ]);
});

test.each([
  ["ms", 0, 230, ["0 ms", "100 ms", "200 ms"]],
  ["s", 0, 0.23, ["0 ms", "100 ms", "200 ms"]],
  ["s", 0, 300, ["0 min", "2 min", "4 min"]],
  ["By", 0, 2_600_000, ["0 MB", "1 MB", "2 MB"]],
  ["{request}/s", 0, 4, ["0", "2", "4"]],
  ["1", 0, 45_000, ["0", "20k", "40k"]],
  ["ratio", 0, 0.05, ["0%", "2%", "4%"]],
  ["1", 0, 0.7, ["0", "0.25", "0.5"]],
  ["1", -10, 10, ["−10", "−5", "0", "5", "10"]],
])("an axis of %s from %d to %d has one scale", (unit, min, max, labels) => {
  const ticks = axisTicks(unit, min, max, labels.length === 5 ? 4 : 3);
  expect(axisLabels(unit, ticks)).toEqual(labels);
});

test("an axis begins at zero where the values are near it, and not where they are far", () => {
  expect(axisRange("1", [2, 10], 4, false)[0]).toBe(0);
  const [low, high] = axisRange("1", [990, 1_000], 4, false);
  expect(low).toBeGreaterThan(900);
  expect(low).toBeLessThanOrEqual(990);
  expect(high).toBeGreaterThanOrEqual(1_000);
  expect(axisRange("1", [990, 1_000], 4, true)[0]).toBe(0);
});

test("an axis without values is one of numbers", () => {
  const none = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;
  expect(axisRange("ms", none, 5, false)).toEqual([0, 1]);
});

test("an axis holds its values, whatever they are", () => {
  for (const [min, max] of [
    [0, 0],
    [5, 5],
    [-3, -3],
    [1e-9, 2e-9],
    [-1e12, 1e15],
  ] as const) {
    for (const unit of ["ms", "By", "1", "ratio"]) {
      const [low, high] = axisRange(unit, [min, max], 5, false);
      expect(low).toBeLessThan(high);
      expect(low).toBeLessThanOrEqual(min);
      expect(high).toBeGreaterThanOrEqual(max);
      const ticks = axisTicks(unit, low, high, 5);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThan(20);
      expect(new Set(axisLabels(unit, ticks)).size).toBe(ticks.length);
    }
  }
});
