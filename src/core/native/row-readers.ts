import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "../row-views.ts";
import { BLOCK_COLUMNS, type BlockTable, type RecordTable } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import type { Section } from "./payload.ts";
import type { RecordReferences } from "./record-references.ts";

/** A row as an object, of whichever signal. */
export type SignalRow =
  | { readonly kind: "span"; readonly row: SpanRow }
  | { readonly kind: "log"; readonly row: LogRow }
  | { readonly kind: "number_point"; readonly row: NumberPointRow }
  | { readonly kind: "histogram_point"; readonly row: HistogramPointRow };

/** A row of a journal record. */
export interface RecordRow {
  readonly org: string;
  readonly row: SignalRow;
  /** About what it takes in the journal: an equal share of its block. */
  readonly bytes: number;
}

/** The rows of one block, all of it checked: `at` does not fail. */
export interface BlockRows {
  readonly length: number;
  at(row: number): RecordRow;
}

export type AnySection = Section<BlockTable | RecordTable>;

/** What each row of a block takes of it. */
export function bytesPerRow({ block, rows }: AnySection): number {
  return Math.ceil(block.length / rows);
}

type SpanEvents = (row: number) => SpanRow["events"];
type SpanLinks = (row: number) => SpanRow["links"];

export function readSpans(section: AnySection, references: RecordReferences): BlockRows {
  const { table, block, rows } = section;
  const bytes = bytesPerRow(section);
  const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.spans.length);
  const orgs = reader.dictionary("org");
  const times = reader.fixed("ts", "DateTime64(9)");
  const durations = reader.fixed("duration_ns", "UInt64");
  const traceIds = reader.ids("trace_id", 16);
  const spanIds = reader.ids("span_id", 8);
  const parents = reader.ids("parent_span_id", 8);
  reader.dictionary("service");
  const names = reader.dictionary("name");
  const kinds = reader.fixed("kind", "Int8");
  const statuses = reader.fixed("status", "Int8");
  const statusMessages = reader.strings("status_message");
  const traceStates = reader.strings("trace_state");
  const flags = reader.fixed("flags", "UInt32");
  const weights = reader.fixed("weight", "Float32");
  const resources = references.resourcesOf(reader.fixed("resource_id", "UInt64"), table);
  const scopes = references.scopesOf(reader.fixed("scope_id", "UInt64"), table);
  const attributes = reader.attributes("attrs", "attr_types");
  const eventsOf = readEvents(reader);
  const linksOf = readLinks(reader);
  const droppedAttributes = reader.fixed("dropped_attrs", "UInt32");
  const droppedEvents = reader.fixed("dropped_events", "UInt32");
  const droppedLinks = reader.fixed("dropped_links", "UInt32");
  reader.end();
  const spanAt = (row: number): SpanRow => ({
    resource: resources[row]!,
    scope: scopes[row]!,
    time: times[row]!,
    durationNs: durations[row]!,
    traceId: traceIds.hex(row),
    spanId: spanIds.hex(row),
    parentSpanId: parents.isZero(row) ? "" : parents.hex(row),
    traceState: traceStates.text(row),
    name: names.text(row),
    kind: kinds[row]!,
    status: statuses[row]!,
    statusMessage: statusMessages.text(row),
    flags: flags[row]!,
    weight: weights[row]!,
    attributes: attributes.of(row),
    events: eventsOf(row),
    links: linksOf(row),
    droppedAttributes: droppedAttributes[row]!,
    droppedEvents: droppedEvents[row]!,
    droppedLinks: droppedLinks[row]!,
  });
  return {
    length: rows,
    at: (row) => ({ org: orgs.text(row), row: { kind: "span", row: spanAt(row) }, bytes }),
  };
}

function readEvents(reader: BlockReader): SpanEvents {
  const times = reader.timeArray("events.ts");
  const names = reader.dictionaryArray("events.name");
  const attributes = reader.attributesArray("events.attrs", "events.attr_types");
  reader.sameEnds(times, names, attributes);
  return (row) =>
    elements(times.ends, row, (i) => ({
      time: times.elements[i]!,
      name: names.elements.text(i),
      attributes: attributes.elements.of(i),
    }));
}

function readLinks(reader: BlockReader): SpanLinks {
  const traceIds = reader.idArray("links.trace_id", 16);
  const spanIds = reader.idArray("links.span_id", 8);
  const traceStates = reader.stringArray("links.trace_state");
  const attributes = reader.attributesArray("links.attrs", "links.attr_types");
  reader.sameEnds(traceIds, spanIds, traceStates, attributes);
  return (row) =>
    elements(traceIds.ends, row, (i) => ({
      traceId: traceIds.elements.hex(i),
      spanId: spanIds.elements.hex(i),
      traceState: traceStates.elements.text(i),
      attributes: attributes.elements.of(i),
    }));
}

/** What `make` gives for each element that a row has. */
function elements<T>(ends: Uint32Array, row: number, make: (element: number) => T): T[] {
  const list: T[] = [];
  for (let i = row === 0 ? 0 : ends[row - 1]!; i < ends[row]!; i++) list.push(make(i));
  return list;
}

export function readLogs(section: AnySection, references: RecordReferences): BlockRows {
  const { table, block, rows } = section;
  const bytes = bytesPerRow(section);
  const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.logs.length);
  const orgs = reader.dictionary("org");
  const times = reader.fixed("ts", "DateTime64(9)");
  const observedTimes = reader.fixed("observed_ts", "DateTime64(9)");
  const traceIds = reader.ids("trace_id", 16);
  const spanIds = reader.ids("span_id", 8);
  const flags = reader.fixed("flags", "UInt32");
  const severities = reader.fixed("severity", "UInt8");
  const severityTexts = reader.dictionary("severity_text");
  reader.dictionary("service");
  const bodies = reader.strings("body");
  const bodyTypes = reader.fixed("body_type", "UInt8");
  const eventNames = reader.dictionary("event_name");
  const weights = reader.fixed("weight", "Float32");
  const resources = references.resourcesOf(reader.fixed("resource_id", "UInt64"), table);
  const scopes = references.scopesOf(reader.fixed("scope_id", "UInt64"), table);
  const attributes = reader.attributes("attrs", "attr_types");
  const droppedAttributes = reader.fixed("dropped_attrs", "UInt32");
  reader.end();
  const logAt = (row: number): LogRow => ({
    resource: resources[row]!,
    scope: scopes[row]!,
    time: times[row]!,
    observedTime: observedTimes[row]!,
    traceId: traceIds.hex(row),
    spanId: spanIds.hex(row),
    flags: flags[row]!,
    severity: severities[row]!,
    severityText: severityTexts.text(row),
    body: bodies.text(row),
    bodyType: bodyTypes[row]!,
    eventName: eventNames.text(row),
    weight: weights[row]!,
    attributes: attributes.of(row),
    droppedAttributes: droppedAttributes[row]!,
  });
  return {
    length: rows,
    at: (row) => ({ org: orgs.text(row), row: { kind: "log", row: logAt(row) }, bytes }),
  };
}
