import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope, Series } from "#core/attributes.ts";
import type { Attribute, MetricDescriptor } from "#core/attributes.ts";
import type { HistogramPointRow, LogRow, SpanRow } from "#core/row-views.ts";
import { jsonOfRow } from "./row-json.ts";
import { logRowOf } from "./testing/delivery-fixture.ts";

const TIME = 1_750_000_000_123_456_789n;
const string = (key: string, value: string): Attribute => ({
  key,
  value,
  type: ATTRIBUTE_TYPES.string,
});
const resource = new Resource([string("service.name", "shop")]);
const scope = new Scope("", "");

function log(fields: Partial<LogRow>): unknown {
  return jsonOfRow({ kind: "log", row: { ...logRowOf("paid"), time: TIME, ...fields } });
}

function series(metric: Partial<MetricDescriptor>): Series {
  const descriptor: MetricDescriptor = {
    name: "http.requests",
    description: "",
    unit: "1",
    type: "sum",
    temporality: 2,
    monotonic: true,
    ...metric,
  };
  return new Series(descriptor, resource, scope, [string("route", "/")]);
}

describe("an event", () => {
  it("comes out with the fields that it was sent with, before all others", () => {
    const attributes = [
      string("timestamp", "2025-06-15T15:06:40-0600"),
      string("level", "warning"),
      string("event_type", "payment"),
      { key: "amount", value: "12.5", type: ATTRIBUTE_TYPES.double },
      { key: "items", value: '["a",1]', type: ATTRIBUTE_TYPES.array },
      string("__proto__", "kept"),
    ];
    const json = log({
      attributes,
      eventName: "payment",
      severity: 13,
      resource: new Resource([]),
      scope,
    });
    expect(Object.entries(json as object)).toEqual([
      ["timestamp", "2025-06-15T15:06:40-0600"],
      ["level", "warning"],
      ["event_type", "payment"],
      ["amount", 12.5],
      ["items", ["a", 1]],
      ["__proto__", "kept"],
      ["message", "paid"],
    ]);
  });

  it("gets what a log record has beside its attributes", () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const json = log({ severity: 17, eventName: "payment", traceId, spanId: "b7ad6b7169203331" });
    expect(json).toEqual({
      timestamp: "2025-06-15T15:06:40.123456789Z",
      level: "error",
      event_type: "payment",
      message: "paid",
      trace_id: traceId,
      span_id: "b7ad6b7169203331",
      resource: { "service.name": "shop" },
      scope: { name: "library", version: "1" },
    });
  });

  it("has the time at which it was observed when it has no other", () => {
    expect(log({ time: 0n, observedTime: TIME })).toMatchObject({
      timestamp: "2025-06-15T15:06:40.123456789Z",
    });
  });
});

it("a span has the documented fields", () => {
  const row: SpanRow = {
    resource,
    scope: new Scope("lib", "2"),
    time: TIME,
    durationNs: 1_500_000n,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "",
    traceState: "",
    name: "GET /",
    kind: 2,
    status: 2,
    statusMessage: "boom",
    flags: 0,
    weight: 10,
    attributes: [{ key: "n", value: "9007199254740993", type: ATTRIBUTE_TYPES.int }],
    events: [{ time: TIME, name: "exception", attributes: [string("a", "b")] }],
    links: [{ traceId: "1".repeat(32), spanId: "2".repeat(16), traceState: "", attributes: [] }],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
  expect(jsonOfRow({ kind: "span", row })).toEqual({
    signal: "traces",
    traceId: row.traceId,
    spanId: row.spanId,
    name: "GET /",
    kind: "server",
    service: "shop",
    startTime: "2025-06-15T15:06:40.123456789Z",
    endTime: "2025-06-15T15:06:40.124956789Z",
    durationMs: 1.5,
    status: { code: "error", message: "boom" },
    attributes: { n: "9007199254740993" },
    events: [{ time: "2025-06-15T15:06:40.123456789Z", name: "exception", attributes: { a: "b" } }],
    links: [{ traceId: "1".repeat(32), spanId: "2".repeat(16), attributes: {} }],
    weight: 10,
    resource: { "service.name": "shop" },
    scope: { name: "lib", version: "2" },
  });
});

describe("a point", () => {
  it("of a sum has its value, exact where it is an integer", () => {
    const row = {
      series: series({}),
      time: TIME,
      startTime: 0n,
      value: (1n << 60n) + 1n,
      flags: 0,
      exemplars: [],
    };
    expect(jsonOfRow({ kind: "number_point", row })).toEqual({
      signal: "metrics",
      metric: "http.requests",
      type: "sum",
      unit: "1",
      temporality: "cumulative",
      monotonic: true,
      service: "shop",
      time: "2025-06-15T15:06:40.123456789Z",
      attributes: { route: "/" },
      resource: { "service.name": "shop" },
      scope: { name: "" },
      value: "1152921504606846977",
    });
  });

  const histogram: HistogramPointRow = {
    series: series({ type: "histogram", unit: "" }),
    time: TIME,
    startTime: TIME,
    count: 3n,
    sum: Number.POSITIVE_INFINITY,
    min: null,
    max: 2,
    bounds: [1],
    buckets: [2n, 1n],
    scale: 3,
    zeroCount: 1n,
    zeroThreshold: 0.5,
    positive: { offset: -1, buckets: [2n] },
    negative: { offset: 0, buckets: [] },
    quantiles: [{ quantile: 0.5, value: 1 }],
    flags: 0,
    exemplars: [],
  };
  const of = (type: MetricDescriptor["type"]): unknown =>
    jsonOfRow({ kind: "histogram_point", row: { ...histogram, series: series({ type }) } });

  it("of a histogram has counts and bounds", () => {
    expect(of("histogram")).toMatchObject({
      count: 3,
      sum: "Infinity",
      max: 2,
      bounds: [1],
      buckets: [2, 1],
    });
    expect(of("histogram")).not.toHaveProperty("min");
    expect(of("histogram")).not.toHaveProperty("scale");
  });

  it("of an exponential histogram has its scale and both halves", () => {
    expect(of("exponential_histogram")).toMatchObject({
      scale: 3,
      zeroCount: 1,
      zeroThreshold: 0.5,
      positive: { offset: -1, buckets: [2] },
      negative: { offset: 0, buckets: [] },
    });
  });

  it("of a summary has its quantiles", () => {
    expect(of("summary")).toMatchObject({ quantiles: [{ quantile: 0.5, value: 1 }] });
    expect(of("summary")).not.toHaveProperty("temporality");
  });
});
