import type { Attribute, Resource, Scope, Series } from "../attributes.ts";
import { METRIC_TYPES } from "../attributes.ts";
import type { ByteWriter } from "../bytes.ts";
import { AttributesColumn, DictionaryColumn, type IntColumn } from "../columns.ts";
import type { LogBatch } from "../log-batch.ts";
import type { MetricBatch } from "../metric-batch.ts";
import type { SpanBatch } from "../span-batch.ts";
import { type ColumnWriter, nestedParts, type Part, partRows } from "./column-writer.ts";

/**
 * The columns of every block that the store is sent, in their order: what an INSERT names and what
 * the functions below write. `store/` checks them against the schema.
 */
export const BLOCK_COLUMNS = {
  spans: [
    "org",
    "ts",
    "duration_ns",
    "trace_id",
    "span_id",
    "parent_span_id",
    "service",
    "name",
    "kind",
    "status",
    "status_message",
    "trace_state",
    "flags",
    "weight",
    "resource_id",
    "scope_id",
    "attrs",
    "attr_types",
    "events.ts",
    "events.name",
    "events.attrs",
    "events.attr_types",
    "links.trace_id",
    "links.span_id",
    "links.trace_state",
    "links.attrs",
    "links.attr_types",
    "dropped_attrs",
    "dropped_events",
    "dropped_links",
  ],
  logs: [
    "org",
    "ts",
    "observed_ts",
    "trace_id",
    "span_id",
    "flags",
    "severity",
    "severity_text",
    "service",
    "body",
    "body_type",
    "event_name",
    "weight",
    "resource_id",
    "scope_id",
    "attrs",
    "attr_types",
    "dropped_attrs",
  ],
  points: ["org", "metric", "series_id", "ts", "start_ts", "value", "int_value", "is_int", "flags"],
  histograms: [
    "org",
    "metric",
    "series_id",
    "ts",
    "start_ts",
    "count",
    "sum",
    "min",
    "max",
    "bounds",
    "buckets",
    "scale",
    "zero_count",
    "zero_threshold",
    "positive_offset",
    "positive_buckets",
    "negative_offset",
    "negative_buckets",
    "quantiles",
    "quantile_values",
    "flags",
  ],
  exemplars: [
    "org",
    "metric",
    "series_id",
    "ts",
    "value",
    "int_value",
    "is_int",
    "trace_id",
    "span_id",
    "attrs",
    "attr_types",
  ],
  resources: ["org", "resource_id", "day", "service", "attrs", "attr_types", "schema_url"],
  scopes: ["org", "scope_id", "day", "name", "version", "attrs", "attr_types", "schema_url"],
  series: [
    "org",
    "metric",
    "series_id",
    "day",
    "type",
    "temporality",
    "monotonic",
    "unit",
    "description",
    "service",
    "resource_id",
    "scope_id",
    "attrs",
    "attr_types",
  ],
  attribute_catalogue: ["org", "signal", "level", "hour", "key", "value", "rows"],
  service_edges_1m: ["org", "minute", "source", "target", "bucket", "requests", "errors"],
} as const;

/** A table that blocks are written for. */
export type BlockTable = keyof typeof BLOCK_COLUMNS;

const TIME = "DateTime64(9)";

