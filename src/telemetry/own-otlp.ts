import type { LogLevel, LogRecord } from "./log.ts";
import type { MetricSnapshot } from "./meter.ts";
import type { FinishedSpan, SpanKind } from "./tracer.ts";

/** The service under which Sightglass keeps its own telemetry. */
export const OWN_SERVICE = "sightglass";

/** Attributes by key; numbers that are whole become int64. */
export type PlainAttributes = Readonly<Record<string, string | number | boolean>>;

const SPAN_KINDS: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const SEVERITIES: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 };
const SCOPE = { name: OWN_SERVICE };
const CUMULATIVE = 2;

/** An export request of own spans, in the shape of OTLP/JSON. */
export function spansRequest(spans: readonly FinishedSpan[], resource: PlainAttributes): object {
  return {
    resourceSpans: [
      {
        resource: resourceOf(resource),
        scopeSpans: [{ scope: SCOPE, spans: spans.map(spanShape) }],
      },
    ],
  };
}

function spanShape(span: FinishedSpan): object {
  const { traceId, spanId, parentSpanId, name, kind, startMs, durationMs, error, attributes } =
    span;
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: SPAN_KINDS[kind],
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(startMs + durationMs),
    attributes: attributesOf(attributes),
    status: error === undefined ? {} : { code: 2, message: error },
  };
}

/** An export request of own log records, in the shape of OTLP/JSON. */
export function logsRequest(records: readonly LogRecord[], resource: PlainAttributes): object {
  return {
    resourceLogs: [
      {
        resource: resourceOf(resource),
        scopeLogs: [{ scope: SCOPE, logRecords: records.map(logShape) }],
      },
    ],
  };
}

function logShape({ timeMs, level, message, attributes, span }: LogRecord): object {
  return {
    timeUnixNano: nanos(timeMs),
    observedTimeUnixNano: nanos(timeMs),
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    body: { stringValue: message },
    attributes: attributesOf(attributes),
    ...span,
  };
}

/** An export request of own metrics, in the shape of OTLP/JSON; undefined when none has a point. */
export function metricsRequest(
  metrics: readonly MetricSnapshot[],
  times: { readonly startMs: number; readonly nowMs: number },
  resource: PlainAttributes,
): object | undefined {
  const shapes = metrics
    .filter(({ points }) => points.length > 0)
    .map((metric) => metricShape(metric, times));
  if (shapes.length === 0) return undefined;
  return {
    resourceMetrics: [
      { resource: resourceOf(resource), scopeMetrics: [{ scope: SCOPE, metrics: shapes }] },
    ],
  };
}

function metricShape(
  metric: MetricSnapshot,
  { startMs, nowMs }: { startMs: number; nowMs: number },
): object {
  const head = { name: metric.name, description: metric.help, unit: metric.unit };
  const at = (labels: PlainAttributes): object => ({
    attributes: attributesOf(labels),
    startTimeUnixNano: nanos(startMs),
    timeUnixNano: nanos(nowMs),
  });
  if (metric.kind === "histogram") {
    const dataPoints = metric.points.map(({ labels, count, sum, bounds, counts }) => ({
      ...at(labels),
      count,
      sum,
      bucketCounts: counts,
      explicitBounds: bounds,
    }));
    return { ...head, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
  }
  const dataPoints = metric.points.map(({ labels, value }) => ({
    ...at(labels),
    ...(Number.isSafeInteger(value) ? { asInt: value } : { asDouble: value }),
  }));
  return metric.kind === "gauge"
    ? { ...head, gauge: { dataPoints } }
    : { ...head, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } };
}

function resourceOf(attributes: PlainAttributes): object {
  return { attributes: attributesOf({ "service.name": OWN_SERVICE, ...attributes }) };
}

function attributesOf(attributes: PlainAttributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value };
}

/** Unix nanoseconds of Unix milliseconds, to the microsecond, which is what a clock's milliseconds hold. */
function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000)) * 1_000n;
}
