import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "../row-views.ts";
import { BLOCK_COLUMNS, type BlockTable, type RecordTable } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import type { Section } from "./payload.ts";
import type { RecordReferences } from "./record-references.ts";
import { readSpanColumns, type SpanColumns } from "./span-columns.ts";

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

export function readSpans(section: AnySection, references: RecordReferences): BlockRows {
  const columns = readSpanColumns(section, references);
  const bytes = bytesPerRow(section);
  const spanAt = (row: number): SpanRow => ({
    resource: columns.resources[row]!,
    scope: columns.scopes[row]!,
    time: columns.times[row]!,
    durationNs: columns.durations[row]!,
    traceId: columns.traceIds.hex(row),
    spanId: columns.spanIds.hex(row),
    parentSpanId: columns.parents.isZero(row) ? "" : columns.parents.hex(row),
    traceState: columns.traceStates.text(row),
    name: columns.names.text(row),
    kind: columns.kinds[row]!,
    status: columns.statuses[row]!,
    statusMessage: columns.statusMessages.text(row),
    flags: columns.flags[row]!,
    weight: columns.weights[row]!,
    attributes: columns.attributes.of(row),
    events: eventsOf(columns, row),
    links: linksOf(columns, row),
    droppedAttributes: columns.droppedAttributes[row]!,
    droppedEvents: columns.droppedEvents[row]!,
    droppedLinks: columns.droppedLinks[row]!,
  });
  return {
    length: columns.rows,
    at: (row) => ({ org: columns.orgs.text(row), row: { kind: "span", row: spanAt(row) }, bytes }),
  };
}

function eventsOf({ events }: SpanColumns, row: number): SpanRow["events"] {
  return elements(events.ends, row, (i) => ({
    time: events.times[i]!,
    name: events.names.text(i),
    attributes: events.attributes.of(i),
  }));
}

function linksOf({ links }: SpanColumns, row: number): SpanRow["links"] {
  return elements(links.ends, row, (i) => ({
    traceId: links.traceIds.hex(i),
    spanId: links.spanIds.hex(i),
    traceState: links.traceStates.text(i),
    attributes: links.attributes.of(i),
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
