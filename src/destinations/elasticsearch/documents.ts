import { ATTRIBUTE_TYPES, attributeValue, type Resource, type Scope } from "#core/attributes.ts";
import type {
  ExemplarRow,
  HistogramPointRow,
  LogRow,
  NumberPointRow,
  SpanRow,
} from "#core/row-views.ts";
import { formatTime } from "#core/time.ts";
import { SPAN_KINDS, SPAN_STATUSES, TEMPORALITIES } from "#core/vocabulary.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { timeNsOf } from "#pipeline/delivery/row-facts.ts";
import { jsonOfRow, type JsonObject } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { eventFields } from "./event-fields.ts";
import { fieldsOf, fieldValue } from "./field-values.ts";

/** A document as JSON on one line. */
export function documentOf(row: Row, form: "otel" | "event"): string {
  const document = form === "otel" ? otelDocumentOf(row) : eventDocumentOf(row);
  return wellFormedJson(document);
}

/** The row's JSON (docs/formats/rows-as-json.md) with the time where both engines look for it. */
function eventDocumentOf(row: Row): JsonObject {
  const event = eventFields(jsonOfRow(row));
  event["@timestamp"] = formatTime(timeNsOf(row));
  return event;
}

/** Names and values are those of OpenTelemetry's own exporter in its mode `otel`, as far as that has them. */
function otelDocumentOf(row: Row): JsonObject {
  switch (row.kind) {
    case "log":
      return logDocument(row.row);
    case "span":
      return spanDocument(row.row);
    case "number_point":
      return pointDocument(row.row, { value: row.row.value }, {});
    case "histogram_point":
      return histogramDocument(row.row);
  }
}

function logDocument(row: LogRow): JsonObject {
  return {
    "@timestamp": formatTime(row.time === 0n ? row.observedTime : row.time),
    ...(row.observedTime === 0n ? {} : { observed_timestamp: formatTime(row.observedTime) }),
    ...textField("severity_text", row.severityText),
    ...(row.severity === 0 ? {} : { severity_number: row.severity }),
    ...idField("trace_id", row.traceId),
    ...idField("span_id", row.spanId),
    ...textField("event_name", row.eventName),
    ...bodyOf(row),
    attributes: fieldsOf(row.attributes),
    ...(row.droppedAttributes === 0 ? {} : { dropped_attributes_count: row.droppedAttributes }),
    ...weightOf(row),
    ...originOf(row),
  };
}

/** An object is `body.structured`, a list the field `value` of one, since neither engine takes lists there. */
function bodyOf(row: LogRow): JsonObject {
  if (row.bodyType === ATTRIBUTE_TYPES.empty) return {};
  const value = fieldValue(attributeValue(row.body, row.bodyType));
  if (typeof value !== "object" || value === null)
    return { body: { text: typeof value === "string" ? value : row.body } };
  return { body: { structured: Array.isArray(value) ? { value } : value } };
}

function spanDocument(row: SpanRow): JsonObject {
  const dropped = {
    dropped_attributes_count: row.droppedAttributes,
    dropped_events_count: row.droppedEvents,
    dropped_links_count: row.droppedLinks,
  };
  return {
    "@timestamp": formatTime(row.time),
    trace_id: row.traceId,
    span_id: row.spanId,
    ...textField("parent_span_id", row.parentSpanId),
    ...textField("trace_state", row.traceState),
    name: row.name,
    kind: capitalized(SPAN_KINDS[row.kind] ?? SPAN_KINDS[0]),
    duration: integer(row.durationNs),
    status: {
      code: capitalized(SPAN_STATUSES[row.status] ?? SPAN_STATUSES[0]),
      ...textField("message", row.statusMessage),
    },
    attributes: fieldsOf(row.attributes),
    events: row.events.map(({ time, name, attributes }) => ({
      "@timestamp": formatTime(time),
      event_name: name,
      attributes: fieldsOf(attributes),
    })),
    links: row.links.map(({ traceId, spanId, traceState, attributes }) => ({
      trace_id: traceId,
      span_id: spanId,
      ...textField("trace_state", traceState),
      attributes: fieldsOf(attributes),
    })),
    ...Object.fromEntries(Object.entries(dropped).filter(([, count]) => count !== 0)),
    ...weightOf(row),
    ...originOf(row),
  };
}

