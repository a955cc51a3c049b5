import { describe, expect, it } from "vitest";
import { type Batch, batchPools } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { createOtlpSink, type OtlpSink } from "./sink.ts";
import { rowsOf } from "./testing/batch-rows.ts";

const NOW_MS = 1_750_000_000_000;
const DAY_MS = 86_400_000;
const clock = {
  nowMs: () => NOW_MS,
  monotonicMs: () => 0,
  setTimeout: () => ({ cancel: () => {} }),
};

/** A push that the test settles, with the batch that it was given. */
interface Push {
  readonly batch: Batch;
  readonly org: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function setUp(days: number | "off" = 30): { sink: OtlpSink; pushes: Push[] } {
  const pushes: Push[] = [];
  const push = (batch: Batch, org: string): Promise<void> =>
    new Promise((resolve, reject) => {
      pushes.push({ batch, org, resolve, reject });
    });
  const retentionDays = { traces: days, logs: days, metrics: days };
  return { sink: createOtlpSink({ push, clock, retentionDays }), pushes };
}

const nanoseconds = (ms: number): string => `${ms}000000`;

/** A request of one record a time. */
function bodyOf(signal: Signal, ...timesMs: readonly number[]): Buffer {
  const records = timesMs.map((ms) => ({
    timeUnixNano: nanoseconds(ms),
    startTimeUnixNano: nanoseconds(ms),
    traceId: "1".repeat(32),
    spanId: "1".repeat(16),
  }));
  const requests = {
    traces: { resourceSpans: [{ scopeSpans: [{ spans: records }] }] },
    logs: { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] },
    metrics: {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: records } }] }] },
      ],
    },
  };
  return encodeOtlp(signal, requests[signal]);
}

const isEmpty = (batch: Batch): boolean => {
  const { spans, logs, numbers, histograms, exemplars } = rowsOf(batch);
  return [spans, logs, numbers, histograms, exemplars].every((rows) => rows.length === 0);
};

describe.each(SIGNALS)("the sink for %s", (signal) => {
  it("answers when the push is durable, with what was accepted", async () => {
    const { sink, pushes } = setUp();
    let answer: unknown;
    const accepted = sink
      .accept(signal, "acme", bodyOf(signal, NOW_MS, NOW_MS))
      .then((intake) => (answer = intake));
    await Promise.resolve();
    expect(pushes).toMatchObject([{ org: "acme", batch: { signal, rows: 2 } }]);
    expect(answer).toBeUndefined();
    pushes[0]!.resolve();
    await accepted;
    expect(answer).toEqual({ accepted: 2, rejected: 0, message: "" });
  });

  it("accepts what is within retention and at most a little in the future, and says what it rejects", async () => {
    const { sink, pushes } = setUp(30);
    const oldest = NOW_MS - 30 * DAY_MS;
    const newest = NOW_MS + ROW_LIMITS.futureMsMax;
    const body = bodyOf(signal, oldest, newest, oldest - 1, newest + 1);
    const accepted = sink.accept(signal, "default", body);
    pushes[0]!.resolve();
    const intake = await accepted;
    expect(intake).toMatchObject({ accepted: 2, rejected: 2 });
    expect(intake.message).toMatch(/ 2: .* is older than retention keeps .* \(and 1 more\)$/);
  });

  it("accepts old rows when they are kept for ever, and refuses those of the future all the same", async () => {
    const { sink, pushes } = setUp("off");
    const accepted = sink.accept(signal, "default", bodyOf(signal, 1, NOW_MS + 3_600_000));
    pushes[0]!.resolve();
    expect(await accepted).toMatchObject({ accepted: 1, rejected: 1 });
  });

  it("takes the batch of a bad body back, clean, and pushes nothing", async () => {
    const { sink, pushes } = setUp();
    const pool: { take(): Batch; give(batch: never): void } = batchPools[signal];
    const batch = pool.take();
    pool.give(batch as never);
    const good = bodyOf(signal, NOW_MS);
    const bad = Buffer.concat([good, good.subarray(0, good.length - 1)]);
    await expect(sink.accept(signal, "default", bad)).rejects.toThrow(
      expect.objectContaining({ code: "bad_payload" }),
    );
    expect(pushes).toEqual([]);
    expect(pool.take()).toBe(batch);
    expect(isEmpty(batch)).toBe(true);
    pool.give(batch as never);
  });

  it("never uses a batch again that it has handed on, whatever comes of the push", async () => {
    const { sink, pushes } = setUp();
    const first = sink.accept(signal, "default", bodyOf(signal, NOW_MS));
    const before = rowsOf(pushes[0]!.batch);
    const refused = sink.accept(signal, "default", Buffer.from([0x0a, 0x05]));
    const second = sink.accept(signal, "default", bodyOf(signal, NOW_MS - 1, NOW_MS - 2));
    await expect(refused).rejects.toThrow(SightglassError);
    expect(pushes[1]!.batch).not.toBe(pushes[0]!.batch);
    expect(rowsOf(pushes[0]!.batch)).toEqual(before);
    pushes[0]!.reject(new SightglassError("storage_full", "The disk is full"));
    await expect(first).rejects.toThrow(expect.objectContaining({ code: "storage_full" }));
    expect(batchPools[signal].take()).not.toBe(pushes[0]!.batch);
    expect(pushes[1]!.batch.rows).toBe(2);
    pushes[1]!.resolve();
    await second;
  });

  it("keeps nothing of the body, whose memory may be used again", async () => {
    const { sink, pushes } = setUp();
    const body = bodyOf(signal, ...Array.from({ length: 1_000 }, () => NOW_MS));
    const copy = Buffer.from(body);
    const accepted = sink.accept(signal, "default", body);
    const rows = rowsOf(pushes[0]!.batch);
    body.fill(0xff);
    pushes[0]!.resolve();
    await accepted;
    const again = sink.accept(signal, "default", copy);
    expect(rowsOf(pushes[1]!.batch)).toEqual(rows);
    expect(rowsOf(pushes[0]!.batch)).toEqual(rows);
    pushes[1]!.resolve();
    await again;
  });

  it("accepts a request of nothing", async () => {
    const { sink, pushes } = setUp();
    const accepted = sink.accept(signal, "default", Buffer.alloc(0));
    expect(pushes).toMatchObject([{ batch: { rows: 0 } }]);
    pushes[0]!.resolve();
    expect(await accepted).toEqual({ accepted: 0, rejected: 0, message: "" });
  });
});
