import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import type { AttributeRow } from "#core/edit/attribute-row.ts";
import { type EditableRows, editAttributes } from "#core/edit/edit-attributes.ts";
import { keptElements } from "#core/edit/rewrite-text.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { attributeIndex, AttributeKey } from "#core/row-access.ts";
import type { RowSelection } from "#core/row-groups.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { defineComponent, type Processor, type ProcessorContext } from "#pipeline/component.ts";
import { FieldKeys, Fields } from "./fields.ts";
import { parserOf } from "./parser-of.ts";
import { RecordFields } from "./record-fields.ts";
import { type ParseSettings, settings } from "./settings.ts";
import type { SourceText, TextParser } from "./text-parser.ts";
import { retype } from "./typed-text.ts";

const PARSE_ERROR = new AttributeKey("parse.error");

/**
 * Makes attributes of text: of the body of log records, or of an attribute of log records, spans and span events.
 *
 * @example
 * processors:
 *   parse: { format: json, body: [message, msg] }
 *   parse/nginx: { format: access_log, severity: { from: http.response.status_code, map: { 5xx: error } } }
 */
export const parse = defineComponent({
  kind: "processor",
  type: "parse",
  summary: "Makes attributes of JSON, logfmt, access logs, CSV, and what patterns find in text.",
  signals: { traces: "stable", logs: "stable" },
  settings,
  create: (given: ParseSettings, context: ProcessorContext) => new ParseProcessor(given, context),
});

type Outcome = "parsed" | "failed" | "dropped";

class ParseProcessor implements Processor {
  private readonly given: ParseSettings;
  private readonly context: ProcessorContext;
  private readonly parser: TextParser;
  private readonly fields = new Fields(ROW_LIMITS.attributesMax);
  private readonly keys: FieldKeys;
  private readonly types: readonly (readonly [string, ParseSettings["types"][string]])[];
  private readonly source: AttributeKey | undefined;
  private readonly record: RecordFields;
  private readonly counts: Record<Outcome, number> = { parsed: 0, failed: 0, dropped: 0 };
  private fieldsDropped = 0;

  constructor(given: ParseSettings, context: ProcessorContext) {
    this.given = given;
    this.context = context;
    this.parser = parserOf(given);
    this.keys = new FieldKeys(given.prefix);
    this.types = Object.entries(given.types);
    this.source = given.attribute === undefined ? undefined : new AttributeKey(given.attribute);
    this.record = new RecordFields(given);
    const { counts } = this;
    context.meter.observedCounter(
      {
        name: "parse_texts_total",
        help: "Texts that were parsed, that were not of their format, and those of which the row was dropped.",
        unit: "{text}",
        labels: ["outcome"],
      },
      () => Object.entries(counts).map(([outcome, value]) => ({ value, labels: { outcome } })),
    );
  }

  process(batch: Batch): void {
    if (batch.signal === "logs") this.parseLogs(batch);
    else if (batch.signal === "traces") this.parseSpans(batch);
  }

  private parseLogs(batch: LogBatch): void {
    if (!this.given.rows.includes("logs")) return;
    const { context, record, source } = this;
    record.begin(batch, context.timeWindow("logs"), context.clock.nowMs());
    editAttributes(batch, batch.selection, (attributes, row) => {
      const text =
        source === undefined ? bodyText(batch, row) : attributeSource(batch, row, source);
      if (text === undefined) return;
      if (this.parseText(text, attributes)) {
        record.apply(row, this.fields);
        if (source === undefined && !this.given.keepSource && !record.hasBody(row))
          record.setBody(row, "", ATTRIBUTE_TYPES.empty);
        this.setFields(attributes);
      } else this.fail(attributes, batch.selection, row);
    });
    record.finish();
  }

