import { expect, it } from "vitest";
import type { KeptRows, RetentionAnswer } from "#api/contract/settings.ts";
import { daysUntilFull, keptDays } from "./disk-outlook.ts";

function kept(bytes: number, bytesPerDay: number | null, days: number | null): KeptRows {
  const predictedBytes = bytesPerDay === null || days === null ? null : bytesPerDay * days;
  const rows = { rows: 1, rowsPerDay: 1, daysSeen: 1 };
  return {
    kept: "logs",
    setting: "retention.logs",
    days,
    bytes,
    bytesPerDay,
    predictedBytes,
    ...rows,
  };
}

function outlook(freeBytes: number | undefined, ...data: readonly KeptRows[]): number | undefined {
  const disk = freeBytes === undefined ? null : { freeBytes, totalBytes: 1e12 };
  const answer: RetentionAnswer = { data: [...data], otherBytes: 0, disk };
  return daysUntilFull(answer);
}

it("is full when what still grows has taken what is free", () => {
  expect(outlook(1_000, kept(0, 100, 30))).toBe(10);
  expect(outlook(1_000, kept(0, 100, null))).toBe(10);
  expect(outlook(1_000, kept(0, 50, null), kept(0, 50, 30))).toBe(10);
});

it("never is where the retention is filled before", () => {
  expect(outlook(1_000, kept(0, 100, 10))).toBeUndefined();
  expect(outlook(1_000, kept(2_900, 100, 30))).toBeUndefined();
  expect(outlook(undefined, kept(0, 100, null))).toBeUndefined();
  expect(outlook(1_000, kept(0, null, 30))).toBeUndefined();
});

it("goes on more slowly once some of it has stopped to grow", () => {
  expect(outlook(1_000, kept(0, 100, 5), kept(0, 50, null))).toBe(10);
});

it("is said in words", () => {
  expect([keptDays(30), keptDays(1), keptDays(null)]).toEqual(["30 days", "1 day", "ever"]);
});
