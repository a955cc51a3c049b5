import { describe, expect, it } from "vitest";
import { LogBuilder } from "./build/log-builder.ts";
import { MetricBuilder } from "./build/metric-builder.ts";
import { ATTRIBUTE_TYPES, Resource, Scope } from "./attributes.ts";
import { logInputOfEvent } from "./event-record.ts";
import { jsonOfRow } from "./row-json.ts";
import {
  histogramPointRow,
  type LogRow,
  logRow,
  numberPointRow,
  type SpanRow,
} from "./row-views.ts";

const TIME_NS = 1_764_259_200_123_456_789n;
const TIME = "2025-11-27T16:00:00.123456789Z";
const OPTIONS = {
  observedNs: TIME_NS,
  window: { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER },
};

function logOf(event: object): LogRow {
  const builder = new LogBuilder(OPTIONS);
  builder.group({ "service.name": "shop" }, { name: "library", version: "1" });
  expect(builder.add(logInputOfEvent(event))).toBe(true);
  return logRow(builder.finish(1), 0);
}

describe("a row as JSON", () => {
  it("is, of a log record, its event with what the event does not say", () => {
    const event = { id: 7, message: "done", tags: ["a", { b: null }] };
    expect(jsonOfRow({ kind: "log", row: logOf(event) })).toEqual({
      ...event,
      timestamp: TIME,
      resource: { "service.name": "shop" },
      scope: { name: "library", version: "1", attributes: {} },
    });
  });

  it("keeps every key of the event as it is", () => {
    const event = {
      timestamp: "2025-11-27T10:00:00-0600",
      type: "started",
      severity: "warning",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      resource: "own",
      scope: null,
      message: { nested: true },
    };
    expect(jsonOfRow({ kind: "log", row: logOf(event) })).toEqual(event);
  });

  it("names level, type and ids of a record that was no event", () => {
    const row = {
      ...logOf({ message: "text" }),
      severity: 18,
      eventName: "paid",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    };
    expect(jsonOfRow({ kind: "log", row })).toMatchObject({
      level: "error",
      event_type: "paid",
      trace_id: row.traceId,
      span_id: row.spanId,
    });
  });

  it("is, of a span, what the API answers with", () => {
    const attribute = { key: "http.status", value: "200", type: ATTRIBUTE_TYPES.int };
    const row: SpanRow = {
      resource: new Resource([
        { key: "service.name", value: "shop", type: ATTRIBUTE_TYPES.string },
      ]),
      scope: new Scope("library", "1"),
      time: TIME_NS,
      durationNs: 1_500_000n,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      parentSpanId: "",
      traceState: "",
      name: "GET /users",
      kind: 2,
      status: 2,
      statusMessage: "failed",
      flags: 1,
      weight: 10,
      attributes: [attribute],
      events: [{ time: TIME_NS, name: "exception", attributes: [attribute] }],
      links: [{ traceId: "1", spanId: "2", traceState: "", attributes: [attribute] }],
      droppedAttributes: 0,
      droppedEvents: 0,
      droppedLinks: 0,
    };
    expect(jsonOfRow({ kind: "span", row })).toEqual({
      traceId: row.traceId,
      spanId: row.spanId,
      parentSpanId: null,
      name: "GET /users",
      kind: "server",
      service: "shop",
      startTime: TIME,
      endTime: "2025-11-27T16:00:00.124956789Z",
      durationMs: 1.5,
      status: { code: "error", message: "failed" },
      traceState: "",
      attributes: { "http.status": 200 },
      resource: { "service.name": "shop" },
      scope: { name: "library", version: "1", attributes: {} },
      events: [{ time: TIME, name: "exception", attributes: { "http.status": 200 } }],
      links: [{ traceId: "1", spanId: "2", traceState: "", attributes: { "http.status": 200 } }],
      weight: 10,
    });
  });

  it("is, of a point, its series, its times and its numbers, with text for those that JSON lacks", () => {
    const builder = new MetricBuilder(OPTIONS);
    builder.group({ "service.name": "shop" });
    const metric = { name: "orders", unit: "{order}", type: "sum", temporality: 2 } as const;
    const labels = { method: "GET" };
    builder.number(metric, labels, { timeNs: TIME_NS, startNs: TIME_NS, value: 2n ** 60n });
    builder.number({ name: "load", type: "gauge" }, {}, { timeNs: TIME_NS, value: Number.NaN });
    const batch = builder.finish(1);
    expect(jsonOfRow({ kind: "number_point", row: numberPointRow(batch, 0) })).toEqual({
      name: "orders",
      type: "sum",
      unit: "{order}",
      description: "",
      temporality: "cumulative",
      monotonic: false,
      service: "shop",
      attributes: labels,
      resource: { "service.name": "shop" },
      scope: { name: "", version: "", attributes: {} },
      time: TIME,
      startTime: TIME,
      value: "1152921504606846976",
    });
    expect(jsonOfRow({ kind: "number_point", row: numberPointRow(batch, 1) })).toMatchObject({
      type: "gauge",
      startTime: null,
      value: "NaN",
    });
  });

  it("is, of a histogram's point, its buckets", () => {
    const builder = new MetricBuilder(OPTIONS);
    builder.group({});
    const point = { timeNs: TIME_NS, count: 3n, sum: 6, bounds: [1, 2], buckets: [1n, 1n, 1n] };
    builder.histogram({ name: "latency", temporality: 1 }, {}, point);
    const row = histogramPointRow(builder.finish(1), 0);
    expect(jsonOfRow({ kind: "histogram_point", row })).toMatchObject({
      type: "histogram",
      temporality: "delta",
      count: 3,
      sum: 6,
      min: null,
      bounds: [1, 2],
      buckets: [1, 1, 1],
    });
  });
});
