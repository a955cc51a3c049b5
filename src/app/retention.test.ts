import { describe, expect, it } from "vitest";
import { openTelemetryStore } from "#query/testing/telemetry-store.ts";
import { sql } from "#store/sql.ts";
import { DATABASE } from "#store/tables.ts";
import { type DayUsage, usageByDay } from "#store/usage.ts";
import { keptRows } from "./retention.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-21T12:00:00Z");
const SINCE_MS = Date.parse("2026-11-14T00:00:00Z");

/** Rows of so many days before today, each of 1,000 rows and 100,000 bytes. */
function days(...ago: readonly number[]): DayUsage[] {
  return ago.map((one) => ({
    kept: "logs",
    day: dayOf(one),
    lastDay: dayOf(one),
    rows: 1_000,
    bytes: 100_000,
  }));
}

function dayOf(ago: number): string {
  return new Date(NOW_MS - ago * DAY_MS).toISOString().slice(0, 10);
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

  it.each([
    ["of the whole month: eight of its days are of the last week", 20, 0, 8 / 21],
    ["that began within the last week", 3, 0, 1],
    ["that ended before it", 20, 10, 0],
    ["with days to come, by a clock that is ahead", 20, -9, 8 / 21],
    ["of days to come only", -2, -9, 1],
  ])("counts with the share of a month's rows %s", (_, firstAgo, lastAgo, share) => {
    const month: DayUsage = {
      kept: "logs",
      day: dayOf(firstAgo),
      lastDay: dayOf(lastAgo),
      rows: 21_000,
      bytes: 2_100_000,
    };
    const kept = keptRows("logs", [month], seen(SINCE_MS));
    expect(kept).toMatchObject({ rows: 21_000, bytes: 2_100_000 });
    expect(kept.rowsPerDay).toBe(Math.round((21_000 * share) / 7.5));
    expect(kept.bytesPerDay).toBe(Math.round((2_100_000 * share) / 7.5));
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
      { kept: "traces", day: "2026-11-21", lastDay: "2026-11-21", rows: 9, bytes: 9 },
      { kept: undefined, day: "2026-11-01", lastDay: "2026-11-21", rows: 9, bytes: 9 },
    ];
    expect(keptRows("logs", others, seen(NOW_MS - DAY_MS))).toMatchObject({ rows: 0, bytes: 0 });
  });
});

it("knows the days of rows in tables of days and of months", async () => {
  const store = await openTelemetryStore();
  try {
    await store.insert([
      sql`INSERT INTO resources (org, resource_id, day) VALUES ('a', 1, '2026-11-03'), ('a', 1, '2026-11-05'), ('a', 1, '2026-10-30')`,
      sql`INSERT INTO logs (org, ts) VALUES ('a', '2026-11-05 10:00:00'), ('a', '2026-11-05 11:00:00')`,
    ]);
    const retentions = new Map([
      ["resources", "aggregates"],
      ["logs", "logs"],
    ] as const);
    const usage = await usageByDay(store.reader, DATABASE, retentions);
    const known = usage
      .filter(({ kept }) => kept !== undefined)
      .map(({ kept, day, lastDay, rows }) => `${kept} ${day} ${lastDay} ${rows}`);
    expect(known.toSorted()).toEqual([
      "aggregates 2026-10-30 2026-10-30 1",
      "aggregates 2026-11-03 2026-11-05 2",
      "logs 2026-11-05 2026-11-05 2",
    ]);
  } finally {
    await store.close();
  }
});
