import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ORG } from "#core/signal.ts";
import { type Batch, batchPools } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import { createOtlpSink } from "#receivers/otlp/sink.ts";
import { type LoadKind, prepareBodies, signalOf } from "../../bench/load/bodies.ts";
import { planPatches } from "../../bench/load/patch-plan.ts";
import { quantiles, slope, spreadOf } from "../../bench/measure/statistics.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sightglass-bench-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function prepared(
  kind: LoadKind,
  count: number,
): Promise<{ bodies: Buffer[]; endMs: number }> {
  const endMs = Date.now();
  const { path, places } = await prepareBodies({
    kind,
    path: join(folder, "bodies"),
    count,
    poolSize: 2,
    endMs,
    overMs: 10_000,
  });
  const file = await readFile(path);
  const bodies = places.map(([offset, bytes]) => gunzipSync(file.subarray(offset, offset + bytes)));
  return { bodies, endMs };
}

/** Rows that the server's own decoder accepts, of each body. */
async function acceptedRows(kind: LoadKind, bodies: readonly Buffer[]): Promise<number[]> {
  const sink = createOtlpSink({
    push: (batch: Batch) => {
      if (batch.signal === "traces") batchPools.traces.give(batch);
      else if (batch.signal === "logs") batchPools.logs.give(batch);
      else batchPools.metrics.give(batch);
      return Promise.resolve();
    },
    clock: systemClock,
    retentionDays: { traces: 30, logs: 30, metrics: 30 },
  });
  const rows: number[] = [];
  for (const body of bodies) {
    const { accepted, rejected } = await sink.accept(signalOf(kind), DEFAULT_ORG, body);
    expect(rejected).toBe(0);
    rows.push(accepted);
  }
  return rows;
}

describe("the prepared load of the benchmarks", () => {
  it.each(["traces", "logs", "points"] as const)(
    "has 1,000 rows to a request that the server accepts (%s)",
    async (kind) => {
      const { bodies } = await prepared(kind, 5);
      expect(await acceptedRows(kind, bodies)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
    },
  );

  it("has no id twice, though it varies few requests", async () => {
    const { bodies } = await prepared("traces", 6);
    const spans: string[] = [];
    const traces = bodies.map((body) => {
      const { traceIds, spanIds } = planPatches("traces", body);
      for (const at of spanIds) spans.push(body.subarray(at, at + 8).toString("hex"));
      return new Set(traceIds.map((at) => body.subarray(at, at + 16).toString("hex")));
    });
    const all = traces.flatMap((ids) => [...ids]);
    // A trace may be cut by the end of a request, so two requests of the pool may share one.
    expect(new Set(all).size).toBeGreaterThan(all.length - 4);
    expect(all.length).toBeGreaterThan(6 * 50);
    // Every span once, but for parents and links.
    expect(new Set(spans).size).toBeGreaterThanOrEqual(6_000);
  });

  it("spreads its times evenly until its end", async () => {
    const { bodies, endMs } = await prepared("logs", 5);
    const firstMs = bodies.map((body) => {
      const times = planPatches("logs", body).times.map((at) => body.readBigUInt64LE(at));
      return Number(times[0]! / 1_000_000n);
    });
    expect(Math.max(...firstMs)).toBeLessThan(endMs);
    for (const index of [0, 1, 2]) {
      // Two requests on, the same one of the pool comes again, 4 s later.
      expect(firstMs[index + 2]! - firstMs[index]!).toBeCloseTo(4_000, -1);
    }
  });
});

describe("the statistics of the benchmarks", () => {
  it("are medians, extremes and quantiles", () => {
    expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9, runs: 3 });
    expect(spreadOf([1, 2])).toMatchObject({ median: 1.5 });
    const hundred = Array.from({ length: 101 }, (_, index) => index);
    expect(quantiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(Number.isNaN(quantiles([]).p50)).toBe(true);
  });

  it("know the slope of a line", () => {
    expect(slope([0, 1, 2, 3].map((x) => ({ x, y: 7 + 3 * x })))).toBeCloseTo(3);
  });
});