export function writeSpans(
  writer: ColumnWriter,
  org: string,
  parts: readonly Part<SpanBatch>[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.spans.length, rows);
  writer.constantText("org", rows, org);
  writer.fixed("ts", TIME, parts, 8, (b) => b.time);
  writer.fixed("duration_ns", "UInt64", parts, 8, (b) => b.duration);
  writer.fixed("trace_id", "FixedString(16)", parts, 16, (b) => b.traceId);
  writer.fixed("span_id", "FixedString(8)", parts, 8, (b) => b.spanId);
  writer.fixed("parent_span_id", "FixedString(8)", parts, 8, (b) => b.parentSpanId);
  writer.groupText(
    "service",
    parts,
    (b) => b.groups,
    (resource) => resource.serviceBytes,
  );
  writer.dictionary("name", parts, (b) => b.name);
  writer.fixed("kind", "Int8", parts, 1, (b) => b.kind);
  writer.fixed("status", "Int8", parts, 1, (b) => b.status);
  writer.strings("status_message", parts, (b) => b.statusMessage);
  writer.strings("trace_state", parts, (b) => b.traceState);
  writer.fixed("flags", "UInt32", parts, 4, (b) => b.flags);
  writer.fixed("weight", "Float32", parts, 4, (b) => b.weight);
  writer.groupId(
    "resource_id",
    parts,
    (b) => b.groups,
    (resource) => resource.id,
  );
  writer.groupId(
    "scope_id",
    parts,
    (b) => b.groups,
    (_, scope) => scope.id,
  );
  writer.attributes("attrs", "attr_types", parts, (b) => b.attributes);
  writeEvents(writer, parts);
  writeLinks(writer, parts);
  writer.fixed("dropped_attrs", "UInt32", parts, 4, (b) => b.droppedAttributes);
  writer.fixed("dropped_events", "UInt32", parts, 4, (b) => b.droppedEvents);
  writer.fixed("dropped_links", "UInt32", parts, 4, (b) => b.droppedLinks);
  return rows;
}

function writeEvents(writer: ColumnWriter, parts: readonly Part<SpanBatch>[]): void {
  const inner = nestedParts(parts, (b) => b.eventEnds);
  const offsets = (): void => writer.arrayOffsets(parts, (b) => b.eventEnds);
  writer.array("events.ts", TIME, offsets, () =>
    writer.fixedElements(inner, 8, (b) => b.events.time),
  );
  writer.array("events.name", "LowCardinality(String)", offsets, () =>
    writer.dictionaryElements(inner, (b) => b.events.name),
  );
  writer.array("events.attrs", "Map(LowCardinality(String), String)", offsets, () =>
    writer.attributeElements(inner, (b) => b.events.attributes),
  );
  writer.array("events.attr_types", "String", offsets, () =>
    writer.attributeTypeElements(inner, (b) => b.events.attributes),
  );
}

function writeLinks(writer: ColumnWriter, parts: readonly Part<SpanBatch>[]): void {
  const inner = nestedParts(parts, (b) => b.linkEnds);
  const offsets = (): void => writer.arrayOffsets(parts, (b) => b.linkEnds);
  writer.array("links.trace_id", "FixedString(16)", offsets, () =>
    writer.fixedElements(inner, 16, (b) => b.links.traceId),
  );
  writer.array("links.span_id", "FixedString(8)", offsets, () =>
    writer.fixedElements(inner, 8, (b) => b.links.spanId),
  );
  writer.array("links.trace_state", "String", offsets, () =>
    writer.stringElements(inner, (b) => b.links.traceState),
  );
  writer.array("links.attrs", "Map(LowCardinality(String), String)", offsets, () =>
    writer.attributeElements(inner, (b) => b.links.attributes),
  );
  writer.array("links.attr_types", "String", offsets, () =>
    writer.attributeTypeElements(inner, (b) => b.links.attributes),
  );
}

