import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rangeOfSteps, secondsOfSteps, stepsOf } from "./service-steps.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A whole day, so that any step begins there. */
const DAY = Date.UTC(2026, 8, 21);
const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;
const range = (fromMs: number, toMs: number) => ({ fromNs: ns(fromMs), toNs: ns(toMs) });
const OPTIONS = { pointsMax: 60, minutesMsMax: 6 * HOUR, nowMs: DAY + 900 * HOUR };

describe("the steps of a range", () => {
  it("are minutes of an hour, wherever it begins", () => {
    expect(stepsOf(range(DAY + 20_000, DAY + HOUR + 20_000), OPTIONS)).toEqual({
      startMs: DAY,
      stepMs: MINUTE,
      count: 61,
      by: "minutes",
    });
  });

  it("are hours in a range that is too long to be read by the minute", () => {
    expect(stepsOf(range(DAY, DAY + 24 * HOUR - 1), OPTIONS)).toMatchObject({
      stepMs: HOUR,
      count: 24,
      by: "hours",
    });
    expect(
      stepsOf(range(DAY, DAY + 24 * HOUR - 1), { ...OPTIONS, minutesMsMax: 48 * HOUR }),
    ).toMatchObject({ stepMs: 30 * MINUTE, count: 48, by: "minutes" });
  });

  it("end with now, and the step that has just begun is left out", () => {
    const hour = range(DAY, DAY + HOUR);
    const count = (nowMs: number): number => stepsOf(hour, { ...OPTIONS, nowMs }).count;
    expect(count(DAY + 10 * MINUTE + 14_000)).toBe(10);
    expect(count(DAY + 10 * MINUTE + 15_000)).toBe(11);
    expect(count(DAY - HOUR)).toBe(1);
  });

  it("last as long as has passed of them", () => {
    const steps = stepsOf(range(DAY, DAY + 3 * MINUTE), { ...OPTIONS, nowMs: DAY + 150_000 });
    expect(secondsOfSteps(steps, DAY + 150_000)).toEqual([60, 60, 30]);
  });

  it("cover any range with few whole steps", () => {
    const span = fc.integer({ min: 0, max: 4_294_967_295_000 });
    fc.assert(
      fc.property(span, span, fc.integer({ min: 1, max: 240 }), (one, other, pointsMax) => {
        const [fromMs, toMs] = [Math.min(one, other), Math.max(one, other)];
        const steps = stepsOf(range(fromMs, toMs), { ...OPTIONS, pointsMax, nowMs: toMs + HOUR });
        const { fromNs, toNs } = rangeOfSteps(steps);
        expect(steps.count).toBeLessThanOrEqual(pointsMax + 1);
        expect(fromNs <= ns(fromMs) && toNs >= ns(toMs)).toBe(true);
        expect(steps.startMs % steps.stepMs).toBe(0);
        expect(ns(fromMs) - fromNs < ns(steps.stepMs)).toBe(true);
      }),
    );
  });
});
