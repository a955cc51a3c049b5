import { attributeValue } from "#core/attributes.ts";
import type { Attribute, Resource, Scope } from "#core/attributes.ts";
import { eventOfLogRow } from "#core/event-record.ts";
import type {
  ExemplarRow,
  HistogramPointRow,
  LogRow,
  NumberPointRow,
  SpanRow,
} from "#core/row-views.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import { severityOf, SPAN_KINDS, SPAN_STATUSES, TEMPORALITIES } from "#core/vocabulary.ts";
import type { Row } from "./delivery.ts";

/** What `JSON.stringify` takes. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A row as a JSON object, for destinations that send JSON: docs/formats/rows-as-json.md says which
 * fields there are. Times are RFC 3339 with nanoseconds; integers beyond 2^53 and numbers that JSON
 * does not have are strings.
 */
export function jsonOfRow(row: Row): JsonObject {
  switch (row.kind) {
    case "log":
      return jsonOfLog(row.row);
    case "span":
      return jsonOfSpan(row.row);
    case "number_point":
      return jsonOfNumberPoint(row.row);
    case "histogram_point":
      return jsonOfHistogramPoint(row.row);
  }
}

/** The event as it was sent; what an event has no field for is added where the sender gave it apart. */
function jsonOfLog(row: LogRow): JsonObject {
  const event = eventOfLogRow(row);
  const level = severityOf(row.severity);
  const has = (...keys: readonly string[]): boolean =>
    keys.some((key) => Object.hasOwn(event, key));
  const before: { [key: string]: unknown } = {};
  if (!has("timestamp"))
    before["timestamp"] = formatTime(row.time === 0n ? row.observedTime : row.time);
  if (level !== undefined && !has("level", "severity")) before["level"] = level;
  if (row.eventName !== "" && !has("event_type", "type")) before["event_type"] = row.eventName;
  // Most events have all of these: they are not copied.
  const all = Object.keys(before).length === 0 ? event : { ...before, ...event };
  if (!isZero(row.traceId) && !has("trace_id", "traceId")) all["trace_id"] = row.traceId;
  if (!isZero(row.spanId) && !has("span_id", "spanId")) all["span_id"] = row.spanId;
  if (row.resource.attributes.length > 0 && !has("resource"))
    all["resource"] = resourceValues(row.resource);
  if (row.scope.name !== "" && !has("scope")) all["scope"] = scopeOf(row.scope);
  return all;
}

function jsonOfSpan(row: SpanRow): JsonObject {
  return {
    signal: "traces",
    traceId: row.traceId,
    spanId: row.spanId,
    ...(row.parentSpanId === "" ? {} : { parentSpanId: row.parentSpanId }),
    ...(row.traceState === "" ? {} : { traceState: row.traceState }),
    name: row.name,
    kind: SPAN_KINDS[row.kind] ?? "unspecified",
    service: row.resource.service,
    startTime: formatTime(row.time),
    endTime: formatTime(row.time + row.durationNs),
    durationMs: millisecondsOf(row.durationNs),
    status: {
      code: SPAN_STATUSES[row.status] ?? "unset",
      ...(row.statusMessage === "" ? {} : { message: row.statusMessage }),
    },
    attributes: valuesOf(row.attributes),
    events: row.events.map(({ time, name, attributes }) => ({
      time: formatTime(time),
      name,
      attributes: valuesOf(attributes),
    })),
    links: row.links.map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: valuesOf(attributes),
    })),
    ...(row.weight === 1 ? {} : { weight: row.weight }),
    ...resourceOf(row.resource),
    scope: scopeOf(row.scope),
  };
}

function jsonOfNumberPoint(row: NumberPointRow): JsonObject {
  return { ...pointFields(row), value: numberOf(row.value) };
}

function jsonOfHistogramPoint(row: HistogramPointRow): JsonObject {
  const { type } = row.series.metric;
  const base = {
    ...pointFields(row),
    count: numberOf(row.count),
    ...(row.sum === null ? {} : { sum: numberOf(row.sum) }),
    ...(row.min === null ? {} : { min: numberOf(row.min) }),
    ...(row.max === null ? {} : { max: numberOf(row.max) }),
  };
  if (type === "summary")
    return {
      ...base,
      quantiles: row.quantiles.map(({ quantile, value }) => ({
        quantile: numberOf(quantile),
        value: numberOf(value),
      })),
    };
  if (type === "histogram")
    return { ...base, bounds: row.bounds.map(numberOf), buckets: row.buckets.map(numberOf) };
  const half = ({ offset, buckets }: HistogramPointRow["positive"]): JsonObject => ({
    offset,
    buckets: buckets.map(numberOf),
  });
  return {
    ...base,
    scale: row.scale,
    zeroCount: numberOf(row.zeroCount),
    zeroThreshold: numberOf(row.zeroThreshold),
    positive: half(row.positive),
    negative: half(row.negative),
  };
}

function pointFields({
  series,
  time,
  startTime,
  exemplars,
}: NumberPointRow | HistogramPointRow): JsonObject {
  const { metric, resource, scope, attributes } = series;
  const hasTemporality = metric.type !== "gauge" && metric.type !== "summary";
  return {
    signal: "metrics",
    metric: metric.name,
    type: metric.type,
    ...(metric.unit === "" ? {} : { unit: metric.unit }),
    ...(hasTemporality ? { temporality: TEMPORALITIES[metric.temporality] } : {}),
    ...(metric.type === "sum" ? { monotonic: metric.monotonic } : {}),
    service: resource.service,
    time: formatTime(time),
    ...(startTime === 0n ? {} : { startTime: formatTime(startTime) }),
    attributes: valuesOf(attributes),
    ...(exemplars.length === 0 ? {} : { exemplars: exemplars.map(jsonOfExemplar) }),
    ...resourceOf(resource),
    scope: scopeOf(scope),
  };
}

function jsonOfExemplar({ time, value, traceId, spanId, attributes }: ExemplarRow): JsonObject {
  return {
    time: formatTime(time),
    value: numberOf(value),
    ...(isZero(traceId) ? {} : { traceId, spanId }),
    attributes: valuesOf(attributes),
  };
}

/** Each key becomes a field of the object itself, whatever its name. */
function valuesOf(attributes: readonly Attribute[]): JsonObject {
  return Object.fromEntries(
    attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]),
  );
}

function resourceOf(resource: Resource): JsonObject {
  return resource.attributes.length === 0 ? {} : { resource: resourceValues(resource) };
}

const RESOURCE_VALUES = new WeakMap<Resource, JsonObject>();

/** Made once for each resource: thousands of rows share one. */
function resourceValues(resource: Resource): JsonObject {
  let values = RESOURCE_VALUES.get(resource);
  if (values === undefined)
    RESOURCE_VALUES.set(resource, (values = Object.freeze(valuesOf(resource.attributes))));
  return values;
}

function scopeOf({ name, version, attributes }: Scope): JsonObject {
  return {
    name,
    ...(version === "" ? {} : { version }),
    ...(attributes.length === 0 ? {} : { attributes: valuesOf(attributes) }),
  };
}

function numberOf(value: number | bigint): number | string {
  const number = Number(value);
  if (typeof value === "bigint") return Number.isSafeInteger(number) ? number : String(value);
  return Number.isFinite(value) ? value : String(value);
}

function isZero(id: string): boolean {
  return /^0*$/.test(id);
}
