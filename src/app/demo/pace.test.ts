import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 9);
const options = { nowMs: NOW_MS, backfillMs: 0, durationMs: undefined, tracesPerSecond: 10 };

/** The windows that follow each other without waiting. */
function windowsOf(pace: Pace, nowMs: number): { fromMs: number; toMs: number }[] {
  const windows: { fromMs: number; toMs: number }[] = [];
  for (let step = pace.next(nowMs); step !== undefined && "fromMs" in step; step = pace.next(nowMs))
    windows.push(step);
  return windows;
}

describe("a rate", () => {
  it("waits until a window has passed, and leaves no gap between windows", () => {
    const pace = new Pace(options);
    expect(pace.next(NOW_MS)).toEqual({ waitMs: 500 });
    const windows = windowsOf(pace, NOW_MS + 5_000);
    expect(windows).toHaveLength(10);
    for (const [index, { fromMs }] of windows.slice(1).entries())
      expect(fromMs).toBe(windows[index]!.toMs);
    expect(windows.at(-1)!.toMs).toBe(NOW_MS + 3_000);
  });

  it("has shorter windows when it is fast", () => {
    const pace = new Pace({ ...options, tracesPerSecond: 10_000 });
    expect(windowsOf(pace, NOW_MS + 400)).toHaveLength(10);
  });

  it("ends after its duration, however late it is", () => {
    const pace = new Pace({ ...options, durationMs: 1_200 });
    expect(windowsOf(pace, NOW_MS + 60_000).at(-1)!.toMs).toBe(NOW_MS - 2_000 + 1_200);
    expect(pace.next(NOW_MS + 60_000)).toBeUndefined();
    expect(pace.lagMs(NOW_MS + 60_000)).toBe(0);
  });

  it("knows how far it is behind", () => {
    expect(new Pace(options).lagMs(NOW_MS + 7_000)).toBe(7_000);
  });
});

describe("a backfill", () => {
  it("makes the past first, at once, then the present", () => {
    const pace = new Pace({ ...options, backfillMs: 60_000 });
    expect(pace.startMs).toBe(NOW_MS - 62_000);
    const windows = windowsOf(pace, NOW_MS);
    expect(windows[0]!.fromMs).toBe(NOW_MS - 62_000);
    expect(windows.at(-1)!.toMs).toBe(NOW_MS - 2_000);
    expect(pace.next(NOW_MS)).toEqual({ waitMs: 500 });
  });

  it("is all there is without a duration to follow", () => {
    const pace = new Pace({ ...options, backfillMs: 60_000, durationMs: 0 });
    expect(windowsOf(pace, NOW_MS).at(-1)!.toMs).toBe(NOW_MS - 2_000);
    expect(pace.next(NOW_MS)).toBeUndefined();
  });
});

describe("flat out", () => {
  it("never waits, and fills whatever time has passed", () => {
    const pace = new Pace({ ...options, tracesPerSecond: undefined });
    const first = pace.next(NOW_MS + 10);
    expect(first).toEqual({ fromMs: NOW_MS - 2_000, toMs: NOW_MS - 1_990, traces: 100 });
    expect(pace.next(NOW_MS + 10)).toMatchObject({ fromMs: NOW_MS - 1_990, toMs: NOW_MS - 1_989 });
  });
});
