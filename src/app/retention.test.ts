import { describe, expect, it } from "vitest";
import type { DayUsage } from "#store/usage.ts";
import { keptRows } from "./retention.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-21T12:00:00Z");
const SINCE_MS = Date.parse("2026-11-14T00:00:00Z");

/** Rows of so many days before today, each of 1,000 rows and 100,000 bytes. */
function days(...ago: readonly number[]): DayUsage[] {
  return ago.map((one) => ({
    kept: "logs",
    day: new Date(NOW_MS - one * DAY_MS).toISOString().slice(0, 10),
    rows: 1_000,
    bytes: 100_000,
  }));
}

const seen = (firstMs: number | undefined, kept: number | "off" = 30) => ({
  days: kept,
  firstMs,
  sinceMs: SINCE_MS,
  nowMs: NOW_MS,
});

describe("the room that a retention will need", () => {
  it("is what a day took on average, for as many days as rows are kept", () => {
    const firstMs = Date.parse("2026-11-19T12:00:00Z");
    expect(keptRows("logs", days(0, 1, 2), seen(firstMs))).toEqual({
      kept: "logs",
      setting: "retention.logs",
      days: 30,
      rows: 3_000,
      bytes: 300_000,
      daysSeen: 2,
      rowsPerDay: 1_500,
      bytesPerDay: 150_000,
      predictedBytes: 4_500_000,
    });
  });

  it("rests on the last week, however much there is of before", () => {
    const kept = keptRows("logs", days(0, 3, 20, 21, 22), seen(SINCE_MS));
    expect(kept).toMatchObject({ rows: 5_000, daysSeen: 7.5, bytesPerDay: 26_667 });
  });

  it("is extrapolated from an hour at least, and says from how much", () => {
    const kept = keptRows("logs", days(0), seen(NOW_MS - 60_000));
    expect(kept.daysSeen).toBeCloseTo(1 / 24, 6);
    expect(kept.bytesPerDay).toBe(2_400_000);
  });

  it("is not known before there are rows, and has no end when they are kept for ever", () => {
    const unknown = { daysSeen: 0, rowsPerDay: null, bytesPerDay: null, predictedBytes: null };
    expect(keptRows("logs", [], seen(undefined))).toMatchObject(unknown);
    const forever = keptRows("logs", days(0, 1), seen(NOW_MS - DAY_MS, "off"));
    expect(forever).toMatchObject({ days: null, bytesPerDay: 200_000, predictedBytes: null });
  });

  it("counts only rows that follow it", () => {
    const others: DayUsage[] = [
      { kept: "traces", day: "2026-11-21", rows: 9, bytes: 9 },
      { kept: undefined, day: "2026-11-01", rows: 9, bytes: 9 },
    ];
    expect(keptRows("logs", others, seen(NOW_MS - DAY_MS))).toMatchObject({ rows: 0, bytes: 0 });
  });
});
