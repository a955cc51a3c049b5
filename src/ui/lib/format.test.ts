import { expect, test } from "vitest";
import {
  duration,
  longDuration,
  percent,
  perSecond,
  roundDuration,
  shortBytes,
  shortCount,
} from "./format.ts";

test("writes a duration in the unit that fits, with three digits", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [0.000_001, "1 ns"],
    [0.000_85, "850 ns"],
    [0.001, "1.00 µs"],
    [0.012_34, "12.3 µs"],
    [0.999_4, "999 µs"],
    [0.999_6, "1.00 ms"],
    [4.2, "4.20 ms"],
    [412.6, "413 ms"],
    [999.6, "1.00 s"],
    [12_345, "12.3 s"],
    [59_949, "59.9 s"],
    [59_960, "1 m"],
    [-3, "−3.00 ms"],
    [Number.NaN, "–"],
  ];
  expect(cases.map(([ms]) => duration(ms))).toEqual(cases.map(([, text]) => text));
});

test("writes a long duration in its two largest units", () => {
  const cases: [number, string][] = [
    [400, "0 s"],
    [42_000, "42 s"],
    [192_000, "3 m 12 s"],
    [180_000, "3 m"],
    [18_120_000, "5 h 2 m"],
    [18_000_500, "5 h"],
    [1_051_200_000, "12 d 4 h"],
  ];
  expect(cases.map(([ms]) => longDuration(ms))).toEqual(cases.map(([, text]) => text));
});

test("leaves the zeros off the round durations of an axis", () => {
  expect([100, 2_500, 0.5, 20, 10_000].map(roundDuration)).toEqual([
    "100 ms",
    "2.5 s",
    "500 µs",
    "20 ms",
    "10 s",
  ]);
});

test("shortens counts without ever needing a fifth digit", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [9_999, "9,999"],
    [10_000, "10.0k"],
    [999_499, "999k"],
    [999_500, "1.00M"],
    [48_219_441, "48.2M"],
    [1e12, "1.00T"],
  ];
  expect(cases.map(([value]) => shortCount(value))).toEqual(cases.map(([, text]) => text));
});

test("shows a rate or a share that is small but not nothing as more than nothing", () => {
  expect([0, 0.01, 0.5, 9.94, 9.96, 15_400].map(perSecond)).toEqual([
    "0",
    "<0.1",
    "0.5",
    "9.9",
    "10",
    "15.4k",
  ]);
  expect([0, 0.000_01, 0.003_3, 0.125, 0.999_99, 1, Number.NaN].map(percent)).toEqual([
    "0%",
    "<0.01%",
    "0.33%",
    "12.5%",
    ">99.99%",
    "100%",
    "–",
  ]);
});

test("writes bytes in decimal units", () => {
  expect([812, 45_230_000, 999_600].map(shortBytes)).toEqual(["812 B", "45.2 MB", "1.00 MB"]);
});
