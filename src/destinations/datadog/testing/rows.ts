import type { AttributeInput } from "#core/build/attribute-input.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import { SpanBuilder } from "#core/build/span-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { histogramPointRow, logRow, numberPointRow, spanRow } from "#core/row-views.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";

// Rows as tests want them, made by the builders that receivers use.

export const NOW_MS = Date.parse("2025-06-15T12:00:00Z");
export const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

export const RESOURCE: Readonly<Record<string, AttributeInput>> = {
  "service.name": "cart",
  "service.version": "1.2",
  "deployment.environment.name": "prod",
  "host.name": "web-1",
};

export function logsOf(
  events: readonly object[],
  resource: Readonly<Record<string, AttributeInput>> = RESOURCE,
): Row[] {
  const builder = new LogBuilder({ observedNs: NOW_NS, window: WINDOW });
  builder.group(resource);
  for (const one of events) builder.add(logInputOfEvent(one));
  const batch = builder.finish(1);
  return events.map((_, row) => ({ kind: "log", row: logRow(batch, row) }));
}

export function spanOf(
  name: string,
  attributes: Readonly<Record<string, AttributeInput>> = {},
): Row {
  const builder = new SpanBuilder({ window: WINDOW });
  builder.group(RESOURCE, { name: "library", version: "3" });
  builder.add({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "00f067aa0ba902b7",
    name,
    kind: 2,
    status: 2,
    statusMessage: "broken",
    startNs: NOW_NS,
    endNs: NOW_NS + 1_500_000n,
    attributes,
  });
  return { kind: "span", row: spanRow(builder.finish(1), 0) };
}

type NumberMetric = Parameters<MetricBuilder["number"]>[0];
type Point = Parameters<MetricBuilder["number"]>[2];

export function numberOf(
  metric: NumberMetric,
  point: Partial<Point> & Pick<Point, "value">,
  labels: Readonly<Record<string, string>> = {},
  resource = RESOURCE,
): Row {
  const builder = new MetricBuilder({ window: WINDOW });
  builder.group(resource);
  builder.number(metric, labels, { timeNs: NOW_NS, ...point });
  return { kind: "number_point", row: numberPointRow(builder.finish(1), 0) };
}

type HistogramMetric = Parameters<MetricBuilder["histogram"]>[0];
type Histogram = Parameters<MetricBuilder["histogram"]>[2];

export function histogramOf(metric: HistogramMetric, point: Histogram): Row {
  const builder = new MetricBuilder({ window: WINDOW });
  builder.group(RESOURCE);
  builder.histogram(metric, { route: "/" }, point);
  return { kind: "histogram_point", row: histogramPointRow(builder.finish(1), 0) };
}

export function deliveryOf(rows: readonly Row[], attempt = 1): Delivery {
  return { org: "acme", rows, key: "key", rowKey: (index) => `key.${index}`, attempt };
}
