import { describe, expect, it } from "vitest";
import { LogBuilder } from "./build/log-builder.ts";
import { eventOfLogRow, logInputOfEvent } from "./event-record.ts";
import { type LogRow, logRow } from "./row-views.ts";

const OBSERVED_NS = 1_764_259_200_000_000_000n;

function rowOf(event: object): LogRow {
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const builder = new LogBuilder({ observedNs: OBSERVED_NS, window });
  expect(builder.add(logInputOfEvent(event))).toBe(true);
  return logRow(builder.finish(1), 0);
}

describe("the log record of an event", () => {
  it("has its message, type, level and time, and all else as attributes", () => {
    const event = {
      id: "evt-1",
      timestamp: "2025-11-27T10:00:00-0600",
      event_type: "task_completed",
      type: "ignored where there is an event_type",
      level: "warning",
      message: "done",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      span_id: "b7ad6b7169203331",
      duration_ms: 12.5,
      retries: 3,
      tags: ["a", { b: null }],
    };
    const row = rowOf(event);
    expect(row).toMatchObject({
      time: OBSERVED_NS,
      body: "done",
      eventName: "task_completed",
      severity: 13,
      severityText: "warning",
      traceId: event.trace_id,
      spanId: event.span_id,
    });
    expect(row.attributes.map(({ key, type }) => [key, String.fromCharCode(type)])).toEqual([
      ["id", "s"],
      ["timestamp", "s"],
      ["event_type", "s"],
      ["type", "s"],
      ["level", "s"],
      ["trace_id", "s"],
      ["span_id", "s"],
      ["duration_ms", "d"],
      ["retries", "i"],
      ["tags", "a"],
    ]);
    expect(eventOfLogRow(row)).toEqual(event);
  });

  it.each([
    [{ type: "x" }, { eventName: "x" }],
    [{ event_type: 5, type: "x" }, { eventName: "x" }],
    [{ level: 50 }, { severity: 17, severityText: "" }],
    [{ severity: 17 }, { severity: 17 }],
    [{ severity: "ERROR" }, { severity: 17, severityText: "ERROR" }],
    [
      { level: "odd", severity: "ERROR" },
      { severity: 0, severityText: "odd" },
    ],
    [{ timestamp: 1_764_259_200_123 }, { time: OBSERVED_NS + 123_000_000n }],
    [{ timestamp: "soon" }, { time: OBSERVED_NS }],
    [{ message: null }, { body: "" }],
    [{ message: { a: 1 } }, { body: '{"a":1}' }],
    [{}, { body: "", eventName: "", severity: 0 }],
    [{ traceId: "nonsense" }, { traceId: "0".repeat(32) }],
  ])("reads %j", (event, row) => {
    expect(rowOf(event)).toMatchObject(row);
    expect(eventOfLogRow(rowOf(event))).toEqual(event);
  });

  it("takes no field from a prototype", () => {
    const text = '{"__proto__":{"level":"error","message":"no"},"constructor":1}';
    const row = rowOf(JSON.parse(text) as object);
    expect(row).toMatchObject({ severity: 0, body: "" });
    const back = eventOfLogRow(row);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(JSON.stringify(back)).toBe(text);
  });
});