  private parseSpans(batch: SpanBatch): void {
    const { source } = this;
    if (source === undefined) return;
    const { rows } = this.given;
    if (rows.includes("spans"))
      this.parseAttributes(batch, source, batch.selection, batch.selection);
    if (rows.includes("span_events"))
      this.parseAttributes(batch.events, source, keptElements(batch.eventEnds, batch.selection));
  }

  /** @param droppable Where a row is dropped; without it none can be. */
  private parseAttributes(
    rows: EditableRows,
    source: AttributeKey,
    selection: RowSelection | undefined,
    droppable?: RowSelection,
  ): void {
    editAttributes(rows, selection, (attributes, row) => {
      const text = attributeSource(rows, row, source);
      if (text === undefined) return;
      if (this.parseText(text, attributes)) this.setFields(attributes);
      else this.fail(attributes, droppable, row);
    });
  }

  /** Fills `fields`; false, with the reason in `reason`, where the text is not of the format. */
  private parseText(text: SourceText, attributes: AttributeRow): boolean {
    const { fields, types } = this;
    fields.clear();
    const reason = this.parser(text, fields);
    if (reason !== undefined) {
      this.reason = reason;
      return false;
    }
    this.counts.parsed++;
    this.fieldsDropped += fields.dropped;
    attributes.refused += fields.dropped;
    for (const [name, type] of types) {
      const place = fields.indexOf(name);
      if (place >= 0) retype(fields, place, type);
    }
    return true;
  }

  /** Why the last text that failed did. */
  private reason = "";

  private fail(attributes: AttributeRow, droppable: RowSelection | undefined, row: number): void {
    const { onFailure } = this.given;
    if (onFailure === "drop" && droppable !== undefined) {
      droppable.drop(row);
      this.counts.dropped++;
      return;
    }
    this.counts.failed++;
    if (onFailure !== "keep") attributes.set(PARSE_ERROR, this.reason, ATTRIBUTE_TYPES.string);
  }

  private setFields(attributes: AttributeRow): void {
    const { fields, keys, source } = this;
    const { overwrite, keepSource } = this.given;
    if (source !== undefined && !keepSource) attributes.delete(source);
    const { count } = fields;
    for (let place = 0; place < count; place++) {
      const key = keys.of(fields.keys[place]!);
      if (!overwrite && attributes.indexOf(key) >= 0) continue;
      attributes.set(key, fields.texts[place]!, fields.types[place]!);
    }
  }

  /** Texts by what became of them, and of log records the times and severities that were set or could not be. */
  statistics(): Readonly<Record<string, number>> {
    const { counts } = this.record;
    const { parsed, failed, dropped } = this.counts;
    return {
      total_processed: parsed + failed + dropped,
      total_parsed: parsed,
      total_failed: failed,
      total_dropped: dropped,
      total_fields_dropped: this.fieldsDropped,
      total_times_set: counts.timesSet,
      total_times_unread: counts.timesUnread,
      total_times_outside: counts.timesOutside,
      total_severities_set: counts.severitiesSet,
      total_severities_unknown: counts.severitiesUnknown,
    };
  }
}

/** The body as text: a map of OTLP is kept as JSON. Undefined where there is none. */
function bodyText({ body, bodyType }: LogBatch, row: number): SourceText | undefined {
  if (!isText(bodyType.bytes[row]!)) return undefined;
  const from = body.textStart(row);
  const to = body.ends.values[row]!;
  return from === to ? undefined : { bytes: body.data.bytes, from, to };
}

function attributeSource(
  rows: EditableRows,
  row: number,
  key: AttributeKey,
): SourceText | undefined {
  const at = attributeIndex(rows, row, key);
  const { types, values } = rows.attributes;
  if (at < 0 || !isText(types.bytes[at]!)) return undefined;
  const from = values.textStart(at);
  const to = values.ends.values[at]!;
  return from === to ? undefined : { bytes: values.data.bytes, from, to };
}

function isText(type: number): boolean {
  return type === ATTRIBUTE_TYPES.string || type === ATTRIBUTE_TYPES.kvlist;
}
