import { describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import { DroppedRows } from "./dropped-rows.ts";

const WINDOW = { oldestMs: 0, newestMs: 1e15 };

function logs(rows: number): LogBatch {
  const builder = new LogBuilder({ observedNs: 1n, window: WINDOW });
  builder.group({});
  for (let row = 0; row < rows; row++) builder.add({ body: `line ${row}` });
  return builder.finish(100);
}

describe("rows that are dropped", () => {
  it("are those dropped since, not those of before", () => {
    const batch = logs(5);
    batch.selection.drop(1);
    const dropped = new DroppedRows(batch);
    expect(dropped.since()).toEqual([]);
    batch.selection.drop(1);
    batch.selection.drop(3);
    batch.selection.drop(4);
    expect(dropped.since()).toEqual([3, 4]);
  });

  it("are of metrics told apart: points, and histograms", () => {
    const builder = new MetricBuilder({ window: WINDOW });
    const time = { timeNs: 1n };
    for (const value of [1, 2])
      builder.number({ name: "up", type: "gauge" }, {}, { ...time, value });
    const histogram = { count: 1, sum: 1, bounds: [1], buckets: [1, 0] };
    builder.histogram({ name: "took" }, {}, { ...time, ...histogram });
    const batch = builder.finish(10);
    const dropped = new DroppedRows(batch);
    batch.numbers.selection.drop(1);
    batch.histograms.selection.drop(0);
    expect(dropped.since()).toEqual([1, ~0]);
  });

  it("are none when what was hidden for a while is back", () => {
    const batch = logs(2);
    const dropped = new DroppedRows(batch);
    batch.selection.drop(0);
    batch.selection.restore(0);
    expect(dropped.since()).toEqual([]);
  });
});
