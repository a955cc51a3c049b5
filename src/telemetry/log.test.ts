import { expect, test } from "vitest";
import type { Clock } from "#core/clock.ts";
import { TELEMETRY_LIMITS } from "#core/limits.ts";
import { createLogger, jsonLine, prettyLine, teeSinks, type LogRecord } from "./log.ts";

function capture(level: "debug" | "info" | "warn" | "error" = "debug") {
  const records: LogRecord[] = [];
  const time = { ms: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
  const clock: Clock = {
    nowMs: () => time.ms,
    monotonicMs: () => time.ms,
    setTimeout: () => ({ cancel: () => {} }),
  };
  const log = createLogger({ level, clock, sink: (record) => records.push(record) });
  return { log, records, time };
}

test("writes records of its level and above, and no others", () => {
  const { log, records } = capture("warn");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(records.map(({ level, message }) => `${level} ${message}`)).toEqual(["warn c", "error d"]);
});

test("bounds the rate of one message, and says afterwards how many records were held back", () => {
  const { log, records, time } = capture();
  const max = TELEMETRY_LIMITS.recordsPerMessageMax;
  for (let i = 0; i < max + 7; i++) log.error("The disk is full", { attempt: i });
  log.error("Another message");
  expect(records).toHaveLength(max + 1);
  time.ms += TELEMETRY_LIMITS.messageWindowMs;
  log.error("The disk is full");
  expect(records.at(-1)?.attributes).toEqual({ suppressed: 7 });
  log.error("The disk is full");
  expect(records.at(-1)?.attributes).toEqual({});
});

test("a child logger shares the bound of its parent", () => {
  const { log, records } = capture();
  for (let i = 0; i < 100; i++) log.child({ request: i }).info("Same message");
  expect(records).toHaveLength(TELEMETRY_LIMITS.recordsPerMessageMax);
});

test("a child's records carry its attributes, and the record's own win", () => {
  const { log, records } = capture();
  log.child({ component: "store", table: "spans" }).info("Inserted", { table: "logs", rows: 3 });
  expect(records[0]?.attributes).toEqual({ component: "store", table: "logs", rows: 3 });
});

test("an error becomes its type, its message with its causes, and its stack", () => {
  const { log, records } = capture();
  log.error("Failed", { error: new TypeError("outer", { cause: new Error("inner") }) });
  const attributes = records[0]!.attributes;
  expect(attributes["exception.type"]).toBe("TypeError");
  expect(attributes["exception.message"]).toBe("outer: inner");
  expect(attributes["exception.stacktrace"]).toContain("log.test.ts");
});

test("values that JSON cannot hold do not throw", () => {
  const { log, records } = capture();
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  log.info("Odd", { big: 2n ** 70n, circular, missing: undefined, call: () => 1, list: [1, 2] });
  expect(records[0]?.attributes).toEqual({
    big: "1180591620717411303424",
    circular: "[object that has no JSON form]",
    call: "function",
    list: "[1,2]",
  });
});

test("a long value is cut at its bound", () => {
  const { log, records } = capture();
  log.info("Long", { text: "x".repeat(TELEMETRY_LIMITS.logValueCharactersMax + 5) });
  expect(String(records[0]?.attributes["text"])).toHaveLength(
    TELEMETRY_LIMITS.logValueCharactersMax + 1,
  );
});

test("renders a record as one line of JSON", () => {
  const { log, records } = capture();
  log.warn("Slow\nquery", { durationMs: 12.5 });
  expect(JSON.parse(jsonLine(records[0]!))).toEqual({
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    message: "Slow\nquery",
    durationMs: 12.5,
  });
  expect(jsonLine(records[0]!)).not.toContain("\n");
});

test("renders a record as one line for people, without raw control characters", () => {
  const { log, records } = capture();
  log.info("Took\nit", { service: "shop", text: "a \u001b[31mred\u202e", rows: 4 });
  expect(prettyLine(records[0]!)).toBe(
    '03:04:05.678 info  Took\\nit service=shop text="a \\u001b[31mred\\u202e" rows=4',
  );
});

test("a record that is logged in a span belongs to it", () => {
  const records: LogRecord[] = [];
  const { time } = capture();
  const clock = {
    nowMs: () => time.ms,
    monotonicMs: () => time.ms,
    setTimeout: () => ({ cancel: () => {} }),
  };
  const span = { traceId: "ab", spanId: "cd" };
  createLogger({
    level: "info",
    clock,
    sink: (record) => records.push(record),
    currentSpan: () => span,
  }).info("In it");
  expect(records[0]?.span).toEqual(span);
});

test("a tee hands each record to every sink", () => {
  const seen: string[] = [];
  const sink = teeSinks(
    () => seen.push("first"),
    () => seen.push("second"),
  );
  sink({ timeMs: 0, level: "info", message: "x", attributes: {} });
  expect(seen).toEqual(["first", "second"]);
});
