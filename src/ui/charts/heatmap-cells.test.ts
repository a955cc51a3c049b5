import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  boxBetween,
  boxOf,
  cellsWithin,
  columnSums,
  durationTicks,
  type HeatmapCells,
  SHADES,
  shadeOf,
  sumsWithin,
} from "./heatmap-cells.ts";

const cells: HeatmapCells = {
  startMs: 1_000_000,
  stepMs: 5_000,
  columns: 4,
  boundsMs: [1, 2, 4, 8, 16],
  column: [0, 0, 2, 2],
  row: [0, 3, 1, 2],
  count: [10, 2, 5, 1],
  errors: [0, 2, 0, 1],
};

describe("the cells of a heatmap", () => {
  test("become a stretch of time and durations, and the same cells again", () => {
    const [column, row] = [fc.nat(3), fc.nat(3)];
    fc.assert(
      fc.property(column, row, column, row, (a, b, c, d) => {
        const box = boxBetween([a, b], [c, d]);
        expect(cellsWithin(cells, boxOf(cells, box))).toEqual(box);
      }),
    );
  });

  test("of a box that is outside are none", () => {
    expect(cellsWithin(cells, { fromMs: 0, toMs: 10, minMs: 1, maxMs: 2 })).toBeUndefined();
    expect(
      cellsWithin(cells, { fromMs: 1_000_000, toMs: 1_005_000, minMs: 99, maxMs: 100 }),
    ).toBeUndefined();
  });

  test("sum up within a box", () => {
    expect(sumsWithin(cells, { columns: [0, 1], rows: [1, 3] })).toEqual({ count: 2, errors: 2 });
    expect(sumsWithin(cells, { columns: [0, 3], rows: [0, 3] })).toEqual({ count: 18, errors: 3 });
  });

  test("are darker the more is in them, and seen even with one span beside a million", () => {
    expect([0, 1, 1_000_000].map((count) => shadeOf(count, 1_000_000))).toEqual([0, 1, SHADES]);
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (a, b) => {
        expect(shadeOf(Math.min(a, b), 1_000)).toBeLessThanOrEqual(shadeOf(Math.max(a, b), 1_000));
      }),
    );
  });

  test("are told as a table by columns, the newest first", () => {
    expect(columnSums(cells)).toEqual([
      { fromMs: 1_010_000, count: 6, errors: 1, medianMs: [2, 4], p95Ms: [4, 8] },
      { fromMs: 1_000_000, count: 12, errors: 2, medianMs: [1, 2], p95Ms: [8, 16] },
    ]);
  });
});

describe("the ticks of durations", () => {
  test("are round and within the rows", () => {
    const bounds = Array.from({ length: 41 }, (_, row) => 0.3 * 2 ** (row / 4));
    const ticks = durationTicks(bounds, 5);
    expect(ticks.map(({ ms }) => ms)).toEqual([1, 10, 100]);
    for (const { row } of ticks) expect(row > 0 && row < 40).toBe(true);
  });

  test("are none without rows", () => {
    expect(durationTicks([], 5)).toEqual([]);
  });
});