function histogramDocument(row: HistogramPointRow): JsonObject {
  const { count, sum, min, max } = row;
  return pointDocument(row, { count, sum, min, max }, distributionOf(row));
}

/** How the values are spread, which is kept and not searched. */
function distributionOf(row: HistogramPointRow): JsonObject {
  switch (row.series.metric.type) {
    case "summary":
      return {
        quantiles: row.quantiles.map(({ quantile, value }) => ({
          quantile: number(quantile),
          value: number(value),
        })),
      };
    case "exponential_histogram":
      return {
        scale: row.scale,
        zero_count: integer(row.zeroCount),
        zero_threshold: number(row.zeroThreshold),
        positive: halfOf(row.positive),
        negative: halfOf(row.negative),
      };
    default:
      return { bounds: row.bounds.map(number), bucket_counts: row.buckets.map(integer) };
  }
}

function halfOf({ offset, buckets }: HistogramPointRow["positive"]): JsonObject {
  return { offset, bucket_counts: buckets.map(integer) };
}

/**
 * A point of a metric. Its numbers are fields of its own where a field of numbers can hold them; what is
 * not finite, and the distribution, stand in `unindexed`.
 */
function pointDocument(
  { series, time, startTime, exemplars }: NumberPointRow | HistogramPointRow,
  numbers: Readonly<Record<string, number | bigint | null>>,
  distribution: JsonObject,
): JsonObject {
  const { metric, attributes } = series;
  const unindexed: Record<string, unknown> = { ...distribution };
  const searched: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (value === null) continue;
    const isHeld = typeof value === "bigint" || Number.isFinite(value);
    (isHeld ? searched : unindexed)[name] =
      typeof value === "bigint" ? integer(value) : number(value);
  }
  if (exemplars.length > 0) unindexed["exemplars"] = exemplars.map(exemplarOf);
  const hasTemporality = metric.type !== "gauge" && metric.type !== "summary";
  return {
    "@timestamp": formatTime(time),
    ...(startTime === 0n ? {} : { start_timestamp: formatTime(startTime) }),
    metric: {
      name: metric.name,
      type: metric.type,
      ...textField("unit", metric.unit),
      ...textField("description", metric.description),
      ...(hasTemporality ? { temporality: TEMPORALITIES[metric.temporality] } : {}),
      ...(metric.type === "sum" ? { monotonic: metric.monotonic } : {}),
    },
    ...searched,
    ...(Object.keys(unindexed).length === 0 ? {} : { unindexed }),
    attributes: fieldsOf(attributes),
    ...originOf(series),
  };
}

function exemplarOf({ time, value, traceId, spanId, attributes }: ExemplarRow): JsonObject {
  return {
    "@timestamp": formatTime(time),
    value: typeof value === "bigint" ? integer(value) : number(value),
    ...idField("trace_id", traceId),
    ...idField("span_id", spanId),
    attributes: fieldsOf(attributes),
  };
}

const RESOURCES = new WeakMap<Resource, JsonObject>();

/** The resource's part is made once for each: thousands of rows share one. */
function originOf({ resource, scope }: { resource: Resource; scope: Scope }): JsonObject {
  let origin = RESOURCES.get(resource);
  if (origin === undefined) {
    origin = {
      attributes: fieldsOf(resource.attributes),
      ...textField("schema_url", resource.schemaUrl),
    };
    RESOURCES.set(resource, origin);
  }
  const { name, version, attributes, schemaUrl } = scope;
  return {
    resource: origin,
    scope: {
      ...textField("name", name),
      ...textField("version", version),
      ...(attributes.length === 0 ? {} : { attributes: fieldsOf(attributes) }),
      ...textField("schema_url", schemaUrl),
    },
  };
}

function textField(name: string, text: string): Record<string, string> {
  return text === "" ? {} : { [name]: text };
}

function idField(name: string, id: string): Record<string, string> {
  return /^0*$/.test(id) ? {} : { [name]: id };
}

/** How many rows a sampled one stands for. */
function weightOf({ weight }: LogRow | SpanRow): Record<string, number> {
  return weight === 1 || !Number.isFinite(weight) ? {} : { weight };
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Beyond 2^53 as text, which a field of numbers reads all the same. */
function integer(value: bigint): number | string {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : String(value);
}

function number(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
