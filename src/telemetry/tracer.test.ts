import { expect, test } from "vitest";
import type { Clock } from "#core/clock.ts";
import { TELEMETRY_LIMITS } from "#core/limits.ts";
import { createTracer, silentTracer } from "./tracer.ts";

function setUp() {
  const time = { ms: 1_000_000 };
  const clock: Clock = {
    nowMs: () => time.ms,
    monotonicMs: () => time.ms,
    setTimeout: () => ({ cancel: () => {} }),
  };
  let ids = 0;
  const randomHex = (bytes: number): string => (++ids).toString(16).padStart(bytes * 2, "0");
  return { tracer: createTracer({ clock, randomHex }), time };
}

test("a span within another belongs to its trace, across awaits", async () => {
  const { tracer, time } = setUp();
  await tracer.span("outer", { kind: "server" }, async (outer) => {
    await Promise.resolve();
    outer.set("rows", 3);
    await tracer.span("inner", { onlyWithin: true }, async () => {
      time.ms += 5;
    });
    time.ms += 2;
  });
  const [inner, outer] = tracer.drain();
  expect(inner).toMatchObject({ name: "inner", durationMs: 5, parentSpanId: outer!.spanId });
  expect(inner!.traceId).toBe(outer!.traceId);
  expect(outer).toMatchObject({
    name: "outer",
    kind: "server",
    durationMs: 7,
    parentSpanId: "",
    attributes: { rows: 3 },
    error: undefined,
  });
  expect(outer!.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(outer!.spanId).toMatch(/^[0-9a-f]{16}$/);
});

test("a throw fails its span and reaches the caller, synchronous or not", async () => {
  const { tracer } = setUp();
  expect(() =>
    tracer.span("sync", {}, () => {
      throw new Error("broken");
    }),
  ).toThrow("broken");
  await expect(tracer.span("async", {}, () => Promise.reject(new Error("late")))).rejects.toThrow(
    "late",
  );
  expect(tracer.drain().map(({ name, error }) => [name, error])).toEqual([
    ["sync", "broken"],
    ["async", "late"],
  ]);
});

test("bounds the traces that begin under one name in a second", () => {
  const { tracer, time } = setUp();
  const max = TELEMETRY_LIMITS.tracesPerNamePerSecondMax;
  for (let i = 0; i < max * 10; i++) tracer.span("ingest", {}, () => {});
  tracer.span("query", {}, () => {});
  expect(tracer.drain()).toHaveLength(max + 1);
  time.ms += 1_000;
  tracer.span("ingest", {}, () => {});
  expect(tracer.drain()).toHaveLength(1);
});

test("records nothing within silence, not even later within the same flow", async () => {
  const { tracer } = setUp();
  await tracer.silently(async () => {
    await Promise.resolve();
    tracer.span("export", {}, (span) => expect(span.recorded).toBe(false));
  });
  expect(tracer.drain()).toEqual([]);
});

test("records work after it has ended, within the same bounds", () => {
  const { tracer, time } = setUp();
  for (let i = 0; i < 100; i++)
    tracer.record("insert", { durationMs: 250, attributes: { table: "spans" } });
  const spans = tracer.drain();
  expect(spans).toHaveLength(TELEMETRY_LIMITS.tracesPerNamePerSecondMax);
  expect(spans[0]).toMatchObject({
    name: "insert",
    startMs: time.ms - 250,
    durationMs: 250,
    attributes: { table: "spans" },
  });
});

test("work that is only recorded within another span starts no trace", () => {
  const { tracer } = setUp();
  tracer.span("journal.sync", { onlyWithin: true }, () => {});
  expect(tracer.drain()).toEqual([]);
});

test("keeps the newest spans when nobody drains, and counts the lost ones", () => {
  const { tracer, time } = setUp();
  const max = TELEMETRY_LIMITS.pendingSpansMax;
  tracer.span("root", {}, () => {
    for (let i = 0; i < max + 3; i++) tracer.span(`step ${i}`, {}, () => time.ms++);
  });
  const spans = tracer.drain();
  expect(spans).toHaveLength(max);
  expect(spans.at(-1)?.name).toBe("root");
  expect(tracer.lost()).toBe(4);
});

test("knows the span that runs, and none outside of it or in silence", () => {
  const { tracer } = setUp();
  const ids = tracer.span("work", {}, () => tracer.current());
  expect(tracer.drain()[0]).toMatchObject({ ...ids });
  expect(ids?.traceId).toHaveLength(32);
  expect(tracer.current()).toBeUndefined();
  expect(tracer.silently(() => tracer.current())).toBeUndefined();
});

test("bounds the attributes of a span", () => {
  const { tracer } = setUp();
  tracer.span("wide", {}, (span) => {
    for (let i = 0; i < 100; i++) span.set(`key${i}`, i);
    span.set("key0", "again");
    span.set("none", undefined);
  });
  const { attributes } = tracer.drain()[0]!;
  expect(Object.keys(attributes)).toHaveLength(TELEMETRY_LIMITS.attributesPerSpanMax);
  expect(attributes["key0"]).toBe("again");
});

test("the silent tracer runs what it is given, and records nothing", () => {
  expect(silentTracer.span("work", {}, (span) => span.recorded)).toBe(false);
  silentTracer.record("work", { durationMs: 1 });
  expect(silentTracer.drain()).toEqual([]);
});
