import type { LogRow, SpanRow } from "#core/row-views.ts";
import {
  writeAttributes,
  writeFixed32,
  writeFixed64,
  writeId,
  writeResource,
  writeScope,
  writeText,
  writeUint32,
  writeValue,
} from "#core/otlp/row-writer.ts";
import { tagsOf } from "#core/otlp/tags.ts";
import { ProtobufWriter } from "#core/otlp/writer.ts";
import { traceStateOfWeight } from "#core/sampling-weight.ts";
import { attributesWithWeight } from "./log-weight.ts";
import { writeMetric } from "./protobuf-points.ts";
import {
  logGroups,
  metricGroups,
  type ResourceGroup,
  type SignalRows,
  spanGroups,
} from "./row-groups.ts";

const SPAN = tagsOf("Span");
const SPAN_STATUS = tagsOf("SpanStatus");
const EVENT = tagsOf("SpanEvent");
const LINK = tagsOf("SpanLink");
const LOG = tagsOf("LogRecord");

/** The three levels above records have the same numbers for all signals. */
const REQUEST_GROUP = tagsOf("ExportTraceServiceRequest").resource_spans;
const RESOURCE_GROUP = tagsOf("ResourceSpans");
const SCOPE_GROUP = tagsOf("ScopeSpans");

/**
 * The bytes of an `ExportTraceServiceRequest`, `ExportLogsServiceRequest` or `ExportMetricsServiceRequest` that
 * has these rows (opentelemetry-proto 1.9), grouped by resource and scope.
 *
 * @example protobufRequest({ signal: "traces", rows: [{ kind: "span", row }] });
 * @throws SightglassError `payload_too_large` beyond `REQUEST_LIMITS.bodyBytesMax`.
 */
export function protobufRequest({ signal, rows }: Pick<SignalRows, "signal" | "rows">): Buffer {
  const writer = new ProtobufWriter();
  try {
    switch (signal) {
      case "traces":
        writeGroups(writer, spanGroups(rows), writeSpan);
        break;
      case "logs":
        writeGroups(writer, logGroups(rows), writeLog);
        break;
      case "metrics":
        writeGroups(writer, metricGroups(rows), writeMetric);
    }
    return writer.finish();
  } catch (error) {
    writer.release();
    throw error;
  }
}

function writeGroups<Record>(
  writer: ProtobufWriter,
  groups: readonly ResourceGroup<Record>[],
  write: (writer: ProtobufWriter, tag: number, record: Record) => void,
): void {
  for (const { resource, scopes } of groups) {
    writer.tag(REQUEST_GROUP);
    const start = writer.begin();
    writeResource(writer, RESOURCE_GROUP.resource, resource);
    for (const { scope, records } of scopes) {
      writer.tag(RESOURCE_GROUP.scope_spans);
      const scopeStart = writer.begin();
      writeScope(writer, SCOPE_GROUP.scope, scope);
      for (const record of records) write(writer, SCOPE_GROUP.spans, record);
      writeText(writer, SCOPE_GROUP.schema_url, scope.schemaUrl);
      writer.end(scopeStart);
    }
    writeText(writer, RESOURCE_GROUP.schema_url, resource.schemaUrl);
    writer.end(start);
  }
}

function writeSpan(writer: ProtobufWriter, tag: number, span: SpanRow): void {
  writer.tag(tag);
  const start = writer.begin();
  writeId(writer, SPAN.trace_id, span.traceId);
  writeId(writer, SPAN.span_id, span.spanId);
  writeText(writer, SPAN.trace_state, traceStateOfWeight(span.traceState, span.weight));
  writeId(writer, SPAN.parent_span_id, span.parentSpanId);
  writeText(writer, SPAN.name, span.name);
  writeUint32(writer, SPAN.kind, span.kind);
  writeFixed64(writer, SPAN.start_time_unix_nano, span.time);
  writeFixed64(writer, SPAN.end_time_unix_nano, span.time + span.durationNs);
  writeAttributes(writer, SPAN.attributes, span.attributes);
  writeUint32(writer, SPAN.dropped_attributes_count, span.droppedAttributes);
  for (const event of span.events) writeEvent(writer, event);
  writeUint32(writer, SPAN.dropped_events_count, span.droppedEvents);
  for (const link of span.links) writeLink(writer, link);
  writeUint32(writer, SPAN.dropped_links_count, span.droppedLinks);
  writeStatus(writer, span);
  writeFixed32(writer, SPAN.flags, span.flags);
  writer.end(start);
}

function writeEvent(writer: ProtobufWriter, event: SpanRow["events"][number]): void {
  writer.tag(SPAN.events);
  const start = writer.begin();
  writeFixed64(writer, EVENT.time_unix_nano, event.time);
  writeText(writer, EVENT.name, event.name);
  writeAttributes(writer, EVENT.attributes, event.attributes);
  writer.end(start);
}

function writeLink(writer: ProtobufWriter, link: SpanRow["links"][number]): void {
  writer.tag(SPAN.links);
  const start = writer.begin();
  writeId(writer, LINK.trace_id, link.traceId);
  writeId(writer, LINK.span_id, link.spanId);
  writeText(writer, LINK.trace_state, link.traceState);
  writeAttributes(writer, LINK.attributes, link.attributes);
  writer.end(start);
}

function writeStatus(writer: ProtobufWriter, { status, statusMessage }: SpanRow): void {
  if (status === 0 && statusMessage === "") return;
  writer.tag(SPAN.status);
  const start = writer.begin();
  writeText(writer, SPAN_STATUS.message, statusMessage);
  writeUint32(writer, SPAN_STATUS.code, status);
  writer.end(start);
}

function writeLog(writer: ProtobufWriter, tag: number, log: LogRow): void {
  writer.tag(tag);
  const start = writer.begin();
  writeFixed64(writer, LOG.time_unix_nano, log.time);
  writeUint32(writer, LOG.severity_number, log.severity);
  writeText(writer, LOG.severity_text, log.severityText);
  writeValue(writer, LOG.body, log.body, log.bodyType);
  writeAttributes(writer, LOG.attributes, attributesWithWeight(log));
  writeUint32(writer, LOG.dropped_attributes_count, log.droppedAttributes);
  writeFixed32(writer, LOG.flags, log.flags);
  writeId(writer, LOG.trace_id, log.traceId);
  writeId(writer, LOG.span_id, log.spanId);
  writeFixed64(writer, LOG.observed_time_unix_nano, log.observedTime);
  writeText(writer, LOG.event_name, log.eventName);
  writer.end(start);
}
