import {
  type Attribute,
  ATTRIBUTE_TYPES,
  type Resource,
  type Scope,
  type Series,
} from "#core/attributes.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { anyValueOf, doubleOf } from "#core/otlp/row-writer.ts";
import type { SpanRow } from "#core/row-views.ts";
import type { Distribution } from "./histogram-difference.ts";
import { metricName, type Origins } from "./tags.ts";

/** https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/traces/: 3.2 MB. */
export const TRACE_BYTES_MAX = 3_200_000;

const DELTA = 1;

/** A span of a delivery. */
export interface SpanItem {
  readonly place: number;
  readonly row: SpanRow;
}

/** What a histogram counted in a while. */
export interface DeltaHistogram {
  readonly place: number;
  readonly series: Series;
  readonly timeNs: bigint;
  readonly startNs: bigint;
  readonly value: Distribution;
  /** To be called once it was taken. */
  readonly settle?: () => void;
}

/** Spans as an OTLP request in protobuf. */
export function spansBodyOf(items: readonly SpanItem[]): Buffer {
  const resourceSpans = grouped(
    items,
    ({ row }) => row.resource,
    ({ row }) => row.scope,
  ).map(({ resource, scopes }) => ({
    ...resourceField(resource),
    scopeSpans: scopes.map(({ scope, items: own }) => ({
      ...scopeField(scope),
      spans: own.map(({ row }) => spanOf(row)),
    })),
  }));
  return encodeOtlp("traces", { resourceSpans });
}

/** Histograms as an OTLP request in protobuf, which keeps every bucket. Each has the tags of {@link Origins}. */
export function histogramsBodyOf(
  items: readonly DeltaHistogram[],
  origins: Origins,
  prefix: string,
): Buffer {
  const resourceMetrics = grouped(
    items,
    ({ series }) => series.resource,
    ({ series }) => series.scope,
  ).map(({ resource, scopes }) => ({
    ...resourceField(resource),
    scopeMetrics: scopes.map(({ scope, items: own }) => ({
      ...scopeField(scope),
      metrics: own.map((item) => metricOf(item, origins, prefix)),
    })),
  }));
  return encodeOtlp("metrics", { resourceMetrics });
}

interface Group<Item> {
  readonly resource: Resource;
  readonly scopes: { readonly scope: Scope; readonly items: Item[] }[];
}

/** Items by their resource and scope, each in the order in which it came first. */
function grouped<Item>(
  items: readonly Item[],
  resourceOf: (item: Item) => Resource,
  scopeOf: (item: Item) => Scope,
): Group<Item>[] {
  const groups = new Map<Resource, Map<Scope, Item[]>>();
  for (const item of items) {
    const scopes = groups.get(resourceOf(item)) ?? new Map<Scope, Item[]>();
    groups.set(resourceOf(item), scopes);
    const own = scopes.get(scopeOf(item)) ?? [];
    own.push(item);
    scopes.set(scopeOf(item), own);
  }
  return [...groups].map(([resource, scopes]) => ({
    resource,
    scopes: [...scopes].map(([scope, own]) => ({ scope, items: own })),
  }));
}

function resourceField({ attributes, schemaUrl }: Resource): object {
  return { resource: { attributes: keyValuesOf(attributes) }, schemaUrl };
}

function scopeField({ name, version, attributes, schemaUrl }: Scope): object {
  return { scope: { name, version, attributes: keyValuesOf(attributes) }, schemaUrl };
}

function keyValuesOf(attributes: readonly Attribute[]): object[] {
  return attributes.map(({ key, value, type }) => ({ key, value: anyValueOf(value, type) }));
}

function spanOf(row: SpanRow): object {
  return {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    traceState: row.traceState,
    name: row.name,
    kind: row.kind,
    startTimeUnixNano: row.time,
    endTimeUnixNano: row.time + row.durationNs,
    attributes: keyValuesOf(row.attributes),
    droppedAttributesCount: row.droppedAttributes,
    events: row.events.map(({ time, name, attributes }) => ({
      timeUnixNano: time,
      name,
      attributes: keyValuesOf(attributes),
    })),
    droppedEventsCount: row.droppedEvents,
    links: row.links.map(({ traceId, spanId, traceState, attributes }) => ({
      traceId,
      spanId,
      traceState,
      attributes: keyValuesOf(attributes),
    })),
    droppedLinksCount: row.droppedLinks,
    status: { code: row.status, message: row.statusMessage },
    flags: row.flags,
  };
}

function metricOf(item: DeltaHistogram, origins: Origins, prefix: string): object {
  const { name, description, unit, type } = item.series.metric;
  const isExponential = type === "exponential_histogram";
  const field = isExponential ? "exponentialHistogram" : "histogram";
  const point = isExponential ? exponentialPointOf(item.value) : explicitPointOf(item.value);
  const { count, sum, min, max } = item.value;
  const dataPoint = {
    attributes: [...keyValuesOf(item.series.attributes), ...tagAttributes(item, origins)],
    startTimeUnixNano: item.startNs,
    timeUnixNano: item.timeNs,
    count,
    ...(sum === null ? {} : { sum: doubleOf(sum) }),
    ...(min === null ? {} : { min: doubleOf(min) }),
    ...(max === null ? {} : { max: doubleOf(max) }),
    ...point,
  };
  return {
    name: metricName(name, prefix),
    description,
    unit,
    [field]: { aggregationTemporality: DELTA, dataPoints: [dataPoint] },
  };
}

/** The tags of the origin, as attributes where the series has none of that name. */
function tagAttributes({ series }: DeltaHistogram, origins: Origins): object[] {
  const own = new Set(series.attributes.map(({ key }) => key));
  return origins.of(series.resource).tags.flatMap((tag) => {
    const colon = tag.indexOf(":");
    const key = colon < 0 ? tag : tag.slice(0, colon);
    if (own.has(key)) return [];
    return [
      { key, value: anyValueOf(colon < 0 ? "" : tag.slice(colon + 1), ATTRIBUTE_TYPES.string) },
    ];
  });
}

function explicitPointOf({ bounds, buckets }: Distribution): object {
  return { explicitBounds: bounds.map(doubleOf), bucketCounts: buckets };
}

function exponentialPointOf(value: Distribution): object {
  const half = ({ offset, buckets }: Distribution["positive"]): object => ({
    offset,
    bucketCounts: buckets,
  });
  return {
    scale: value.scale,
    zeroCount: value.zeroCount,
    zeroThreshold: doubleOf(value.zeroThreshold),
    positive: half(value.positive),
    negative: half(value.negative),
  };
}
