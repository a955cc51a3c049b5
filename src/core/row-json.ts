import {
  type Attribute,
  attributeValue,
  type AttributeValue,
  type Resource,
  type Scope,
  type Series,
} from "./attributes.ts";
import { eventOfLogRow } from "./event-record.ts";
import type {
  ExemplarRow,
  HistogramPointRow,
  LogRow,
  NumberPointRow,
  PointNumber,
  SpanRow,
} from "./row-views.ts";
import { formatTime, millisecondsOf } from "./time.ts";
import {
  METRIC_KINDS,
  severityOf,
  SPAN_KINDS,
  SPAN_STATUSES,
  TEMPORALITIES,
} from "./vocabulary.ts";

/** Values that `JSON.stringify` takes as they are. */
export interface JsonObject {
  [key: string]: unknown;
}

type AnyRow =
  | { readonly kind: "span"; readonly row: SpanRow }
  | { readonly kind: "log"; readonly row: LogRow }
  | { readonly kind: "number_point"; readonly row: NumberPointRow }
  | { readonly kind: "histogram_point"; readonly row: HistogramPointRow };

/**
 * A row as it is written as JSON for people and other programs: a log record as the event that it is,
 * spans and points by OpenTelemetry's names, as the API answers with them. Ids are lower-case hex, times
 * RFC 3339 with nanoseconds, `durationMs` has fractions, integers beyond 2^53 are strings.
 *
 * @example JSON.stringify(jsonOfRow({ kind: "span", row })); // {"traceId":"5b8e…","name":"GET /users",…}
 */
export function jsonOfRow(row: AnyRow): JsonObject {
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

/**
 * The event of a log record, and whatever of the record the event does not say itself: `timestamp`,
 * `level`, `event_type`, `trace_id`, `span_id`, `resource` and `scope`. No key of the event is changed.
 */
export function jsonOfLog(row: LogRow): JsonObject {
  const event: JsonObject = eventOfLogRow(row);
  const lacks = (...keys: readonly string[]): boolean =>
    keys.every((key) => !Object.hasOwn(event, key));
  if (lacks("timestamp")) event["timestamp"] = formatTime(row.time);
  const level = severityOf(row.severity) ?? row.severityText;
  if (level !== "" && lacks("level", "severity")) event["level"] = level;
  if (row.eventName !== "" && lacks("event_type", "type")) event["event_type"] = row.eventName;
  if (!isZeroId(row.traceId) && lacks("trace_id", "traceId")) event["trace_id"] = row.traceId;
  if (!isZeroId(row.spanId) && lacks("span_id", "spanId")) event["span_id"] = row.spanId;
  if (row.resource.attributes.length > 0 && lacks("resource"))
    event["resource"] = resourceObject(row.resource);
  if (row.scope.name !== "" && lacks("scope")) event["scope"] = scopeObject(row.scope);
  return event;
}

export function jsonOfSpan(row: SpanRow): JsonObject {
  return {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId === "" ? null : row.parentSpanId,
    name: row.name,
    kind: SPAN_KINDS[row.kind] ?? SPAN_KINDS[0],
    service: row.resource.service,
    startTime: formatTime(row.time),
    endTime: formatTime(row.time + row.durationNs),
    durationMs: millisecondsOf(row.durationNs),
    status: { code: SPAN_STATUSES[row.status] ?? SPAN_STATUSES[0], message: row.statusMessage },
    traceState: row.traceState,
    attributes: attributesObject(row.attributes),
    resource: resourceObject(row.resource),
    scope: scopeObject(row.scope),
    events: row.events.map(({ time, name, attributes }) => ({
      time: formatTime(time),
      name,
      attributes: attributesObject(attributes),
    })),
    links: row.links.map(({ attributes, ...link }) => ({
      ...link,
      attributes: attributesObject(attributes),
    })),
    weight: row.weight,
  };
}

export function jsonOfNumberPoint(row: NumberPointRow): JsonObject {
  return {
    ...seriesFields(row.series),
    ...timeFields(row),
    value: jsonNumber(row.value),
    ...exemplarField(row.exemplars),
  };
}

export function jsonOfHistogramPoint(row: HistogramPointRow): JsonObject {
  return {
    ...seriesFields(row.series),
    ...timeFields(row),
    count: jsonNumber(row.count),
    sum: row.sum === null ? null : jsonNumber(row.sum),
    min: row.min === null ? null : jsonNumber(row.min),
    max: row.max === null ? null : jsonNumber(row.max),
    ...distributionFields(row),
    ...exemplarField(row.exemplars),
  };
}

/** What tells the kinds of histograms apart. */
function distributionFields(row: HistogramPointRow): JsonObject {
  switch (row.series.metric.type) {
    case "exponential_histogram":
      return {
        scale: row.scale,
        zeroCount: jsonNumber(row.zeroCount),
        zeroThreshold: row.zeroThreshold,
        positive: { offset: row.positive.offset, buckets: row.positive.buckets.map(jsonNumber) },
        negative: { offset: row.negative.offset, buckets: row.negative.buckets.map(jsonNumber) },
      };
    case "summary":
      return {
        quantiles: row.quantiles.map(({ quantile, value }) => ({
          quantile,
          value: jsonNumber(value),
        })),
      };
    default:
      return { bounds: row.bounds.map(jsonNumber), buckets: row.buckets.map(jsonNumber) };
  }
}

function seriesFields({ metric, resource, scope, attributes }: Series): JsonObject {
  return {
    name: metric.name,
    type: metric.type,
    unit: metric.unit,
    description: metric.description,
    temporality: TEMPORALITIES[metric.temporality],
    monotonic: metric.monotonic,
    service: resource.service,
    attributes: attributesObject(attributes),
    resource: resourceObject(resource),
    scope: scopeObject(scope),
  };
}

function timeFields({ time, startTime }: { time: bigint; startTime: bigint }): JsonObject {
  return { time: formatTime(time), startTime: startTime === 0n ? null : formatTime(startTime) };
}

function exemplarField(exemplars: readonly ExemplarRow[]): JsonObject {
  if (exemplars.length === 0) return {};
  return {
    exemplars: exemplars.map(({ time, value, traceId, spanId, attributes }) => ({
      time: formatTime(time),
      value: jsonNumber(value),
      traceId: isZeroId(traceId) ? null : traceId,
      spanId: isZeroId(spanId) ? null : spanId,
      attributes: attributesObject(attributes),
    })),
  };
}

/** What JSON cannot hold as a number is its text: NaN, the infinities, integers beyond 2^53. */
function jsonNumber(value: PointNumber): number | string {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Attributes as one object, each value of its own type; a key is a field whatever its name. */
export function attributesObject(attributes: readonly Attribute[]): {
  [key: string]: AttributeValue;
} {
  return Object.fromEntries(
    attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]),
  );
}

const RESOURCES = new WeakMap<Resource, { [key: string]: AttributeValue }>();

/** Made once for each resource: thousands of rows share one. It is not to be changed. */
export function resourceObject(resource: Resource): Readonly<Record<string, AttributeValue>> {
  const known = RESOURCES.get(resource);
  if (known !== undefined) return known;
  const made = attributesObject(resource.attributes);
  RESOURCES.set(resource, made);
  return made;
}

function scopeObject({ name, version, attributes }: Scope): JsonObject {
  return { name, version, attributes: attributesObject(attributes) };
}

function isZeroId(id: string): boolean {
  return /^0*$/.test(id);
}
