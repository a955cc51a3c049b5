import type { LogBatch } from "../log-batch.ts";
import type { SpanBatch } from "../span-batch.ts";
import { BLOCK_COLUMNS } from "./block-columns.ts";
import { type ColumnWriter, nestedParts, type Part, partRows } from "./column-writer.ts";

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
    writer.attributeTypes(inner, (b) => b.events.attributes),
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
    writer.attributeTypes(inner, (b) => b.links.attributes),
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
