import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { attributesOfRow } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { samplingWeight } from "#core/sampling-weight.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { ProcessorContext } from "#pipeline/component.ts";
import { logs, points, spans } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { sample } from "./sample.ts";
import { settings } from "./settings.ts";

type Written = z.input<typeof settings>;

/** Numbers in 0 ≤ x < 1 that are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sampler(written: Written, random = randomFrom(1), clock = new FakeClock()) {
  const context = { name: "sample", clock, random } as unknown as ProcessorContext;
  return sample.create(settings.parse(written), context);
}

function recordsOf(...inputs: readonly LogInput[]): LogBatch {
  const builder = new LogBuilder({ observedNs: 5n, window: { oldestMs: 0, newestMs: 8e15 } });
  builder.group({ "service.name": "shop" });
  for (const input of inputs) builder.add(input);
  return builder.finish(0);
}

const eventsOf = (...events: readonly object[]): LogBatch =>
  recordsOf(...events.map(logInputOfEvent));

type Sampled = SpanBatch | LogBatch;

const keptOf = (batch: Sampled): number[] =>
  Array.from({ length: batch.rows }, (_, row) => row).filter((row) => batch.selection.has(row));
const weightOf = (batch: Sampled, row: number): number => batch.weight.bytes.readFloatLE(row * 4);
const weightsOf = (batch: Sampled): number[] => keptOf(batch).map((row) => weightOf(batch, row));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** A trace id whose randomness is this part of the range. */
function traceIdAt(part: number): string {
  const randomness = BigInt(Math.floor(part * 2 ** 52)) << 4n;
  return `${"a".repeat(18)}${randomness.toString(16).padStart(14, "0")}`;
}

function withTraceIds<B extends Sampled>(batch: B, ids: readonly string[]): B {
  for (const [row, id] of ids.entries()) batch.traceId.bytes.write(id, row * 16, "hex");
  return batch;
}

function spansOf(...parts: readonly number[]): SpanBatch {
  const list = parts.map((_, row) => ({ spanId: (row + 1).toString(16) }));
  return withTraceIds(spans("shop", ...list), parts.map(traceIdAt));
}

const evenly = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i + 0.5) / count);

/** What a record alone is counted as. */
function classOf(batch: Batch, written: Written = {}): string {
  const processor = sampler(written);
  processor.process(batch, "default");
  const counted = Object.entries(processor.statistics!()).find(
    ([name, count]) => /_by_/.test(name) && count === 1,
  );
  return counted![0].replace(/^.*_by_/, "");
}

describe("what the sampler takes rows for", () => {
  it.each<[object, string]>([
    [{ error: "boom" }, "error"],
    [{ error: { code: 1 } }, "error"],
    [{ error: false }, "default"],
    [{ error: null }, "default"],
    [{ error: 0 }, "default"],
    [{ error: "" }, "default"],
    [{ status: "error" }, "error"],
    [{ status: "Failed" }, "error"],
    [{ status: 500 }, "default"],
    [{ level: "error" }, "error"],
    [{ level: "critical" }, "error"],
    [{ level: "FATAL" }, "error"],
    [{ type: "request_failed" }, "error"],
    [{ event_type: "ErrorRaised", type: "ok" }, "error"],
    [{ event_type: "ping", level: "error" }, "error"],
    [{ event_type: "ping" }, "type"],
    [{ type: "ping", level: "info" }, "type"],
    [{ event_type: "other", type: "ping" }, "default"],
    [{ type: "ping", event_type: "other" }, "default"],
    [{ status: "success" }, "success"],
    [{ status: "completed" }, "success"],
    [{ level: "info" }, "success"],
    [{ level: "success" }, "success"],
    [{ level: "debug" }, "default"],
    [{ level: "warn" }, "default"],
    [{}, "default"],
  ])("the event %j is counted as %s", (event, expected) => {
    expect(classOf(eventsOf(event), { typeRates: { ping: 0.5 } })).toBe(expected);
  });

  it.each([
    [{ severity: 17 }, "error"],
    [{ severity: 9 }, "success"],
    [{ severityText: "ERROR" }, "error"],
    [{ severity: 13 }, "default"],
    [{ eventName: "ping" }, "type"],
  ])("the log record %j is counted as %s", (record, expected) => {
    expect(classOf(recordsOf(record), { typeRates: { ping: 0.5 } })).toBe(expected);
  });

  it.each([
    [{ status: 2 }, "error"],
    [{ status: 1 }, "success"],
    [{ status: 0 }, "default"],
    [{ status: 1, name: "ping" }, "type"],
    [{ status: 2, name: "ping" }, "error"],
  ])("the span %j is counted as %s", (span, expected) => {
    const batch = spans("shop", { spanId: "1", ...span });
    expect(classOf(batch, { typeRates: { ping: 0.5 } })).toBe(expected);
  });

  it("does not carry the fields of one event over to the next", () => {
    const batch = eventsOf({ error: "x", status: "success", type: "ping" }, {}, {});
    const processor = sampler({ errorRate: 1, typeRates: { ping: 1 }, defaultRate: 0 });
    processor.process(batch, "default");
    expect(keptOf(batch)).toEqual([0]);
  });
});

