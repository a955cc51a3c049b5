import { describe, expect, it } from "vitest";
import { batchBytes, batchPools, keptRows } from "./batch.ts";
import { POOL_LIMITS } from "./limits.ts";
import { LogBatch } from "./log-batch.ts";
import { MetricBatch } from "./metric-batch.ts";
import { SpanBatch } from "./span-batch.ts";

describe("keptRows", () => {
  it("counts the rows that no stage has dropped", () => {
    const spans = new SpanBatch();
    spans.rows = 3;
    spans.selection.drop(1);
    expect(keptRows(spans)).toBe(2);
    const metrics = new MetricBatch();
    metrics.numbers.rows = 2;
    metrics.histograms.rows = 3;
    metrics.numbers.selection.drop(0);
    metrics.histograms.selection.drop(2);
    expect([metrics.rows, keptRows(metrics)]).toEqual([5, 3]);
  });
});

describe("batchBytes", () => {
  it("grows with the rows of a batch and with what it was decoded from", () => {
    for (const batch of [new LogBatch(), new SpanBatch()]) {
      expect(batchBytes(batch)).toBe(0);
      batch.sourceBytes = 10_000;
      expect(batchBytes(batch)).toBe(10_000);
      batch.rows = 100;
      expect(batchBytes(batch)).toBeGreaterThan(20_000);
      batch.reset();
      expect(batchBytes(batch)).toBe(0);
    }
    const metrics = new MetricBatch();
    metrics.sourceBytes = 10_000;
    metrics.histograms.rows = 100;
    expect(batchBytes(metrics)).toBeGreaterThan(20_000);
    metrics.reset();
    expect(batchBytes(metrics)).toBe(0);
  });
});

describe("batchPools", () => {
  it("give a batch back clean, and make one when they have none", () => {
    const pool = batchPools.traces;
    const first = pool.take();
    const second = pool.take();
    expect(second).not.toBe(first);
    first.rows = 5;
    first.name.pushText("GET /");
    first.selection.drop(2);
    pool.give(first);
    expect(pool.take()).toBe(first);
    const { rows, name, selection } = first;
    expect([rows, name.rows, name.dictionary.size, selection.dropped]).toEqual([0, 0, 0, 0]);
  });

  it("keep a bounded number of batches", () => {
    const pool = batchPools.logs;
    const taken = Array.from({ length: POOL_LIMITS.batchesMax + 5 }, () => pool.take());
    for (const batch of taken) pool.give(batch);
    const again = taken.map(() => pool.take());
    expect(again.filter((batch) => taken.includes(batch))).toHaveLength(POOL_LIMITS.batchesMax);
  });

  it("keep no batch that was large, whose columns are", () => {
    const pool = batchPools.logs;
    const batch = pool.take();
    batch.rows = POOL_LIMITS.rowsMax + 1;
    pool.give(batch);
    expect(pool.take()).not.toBe(batch);
  });
});
