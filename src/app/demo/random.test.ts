import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

const numbers = (count: number, make: () => number): number[] =>
  Array.from({ length: count }, make);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("seeded random numbers", () => {
  it("are the same for the same parts, and others for others", () => {
    const first = new Random(1, 2);
    const again = new Random(1, 2);
    const other = new Random(2, 1);
    const values = numbers(50, () => first.uint32());
    expect(numbers(50, () => again.uint32())).toEqual(values);
    expect(numbers(50, () => other.uint32())).not.toEqual(values);
  });

  it("do not depend on the machine", () => {
    const random = new Random(42);
    expect(numbers(3, () => random.uint32())).toMatchInlineSnapshot(`
      [
        2407103989,
        2856764814,
        3232014216,
      ]
    `);
  });

  it("are evenly spread", () => {
    const random = new Random(7);
    const values = numbers(20_000, () => random.unit());
    expect(mean(values)).toBeCloseTo(0.5, 1);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const wholes = new Set(numbers(1_000, () => random.whole(3, 6)));
    expect(wholes).toEqual(new Set([3, 4, 5, 6]));
  });

  it("have the median and the mean that are asked for", () => {
    const random = new Random(8);
    const latencies = numbers(20_001, () => random.logNormal(12, 0.5)).toSorted((a, b) => a - b);
    expect(latencies[10_000]! / 12).toBeCloseTo(1, 1);
    expect(mean(numbers(20_000, () => random.poisson(4.5))) / 4.5).toBeCloseTo(1, 1);
    expect(mean(numbers(5_000, () => random.poisson(900))) / 900).toBeCloseTo(1, 1);
  });

  it("choose by weight", () => {
    const random = new Random(9);
    const chosen = numbers(10_000, () => random.weighted([1, 1, 10]));
    expect(chosen.filter((index) => index === 0).length / 1_000).toBeCloseTo(1, 0);
    expect(chosen).not.toContain(1);
  });

  it("make ids of the length asked for that are never zero", () => {
    const random = new Random(10);
    expect(random.hex(16)).toMatch(/^[0-9a-f]{32}$/);
    expect(random.hex(5)).toMatch(/^[0-9a-f]{10}$/);
    for (let round = 0; round < 1_000; round++) expect(random.hex(8)).not.toMatch(/^0{8}/);
  });
});