export function writeLogs(
  writer: ColumnWriter,
  org: string,
  parts: readonly Part<LogBatch>[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.logs.length, rows);
  writer.constantText("org", rows, org);
  writer.fixed("ts", TIME, parts, 8, (b) => b.time);
  writer.fixed("observed_ts", TIME, parts, 8, (b) => b.observedTime);
  writer.fixed("trace_id", "FixedString(16)", parts, 16, (b) => b.traceId);
  writer.fixed("span_id", "FixedString(8)", parts, 8, (b) => b.spanId);
  writer.fixed("flags", "UInt32", parts, 4, (b) => b.flags);
  writer.fixed("severity", "UInt8", parts, 1, (b) => b.severity);
  writer.dictionary("severity_text", parts, (b) => b.severityText);
  writer.groupText(
    "service",
    parts,
    (b) => b.groups,
    (resource) => resource.serviceBytes,
  );
  writer.strings("body", parts, (b) => b.body);
  writer.fixed("body_type", "UInt8", parts, 1, (b) => b.bodyType);
  writer.dictionary("event_name", parts, (b) => b.eventName);
  writer.fixed("weight", "Float32", parts, 4, (b) => b.weight);
  writer.groupId(
    "resource_id",
    parts,
    (b) => b.groups,
    (resource) => resource.id,
  );
  writer.groupId(
    "scope_id",
    parts,
    (b) => b.groups,
    (_, scope) => scope.id,
  );
  writer.attributes("attrs", "attr_types", parts, (b) => b.attributes);
  writer.fixed("dropped_attrs", "UInt32", parts, 4, (b) => b.droppedAttributes);
  return rows;
}

/** Parts over the points of metric batches: `runs` are rows of `numbers`, `histograms` or `exemplars`. */
export type MetricPart = Part<MetricBatch>;

/** The columns that all points begin with; the series is looked up in the batch by its number. */
function writeSeriesColumns(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
  of: (b: MetricBatch) => { series: IntColumn },
  rows: number,
): void {
  writer.constantText("org", rows, org);
  writer.lookedUpText(
    "metric",
    parts,
    (b) => of(b).series,
    (b, number) => b.series[number]!.metric.name,
  );
  writer.column("series_id", "UInt64", (out) => {
    for (const { batch, runs } of parts) {
      const numbers = of(batch).series.values;
      for (let r = 0; r < runs.length; r += 2) {
        for (let row = runs[r]!; row < runs[r + 1]!; row++) {
          const { low, high } = batch.series[numbers[row]!]!.id;
          out.u64(low, high);
        }
      }
    }
  });
}

export function writePoints(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.points.length, rows);
  writeSeriesColumns(writer, org, parts, (b) => b.numbers, rows);
  writer.fixed("ts", TIME, parts, 8, (b) => b.numbers.time);
  writer.fixed("start_ts", TIME, parts, 8, (b) => b.numbers.startTime);
  writer.fixed("value", "Float64", parts, 8, (b) => b.numbers.value);
  writer.fixed("int_value", "Int64", parts, 8, (b) => b.numbers.intValue);
  writer.fixed("is_int", "UInt8", parts, 1, (b) => b.numbers.isInt);
  writer.fixed("flags", "UInt32", parts, 4, (b) => b.numbers.flags);
  return rows;
}

export function writeHistograms(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.histograms.length, rows);
  writeSeriesColumns(writer, org, parts, (b) => b.histograms, rows);
  writer.fixed("ts", TIME, parts, 8, (b) => b.histograms.time);
  writer.fixed("start_ts", TIME, parts, 8, (b) => b.histograms.startTime);
  writer.fixed("count", "UInt64", parts, 8, (b) => b.histograms.count);
  writer.nullable(
    "sum",
    parts,
    (b) => b.histograms.sum,
    (b) => b.histograms.sumAbsent,
  );
  writer.nullable(
    "min",
    parts,
    (b) => b.histograms.min,
    (b) => b.histograms.minAbsent,
  );
  writer.nullable(
    "max",
    parts,
    (b) => b.histograms.max,
    (b) => b.histograms.maxAbsent,
  );
  writer.lists("bounds", "Float64", parts, (b) => b.histograms.bounds);
  writer.lists("buckets", "UInt64", parts, (b) => b.histograms.buckets);
  writer.fixed("scale", "Int32", parts, 4, (b) => b.histograms.scale);
  writer.fixed("zero_count", "UInt64", parts, 8, (b) => b.histograms.zeroCount);
  writer.fixed("zero_threshold", "Float64", parts, 8, (b) => b.histograms.zeroThreshold);
  writer.fixed("positive_offset", "Int32", parts, 4, (b) => b.histograms.positiveOffset);
  writer.lists("positive_buckets", "UInt64", parts, (b) => b.histograms.positiveBuckets);
  writer.fixed("negative_offset", "Int32", parts, 4, (b) => b.histograms.negativeOffset);
  writer.lists("negative_buckets", "UInt64", parts, (b) => b.histograms.negativeBuckets);
  writer.lists("quantiles", "Float64", parts, (b) => b.histograms.quantiles);
  writer.lists("quantile_values", "Float64", parts, (b) => b.histograms.quantileValues);
  writer.fixed("flags", "UInt32", parts, 4, (b) => b.histograms.flags);
  return rows;
}

