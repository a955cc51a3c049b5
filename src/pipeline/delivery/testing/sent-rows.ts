import { type Attribute, ATTRIBUTE_TYPES, Resource, Scope, Series } from "#core/attributes.ts";
import type { MetricDescriptor } from "#core/attributes.ts";
import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import type { Delivery, Row } from "../delivery.ts";
import { logRowOf } from "./delivery-fixture.ts";

// Rows of every kind for the tests of destinations, each with what the test says of it.

/** 2025-11-27T16:00:00.123456789Z */
export const SENT_NS = 1_764_259_200_123_456_789n;

export function textAttribute(key: string, value: string): Attribute {
  return { key, value, type: ATTRIBUTE_TYPES.string };
}

/** Service `shop` on `web-1`. */
export const SHOP = new Resource([
  textAttribute("service.name", "shop"),
  textAttribute("host.name", "web-1"),
]);
const LIBRARY = new Scope("library", "1");

export function sentLog(fields: Partial<LogRow> = {}): Row {
  const origin = { resource: SHOP, scope: LIBRARY, time: SENT_NS };
  return { kind: "log", row: { ...logRowOf("paid"), ...origin, ...fields } };
}

export function sentSpan(fields: Partial<SpanRow> = {}): Row {
  const row: SpanRow = {
    resource: SHOP,
    scope: LIBRARY,
    name: "GET /users",
    time: SENT_NS,
    durationNs: 45_500_000n,
    kind: 2,
    status: 2,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "",
    traceState: "",
    statusMessage: "",
    flags: 1,
    weight: 1,
    attributes: [textAttribute("http.route", "/users")],
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    ...fields,
  };
  return { kind: "span", row };
}

/** A series of a gauge without attributes, unless the test says otherwise. */
export function sentSeries(
  metric: Partial<MetricDescriptor>,
  attributes: readonly Attribute[] = [],
): Series {
  const gauge = { name: "load", description: "", unit: "", type: "gauge" } as const;
  const descriptor = { ...gauge, temporality: 0, monotonic: false, ...metric } as const;
  return new Series(descriptor, SHOP, LIBRARY, attributes);
}

export function sentPoint(series: Series, value: number | bigint, time = SENT_NS): Row {
  const row: NumberPointRow = { series, time, startTime: 0n, value, flags: 0, exemplars: [] };
  return { kind: "number_point", row };
}

export function sentHistogram(series: Series, fields: Partial<HistogramPointRow>): Row {
  const none = { offset: 0, buckets: [] };
  const row: HistogramPointRow = {
    series,
    time: SENT_NS,
    startTime: 0n,
    count: 3n,
    sum: 6.5,
    min: null,
    max: null,
    bounds: [],
    buckets: [],
    scale: 0,
    zeroCount: 0n,
    zeroThreshold: 0,
    positive: none,
    negative: none,
    quantiles: [],
    flags: 0,
    exemplars: [],
    ...fields,
  };
  return { kind: "histogram_point", row };
}

export function sentDelivery(rows: readonly Row[], key = "key"): Delivery {
  return { org: "default", rows, key, rowKey: (index) => `${key}.${index}`, attempt: 1 };
}

/** What a send failed with; undefined when it did not. */
export function failureOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}
