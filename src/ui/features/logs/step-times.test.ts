import { describe, expect, it } from "vitest";
import { stepTimes } from "./step-times.ts";

const step = (ms: number) => ({ time: new Date(ms).toISOString(), count: 1, levels: {} });

describe("stepTimes", () => {
  it("has the steps without records too, from the one that the range begins in", () => {
    const histogram = { stepMs: 1_000, total: 2, data: [step(10_000), step(13_000)] };
    expect(stepTimes(histogram, { fromMs: 9_500, toMs: 14_200 })).toEqual({
      times: [9, 10, 11, 12, 13, 14],
      places: [1, 4],
    });
  });

  it("takes steps below a millisecond as they come", () => {
    const histogram = { stepMs: 1e-6, total: 1, data: [step(10_000)] };
    expect(stepTimes(histogram, { fromMs: 9_500, toMs: 14_200 })).toEqual({
      times: [10],
      places: [0],
    });
  });
});