describe("the sampler at random", () => {
  it("keeps errors, and about a tenth of the rest, which stands for ten each", () => {
    const list = Array.from({ length: 2_000 }, (_, i) => ({
      spanId: (i + 1).toString(16),
      status: i % 100 === 0 ? 2 : 1,
    }));
    const batch = spans("shop", ...list);
    sampler({}).process(batch, "default");
    const weights = weightsOf(batch);
    expect(weights.filter((weight) => weight === 1)).toHaveLength(20);
    expect(weights.every((weight) => weight === 1 || weight === 10)).toBe(true);
    expect(Math.abs(sum(weights) - 2_000)).toBeLessThan(400);
  });

  it("multiplies what a row stood for before", () => {
    const batch = spans("shop", { spanId: "1", traceState: "ot=th:8;rv:ffffffffffffff" });
    sampler({ defaultRate: 0.25 }, () => 0).process(batch, "default");
    expect(weightsOf(batch)).toEqual([8]);
    expect(batch.traceState.text(0)).toBe("ot=rv:ffffffffffffff");
  });

  it("keeps all at the rate 1 and none at 0, and leaves dropped rows and points alone", () => {
    const batch = logs("shop", { body: "a" }, { body: "b" });
    batch.selection.drop(0);
    const processor = sampler({ defaultRate: 1 }, () => 0.999_999);
    processor.process(batch, "default");
    expect(keptOf(batch)).toEqual([1]);
    expect(weightsOf(batch)).toEqual([1]);
    sampler({ defaultRate: 0 }, () => 0).process(batch, "default");
    expect(keptOf(batch)).toEqual([]);
    const metrics = points("shop", { metric: "a" });
    processor.process(metrics, "default");
    expect(metrics.numbers.selection.dropped).toBe(0);
    expect(processor.statistics!()).toMatchObject({ total_evaluated: 1, total_sampled: 1 });
  });
});

