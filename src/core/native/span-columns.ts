import { BLOCK_COLUMNS, type BlockTable, type RecordTable } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import type { Section } from "./payload.ts";
import type { ReadAttributes, ReadDictionary, ReadIds, ReadTexts } from "./read-columns.ts";
import type { RecordReferences } from "./record-references.ts";
import type { Resource, Scope } from "../attributes.ts";

/** The columns of one block of spans, all of them checked. Events and links are flattened over the spans. */
export interface SpanColumns {
  readonly rows: number;
  readonly orgs: ReadDictionary;
  readonly times: BigUint64Array;
  readonly durations: BigUint64Array;
  readonly traceIds: ReadIds;
  readonly spanIds: ReadIds;
  readonly parents: ReadIds;
  readonly names: ReadDictionary;
  readonly kinds: Uint8Array;
  readonly statuses: Uint8Array;
  readonly statusMessages: ReadTexts;
  readonly traceStates: ReadTexts;
  readonly flags: Uint32Array;
  readonly weights: Float32Array;
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  readonly attributes: ReadAttributes;
  readonly events: ReadEvents;
  readonly links: ReadLinks;
  readonly droppedAttributes: Uint32Array;
  readonly droppedEvents: Uint32Array;
  readonly droppedLinks: Uint32Array;
}

export interface ReadEvents {
  /** Events up to and including each span. */
  readonly ends: Uint32Array;
  readonly times: BigUint64Array;
  readonly names: ReadDictionary;
  readonly attributes: ReadAttributes;
}

export interface ReadLinks {
  /** Links up to and including each span. */
  readonly ends: Uint32Array;
  readonly traceIds: ReadIds;
  readonly spanIds: ReadIds;
  readonly traceStates: ReadTexts;
  readonly attributes: ReadAttributes;
}

/** Reads a section of `spans`. @throws RangeError that says where it is not readable. */
export function readSpanColumns(
  { table, block, rows }: Section<BlockTable | RecordTable>,
  references: RecordReferences,
): SpanColumns {
  const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.spans.length);
  const head = {
    orgs: reader.dictionary("org"),
    times: reader.fixed("ts", "DateTime64(9)"),
    durations: reader.fixed("duration_ns", "UInt64"),
    traceIds: reader.ids("trace_id", 16),
    spanIds: reader.ids("span_id", 8),
    parents: reader.ids("parent_span_id", 8),
  };
  reader.dictionary("service");
  const columns = {
    rows,
    ...head,
    names: reader.dictionary("name"),
    kinds: reader.fixed("kind", "Int8"),
    statuses: reader.fixed("status", "Int8"),
    statusMessages: reader.strings("status_message"),
    traceStates: reader.strings("trace_state"),
    flags: reader.fixed("flags", "UInt32"),
    weights: reader.fixed("weight", "Float32"),
    resources: references.resourcesOf(reader.fixed("resource_id", "UInt64"), table),
    scopes: references.scopesOf(reader.fixed("scope_id", "UInt64"), table),
    attributes: reader.attributes("attrs", "attr_types"),
    events: readEvents(reader),
    links: readLinks(reader),
    droppedAttributes: reader.fixed("dropped_attrs", "UInt32"),
    droppedEvents: reader.fixed("dropped_events", "UInt32"),
    droppedLinks: reader.fixed("dropped_links", "UInt32"),
  };
  reader.end();
  return columns;
}

function readEvents(reader: BlockReader): ReadEvents {
  const times = reader.timeArray("events.ts");
  const names = reader.dictionaryArray("events.name");
  const attributes = reader.attributesArray("events.attrs", "events.attr_types");
  reader.sameEnds(times, names, attributes);
  return {
    ends: times.ends,
    times: times.elements,
    names: names.elements,
    attributes: attributes.elements,
  };
}

function readLinks(reader: BlockReader): ReadLinks {
  const traceIds = reader.idArray("links.trace_id", 16);
  const spanIds = reader.idArray("links.span_id", 8);
  const traceStates = reader.stringArray("links.trace_state");
  const attributes = reader.attributesArray("links.attrs", "links.attr_types");
  reader.sameEnds(traceIds, spanIds, traceStates, attributes);
  return {
    ends: traceIds.ends,
    traceIds: traceIds.elements,
    spanIds: spanIds.elements,
    traceStates: traceStates.elements,
    attributes: attributes.elements,
  };
}
