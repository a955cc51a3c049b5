import { describe, expect, it } from "vitest";
import { samplingWeight, thresholdOfWeight, traceStateOfWeight } from "./sampling-weight.ts";

describe("samplingWeight", () => {
  it.each([
    ["", 1],
    ["ot=th:0", 1],
    ["ot=th:8", 2],
    ["ot=th:c", 4],
    ["ot=th:e", 8],
    ["ot=th:ffffffffffffff", 1_000_000],
    ["ot=th:fffff", 1_000_000],
    ["ot=th:80000000000000", 2],
    ["ot=rv:abcdef;th:8", 2],
    ["ot=th:8;rv:abcdef", 2],
    ["vendor=x,ot=th:c", 4],
    ["vendor=x, ot=th:c ,other=y", 4],
  ])("takes %j as %d", (traceState, weight) => {
    expect(samplingWeight(traceState)).toBe(weight);
  });

  it.each([
    "th:8",
    "ot=th:",
    "ot=th:8000000000000000",
    "ot=th:G",
    "ot=xth:8",
    "xot=th:8",
    "vendor=ot=th:8",
    "ot=p:8;r:62",
    "ot=th:8x",
  ])("takes %j, which has no valid threshold, as 1", (traceState) => {
    expect(samplingWeight(traceState)).toBe(1);
  });

  it("weighs what stands for a third as three", () => {
    // 2/3 of 2^56 in 14 hex digits.
    expect(samplingWeight("ot=th:aaaaaaaaaaaaab")).toBeCloseTo(3, 10);
  });

  it("takes no longer for a tracestate made to slow it down", () => {
    const hostile = `${",ot=".repeat(10_000)}${"; th:".repeat(10_000)}${",".repeat(10_000)}`;
    expect(samplingWeight(hostile)).toBe(1);
  });
});

describe("traceStateOfWeight", () => {
  it.each([
    ["", 1, ""],
    ["", 2, "ot=th:8"],
    ["ot=th:8", 2, "ot=th:8"],
    ["vendor=x", 4, "ot=th:c,vendor=x"],
    ["ot=th:8", 4, "ot=th:c"],
    ["ot=rv:abcdef12345678;th:8,vendor=x", 1, "ot=rv:abcdef12345678,vendor=x"],
  ])("of %j and %d", (traceState, weight, expected) => {
    expect(traceStateOfWeight(traceState, weight)).toBe(expected);
  });

  it("gives thresholds that are read as the same weight", () => {
    for (const weight of [1.5, 3, 10, 20, 1_000, 999_999, 1_000_000])
      expect(Math.fround(samplingWeight(`ot=th:${thresholdOfWeight(weight)}`))).toBe(weight);
  });
});