describe("the sampler by trace id", () => {
  const strategy = "deterministic";

  it("keeps the traces whose randomness is at the threshold or above", () => {
    const batch = spansOf(0, 0.749_999, 0.75, 0.999_999);
    sampler({ strategy, defaultRate: 0.25 }).process(batch, "default");
    expect(keptOf(batch)).toEqual([2, 3]);
    expect(weightsOf(batch)).toEqual([4, 4]);
    expect(batch.traceState.text(2)).toBe("ot=th:c");
  });

  it("decides the spans and log records of a trace alike, in any process", () => {
    const parts = evenly(200);
    const ids = parts.map(traceIdAt);
    const records = recordsOf(...ids.map((traceId) => ({ traceId, spanId: "b".repeat(16) })));
    const batch = spansOf(...parts);
    sampler({ strategy, defaultRate: 0.3 }, randomFrom(1)).process(batch, "default");
    sampler({ strategy, defaultRate: 0.3 }, randomFrom(2)).process(records, "default");
    expect(keptOf(batch)).toHaveLength(60);
    expect(keptOf(records)).toEqual(keptOf(batch));
    expect(weightOf(records, 199)).toBeCloseTo(1 / 0.3, 5);
  });

  it("writes a threshold that says the weight, and leaves the other members", () => {
    const batch = spans("shop", { spanId: "1", traceState: "a=1, ot=x:y ,b=2" });
    withTraceIds(batch, [traceIdAt(0.99)]);
    sampler({ strategy, defaultRate: 0.1 }).process(batch, "default");
    const state = batch.traceState.text(0);
    expect(state).toMatch(/^ot=th:[0-9a-f]{1,14};x:y,a=1,b=2$/);
    expect(samplingWeight(state)).toBeCloseTo(10, 6);
    expect(weightOf(batch, 0)).toBeCloseTo(10, 5);
  });

  it("takes the sender's probability times the rate, by the sender's randomness", () => {
    const traceState = (rv: string): string => `ot=th:8;rv:${rv}`;
    const list = ["80000000000000", "bfffffffffffff", "c0000000000000"];
    const batch = spans(
      "shop",
      ...list.map((rv, i) => ({ spanId: String(i + 1), traceState: traceState(rv) })),
    );
    sampler({ strategy, defaultRate: 0.5 }).process(batch, "default");
    expect(keptOf(batch)).toEqual([2]);
    expect(weightsOf(batch)).toEqual([4]);
    expect(batch.traceState.text(2)).toBe("ot=th:c;rv:c0000000000000");
  });

  it("counts right behind another sampler of its kind", () => {
    for (const batch of [spansOf(...evenly(1_000)), recordsOfTraces(1_000)]) {
      sampler({ strategy, defaultRate: 0.5 }).process(batch, "default");
      sampler({ strategy, defaultRate: 0.2 }).process(batch, "default");
      expect(keptOf(batch)).toHaveLength(100);
      expect(sum(weightsOf(batch))).toBeCloseTo(1_000, 2);
    }
  });

  it("counts right where the sender did not decide by the randomness that it tells", () => {
    const list = evenly(100).map((part, i) => ({
      spanId: (i + 1).toString(16),
      traceState: `ot=th:8;rv:${traceIdAt(part / 2).slice(18)}`,
    }));
    const batch = spans("shop", ...list);
    sampler({ strategy, defaultRate: 0.1 }).process(batch, "default");
    expect(keptOf(batch)).toHaveLength(10);
    expect(weightsOf(batch).every((weight) => weight === 20)).toBe(true);
    expect(batch.traceState.text(keptOf(batch)[0]!)).not.toContain("th:");
  });

  it("decides events without a trace by the digest of their key, as the seed does", () => {
    const ids = Array.from({ length: 500 }, (_, i) => `evt-${i}`);
    const batch = eventsOf(...ids.map((id) => ({ id })));
    sampler({ strategy, defaultRate: 0.2 }).process(batch, "default");
    const expected = [...ids.keys()].filter((i) => {
      const hex = createHash("md5").update(ids[i]!).digest("hex").slice(0, 8);
      return Number.parseInt(hex, 16) / 0xffff_ffff < 0.2;
    });
    expect(keptOf(batch)).toEqual(expected);
    expect(weightsOf(batch)[0]).toBe(5);
  });

  it("decides events without the key at random", () => {
    const batch = eventsOf({ a: 1 }, { a: 1 });
    const numbers = [0.9, 0.1];
    sampler({ strategy, defaultRate: 0.5 }, () => numbers.shift()!).process(batch, "default");
    expect(keptOf(batch)).toEqual([1]);
  });

  function recordsOfTraces(count: number): LogBatch {
    return recordsOf(...evenly(count).map((part) => ({ traceId: traceIdAt(part) })));
  }
});