export function writeExemplars(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.exemplars.length, rows);
  writeSeriesColumns(writer, org, parts, (b) => b.exemplars, rows);
  writer.fixed("ts", TIME, parts, 8, (b) => b.exemplars.time);
  writer.fixed("value", "Float64", parts, 8, (b) => b.exemplars.value);
  writer.fixed("int_value", "Int64", parts, 8, (b) => b.exemplars.intValue);
  writer.fixed("is_int", "UInt8", parts, 1, (b) => b.exemplars.isInt);
  writer.fixed("trace_id", "FixedString(16)", parts, 16, (b) => b.exemplars.traceId);
  writer.fixed("span_id", "FixedString(8)", parts, 8, (b) => b.exemplars.spanId);
  writer.attributes("attrs", "attr_types", parts, (b) => b.exemplars.attributes);
  return rows;
}

/** What is written once for a day: a resource, scope or series with the day (since 1970) that it was seen on. */
export interface Seen<T> {
  readonly item: T;
  readonly day: number;
}

export function writeResources(
  writer: ColumnWriter,
  org: string,
  seen: readonly Seen<Resource>[],
): number {
  writer.begin(BLOCK_COLUMNS.resources.length, seen.length);
  writer.constantText("org", seen.length, org);
  writeIdAndDay(writer, "resource_id", seen);
  writeTexts(writer, "service", seen, (r) => r.service);
  writeAttributeLists(writer, seen);
  writeTexts(writer, "schema_url", seen, (r) => r.schemaUrl);
  return seen.length;
}

export function writeScopes(
  writer: ColumnWriter,
  org: string,
  seen: readonly Seen<Scope>[],
): number {
  writer.begin(BLOCK_COLUMNS.scopes.length, seen.length);
  writer.constantText("org", seen.length, org);
  writeIdAndDay(writer, "scope_id", seen);
  writeTexts(writer, "name", seen, (s) => s.name);
  writeTexts(writer, "version", seen, (s) => s.version);
  writeAttributeLists(writer, seen);
  writeTexts(writer, "schema_url", seen, (s) => s.schemaUrl);
  return seen.length;
}

export function writeSeries(
  writer: ColumnWriter,
  org: string,
  seen: readonly Seen<Series>[],
): number {
  const rows = seen.length;
  const each = (
    name: string,
    type: string,
    write: (out: ByteWriter, series: Series) => void,
  ): void =>
    writer.column(name, type, (out) => {
      for (const { item } of seen) write(out, item);
    });
  writer.begin(BLOCK_COLUMNS.series.length, rows);
  writer.constantText("org", rows, org);
  writeTexts(writer, "metric", seen, (s) => s.metric.name);
  writeIdAndDay(writer, "series_id", seen);
  each("type", "Int8", (out, s) => out.u8(METRIC_TYPES[s.metric.type]));
  each("temporality", "Int8", (out, s) => out.u8(s.metric.temporality));
  each("monotonic", "UInt8", (out, s) => out.u8(s.metric.monotonic ? 1 : 0));
  writeTexts(writer, "unit", seen, (s) => s.metric.unit);
  each("description", "String", (out, s) => out.text(s.metric.description));
  writeTexts(writer, "service", seen, (s) => s.resource.service);
  each("resource_id", "UInt64", (out, s) => out.u64(s.resource.id.low, s.resource.id.high));
  each("scope_id", "UInt64", (out, s) => out.u64(s.scope.id.low, s.scope.id.high));
  writeAttributeLists(writer, seen);
  return rows;
}

