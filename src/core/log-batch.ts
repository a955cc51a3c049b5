import { ByteWriter } from "./bytes.ts";
import { AttributesColumn, DictionaryColumn, StringColumn } from "./columns.ts";
import { RowGroups, RowSelection } from "./row-groups.ts";

/** Log records as columns; see {@link SpanBatch} for its life. */
export class LogBatch {
  readonly signal = "logs";
  rows = 0;
  /** Bytes of the request that it was decoded from. */
  sourceBytes = 0;
  readonly groups = new RowGroups();
  readonly selection = new RowSelection();
  /** Unix nanoseconds, 8 bytes a row; the observed time where the sender gave no other. */
  readonly time = new ByteWriter();
  readonly observedTime = new ByteWriter();
  /** 16 and 8 bytes a row, all zero without a trace. */
  readonly traceId = new ByteWriter();
  readonly spanId = new ByteWriter();
  readonly flags = new ByteWriter();
  /** `SeverityNumber` of OTLP, one byte a row. */
  readonly severity = new ByteWriter();
  readonly severityText = new DictionaryColumn();
  readonly body = new StringColumn();
  /** One of `ATTRIBUTE_TYPES` a row. */
  readonly bodyType = new ByteWriter();
  readonly eventName = new DictionaryColumn();
  /** Sampling weight as Float32. */
  readonly weight = new ByteWriter();
  readonly attributes = new AttributesColumn();
  readonly droppedAttributes = new ByteWriter();

  reset(): void {
    this.rows = 0;
    this.sourceBytes = 0;
    this.groups.reset();
    this.selection.reset();
    for (const column of [this.time, this.observedTime, this.traceId, this.spanId, this.flags])
      column.reset();
    for (const column of [this.severity, this.severityText, this.body, this.bodyType])
      column.reset();
    for (const column of [this.eventName, this.weight, this.attributes, this.droppedAttributes])
      column.reset();
  }
}