describe("the adaptive sampler", () => {
  const written: Written = { strategy: "adaptive", adaptiveTargetRate: 0.2 };

  it("keeps the target of all rows, whatever part of them are errors", async () => {
    const clock = new FakeClock();
    const processor = sampler(written, randomFrom(3), clock);
    let [kept, stoodFor] = [0, 0];
    for (let window = 0; window < 40; window++) {
      const list = Array.from({ length: 1_000 }, (_, i) => (i % 10 === 0 ? { error: "x" } : {}));
      const batch = eventsOf(...list);
      processor.process(batch, "default");
      kept += keptOf(batch).length;
      stoodFor += sum(weightsOf(batch));
      await clock.advance(60_000);
    }
    // The first window does not know yet how many are errors, and keeps 80 more.
    expect(Math.abs(kept - 40 * 200 - 80)).toBeLessThan(200);
    expect(Math.abs(stoodFor - 40_000)).toBeLessThan(1_600);
    expect(processor.statistics!()["adaptive_rate"]).toBeCloseTo(100 / 900, 5);
  });

  it("does not drop the first event of a window, and never falls to nothing", async () => {
    const clock = new FakeClock();
    const processor = sampler(written, () => 0, clock);
    for (let window = 0; window < 3; window++) {
      const batch = eventsOf({ id: "1" }, { error: "x" }, { error: "x" });
      processor.process(batch, "default");
      expect(keptOf(batch)).toEqual([0, 1, 2]);
      await clock.advance(60_000);
    }
    expect(processor.statistics!()["adaptive_rate"]).toBeGreaterThan(0);
  });

  it("takes the target as a part, however many rows there are", async () => {
    const clock = new FakeClock();
    const processor = sampler(written, randomFrom(4), clock);
    for (const count of [10, 5_000]) {
      processor.process(eventsOf(...Array.from({ length: count }, () => ({ a: 1 }))), "default");
      await clock.advance(60_000);
    }
    processor.process(eventsOf({ a: 1 }), "default");
    expect(processor.statistics!()["adaptive_rate"]).toBeCloseTo(0.2, 5);
  });

  it("keeps traces whole", () => {
    const batch = withTraceIds(
      spans("shop", { spanId: "1" }, { spanId: "2" }, { spanId: "3" }, { spanId: "4" }),
      [0.1, 0.9, 0.1, 0.9].map(traceIdAt),
    );
    sampler(written).process(batch, "default");
    expect(keptOf(batch)).toEqual([1, 3]);
  });
});

describe("what the sampler says", () => {
  const samplingOf = (batch: LogBatch, row: number): unknown => {
    const found = attributesOfRow(batch.attributes, row).find(({ key }) => key === "_sampling");
    return found === undefined ? undefined : JSON.parse(found.value);
  };

  it("tells an event's rate and strategy, and those of no other log record", () => {
    const batch = recordsOf(
      logInputOfEvent({ type: "a" }),
      { body: "x" },
      logInputOfEvent({ level: "error" }),
    );
    sampler({ defaultRate: 0.5 }, () => 0).process(batch, "default");
    const timestamp = "2025-06-15T15:06:40.000Z";
    const said = { sampled: true, strategy: "random", timestamp };
    expect([0, 1, 2].map((row) => samplingOf(batch, row))).toEqual([
      { ...said, rate: 0.5 },
      undefined,
      { ...said, rate: 1 },
    ]);
    const silent = eventsOf({ type: "a" });
    sampler({ defaultRate: 1, metadata: false }).process(silent, "default");
    expect(samplingOf(silent, 0)).toBeUndefined();
  });

  it("counts by kind of row", () => {
    const processor = sampler({ defaultRate: 0 });
    processor.process(eventsOf({ error: "x" }, { a: 1 }, { a: 2 }, { level: "error" }), "default");
    expect(processor.statistics!()).toMatchObject({
      total_evaluated: 4,
      total_sampled: 2,
      total_dropped: 2,
      sampled_by_error: 2,
      dropped_by_default: 2,
      sampling_rate: 0.5,
    });
  });
});

describe("the sampler's settings", () => {
  it("have the seed's defaults", () => {
    expect(settings.parse({})).toMatchObject({
      errorRate: 1,
      successRate: 0.1,
      defaultRate: 0.1,
      typeRates: {},
      strategy: "random",
      deterministicKey: "id",
      adaptiveWindow: 60_000,
      adaptiveTargetRate: 0.1,
    });
  });

  it.each([
    { errorRate: 1.1 },
    { successRate: -0.1 },
    { defaultRate: Number.NaN },
    { adaptiveTargetRate: 2 },
    { typeRates: { a: 10 } },
  ])("refuse %j", (written) => {
    expect(settings.safeParse(written).success).toBe(false);
  });
});