function writeIdAndDay(
  writer: ColumnWriter,
  name: string,
  seen: readonly Seen<{ id: { low: number; high: number } }>[],
): void {
  writer.column(name, "UInt64", (out) => {
    for (const { item } of seen) out.u64(item.id.low, item.id.high);
  });
  writer.column("day", "Date", (out) => {
    for (const { day } of seen) out.u16(day);
  });
}

function writeTexts<T>(
  writer: ColumnWriter,
  name: string,
  seen: readonly Seen<T>[],
  text: (item: T) => string,
): void {
  const column = new DictionaryColumn();
  for (const { item } of seen) column.pushText(text(item));
  writer.dictionary(name, [{ batch: column, runs: [0, seen.length] }], (c) => c);
}

function writeAttributeLists(
  writer: ColumnWriter,
  seen: readonly Seen<{ attributes: readonly Attribute[] }>[],
): void {
  const column = new AttributesColumn();
  for (const { item } of seen) {
    for (const { key, value, type } of item.attributes) {
      column.keys.pushText(key);
      column.values.pushText(value);
      column.types.u8(type);
    }
    column.endRow();
  }
  writer.attributes("attrs", "attr_types", [{ batch: column, runs: [0, seen.length] }], (c) => c);
}

/** One row of the attribute catalogue; `value` '' counts the rows that have the key. */
export interface CatalogueRow {
  readonly signal: 1 | 2 | 3;
  readonly level: 1 | 2;
  /** Unix seconds, at a full hour. */
  readonly hour: number;
  readonly key: string;
  readonly value: string;
  readonly rows: number;
}

export function writeCatalogue(
  writer: ColumnWriter,
  org: string,
  list: readonly CatalogueRow[],
): number {
  const seen = list.map((item) => ({ item, day: 0 }));
  const each = (
    name: string,
    type: string,
    write: (out: ByteWriter, row: CatalogueRow) => void,
  ): void =>
    writer.column(name, type, (out) => {
      for (const row of list) write(out, row);
    });
  writer.begin(BLOCK_COLUMNS.attribute_catalogue.length, list.length);
  writer.constantText("org", list.length, org);
  each("signal", "Int8", (out, row) => out.u8(row.signal));
  each("level", "Int8", (out, row) => out.u8(row.level));
  each("hour", "DateTime", (out, row) => out.u32(row.hour));
  writeTexts(writer, "key", seen, (row) => row.key);
  each("value", "String", (out, row) => out.text(row.value));
  each("rows", "UInt64", (out, row) => out.count(row.rows));
  return list.length;
}

/** Calls from one service to another within a minute and a duration bucket. */
export interface EdgeRow {
  /** Unix seconds, at a full minute. */
  readonly minute: number;
  readonly source: string;
  readonly target: string;
  readonly bucket: number;
  readonly requests: number;
  readonly errors: number;
}

export function writeEdges(writer: ColumnWriter, org: string, list: readonly EdgeRow[]): number {
  const seen = list.map((item) => ({ item, day: 0 }));
  const each = (name: string, type: string, write: (out: ByteWriter, row: EdgeRow) => void): void =>
    writer.column(name, type, (out) => {
      for (const row of list) write(out, row);
    });
  writer.begin(BLOCK_COLUMNS.service_edges_1m.length, list.length);
  writer.constantText("org", list.length, org);
  each("minute", "DateTime", (out, row) => out.u32(row.minute));
  writeTexts(writer, "source", seen, (row) => row.source);
  writeTexts(writer, "target", seen, (row) => row.target);
  each("bucket", "UInt16", (out, row) => out.u16(row.bucket));
  each("requests", "Float64", (out, row) => out.f64(row.requests));
  each("errors", "Float64", (out, row) => out.f64(row.errors));
  return list.length;
}
