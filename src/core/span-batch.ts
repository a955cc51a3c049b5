import { ByteWriter } from "./bytes.ts";
import { AttributesColumn, DictionaryColumn, IntColumn, StringColumn } from "./columns.ts";
import { RowGroups, RowSelection } from "./row-groups.ts";

/** Columns of span events, one entry an event, flattened over the spans. */
class EventColumns {
  /** Unix nanoseconds, 8 bytes each. */
  readonly time = new ByteWriter();
  readonly name = new DictionaryColumn();
  readonly attributes = new AttributesColumn();

  reset(): void {
    this.time.reset();
    this.name.reset();
    this.attributes.reset();
  }
}

/** Columns of span links, one entry a link, flattened over the spans. */
class LinkColumns {
  readonly traceId = new ByteWriter();
  readonly spanId = new ByteWriter();
  readonly traceState = new StringColumn();
  readonly attributes = new AttributesColumn();

  reset(): void {
    this.traceId.reset();
    this.spanId.reset();
    this.traceState.reset();
    this.attributes.reset();
  }
}

/**
 * Spans as columns: one batch for each request, filled by a decoder, transformed in place by
 * processors, and encoded together with others at the group commit. Resource and scope are kept
 * once a group ({@link RowGroups}); `selection` is what is left of the rows.
 */
export class SpanBatch {
  readonly signal = "traces";
  rows = 0;
  /** Bytes of the request that it was decoded from. */
  sourceBytes = 0;
  readonly groups = new RowGroups();
  readonly selection = new RowSelection();
  /** Start, Unix nanoseconds, 8 bytes a row. */
  readonly time = new ByteWriter();
  /** End less start in nanoseconds, 8 bytes a row. */
  readonly duration = new ByteWriter();
  /** 16 bytes a row. */
  readonly traceId = new ByteWriter();
  /** 8 bytes a row; all zero in `parentSpanId` means a root. */
  readonly spanId = new ByteWriter();
  readonly parentSpanId = new ByteWriter();
  readonly traceState = new StringColumn();
  readonly name = new DictionaryColumn();
  /** `SpanKind` and `StatusCode` of OTLP, one byte a row. */
  readonly kind = new ByteWriter();
  readonly status = new ByteWriter();
  readonly statusMessage = new StringColumn();
  readonly flags = new ByteWriter();
  /** Sampling weight as Float32: how many spans this one stands for. */
  readonly weight = new ByteWriter();
  readonly attributes = new AttributesColumn();
  readonly eventEnds = new IntColumn();
  readonly events = new EventColumns();
  readonly linkEnds = new IntColumn();
  readonly links = new LinkColumns();
  /** Counts of what the sender or our limits dropped, 4 bytes a row each. */
  readonly droppedAttributes = new ByteWriter();
  readonly droppedEvents = new ByteWriter();
  readonly droppedLinks = new ByteWriter();

  reset(): void {
    this.rows = 0;
    this.sourceBytes = 0;
    this.groups.reset();
    this.selection.reset();
    for (const column of [this.time, this.duration, this.traceId, this.spanId, this.parentSpanId])
      column.reset();
    for (const column of [this.kind, this.status, this.flags, this.weight]) column.reset();
    for (const column of [this.traceState, this.name, this.statusMessage, this.attributes])
      column.reset();
    for (const column of [this.eventEnds, this.events, this.linkEnds, this.links]) column.reset();
    for (const column of [this.droppedAttributes, this.droppedEvents, this.droppedLinks])
      column.reset();
  }
}
