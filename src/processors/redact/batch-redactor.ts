import type { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES, Resource, Scope, Series } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import type { AttributesColumn, DictionaryColumn, IntColumn, StringColumn } from "#core/columns.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { mapResources, mapScopes, mapSeries } from "#core/edit/map-origins.ts";
import {
  keptElements,
  rewriteAttributeValues,
  rewriteDictionary,
  rewriteStrings,
  type Rows,
} from "#core/edit/rewrite-text.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { keptExemplars, type MetricBatch } from "#core/metric-batch.ts";
import { AttributeKey } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { type Field, type FieldRedactor, isNothing } from "./field-redactor.ts";
import type { RowChanges } from "./row-changes.ts";
import { UnchangedValues } from "./unchanged-values.ts";

const REDACTION = new AttributeKey("_redaction");

/** Names that a rule may give to what is no attribute. */
const FIELD = { body: "message", name: "name", statusMessage: "status_message" } as const;

/** The row of the value that is being redacted, by its number in its column. */
type Locate = (index: number) => number;

const sameRow: Locate = (index) => index;

/**
 * Redacts the columns of batches in place: bodies, names, status messages, and the values of attributes
 * of rows, events, links, exemplars, resources, scopes and series. Keys are never changed.
 */
export class BatchRedactor {
  readonly changes: RowChanges;
  private readonly fields: FieldRedactor;
  private readonly resources = new WeakMap<Resource, Resource>();
  private readonly scopes = new WeakMap<Scope, Scope>();
  private readonly series = new WeakMap<Series, Series>();
  /** Where the value is that is being redacted; without `locate` it is of no single row. */
  private index = 0;
  private locate: Locate | undefined;
  private readonly unchanged = new UnchangedValues();

  constructor(fields: FieldRedactor, changes: RowChanges) {
    this.fields = fields;
    this.changes = changes;
  }

  redact(batch: Batch): void {
    this.changes.begin(batch.rows);
    this.locate = undefined;
    mapResources(batch, (resource) => this.resource(resource));
    mapScopes(batch, (scope) => this.scope(scope));
    if (batch.signal === "logs") this.logs(batch);
    else if (batch.signal === "traces") this.spans(batch);
    else this.metrics(batch);
    this.locate = undefined;
  }

  /** Notes that something was replaced in the value that is being redacted. */
  changed(path: string, type: string, characters: number): void {
    if (this.locate === undefined) return;
    const row = this.locate(this.index);
    this.changes.mark(row);
    this.changes.note(row, path, type, characters);
  }

  /** Adds to changed records what was changed, as seed 003 does. */
  describe(batch: LogBatch, mode: string, onlyEvents: boolean, timestamp: string): void {
    if (this.changes.count === 0) return;
    const { numbers, dictionary } = batch.eventName;
    editAttributes(batch, batch.selection, (row, index) => {
      if (!this.changes.has(index)) return;
      if (onlyEvents && dictionary.byteLength(numbers.values[index]!) === 0) return;
      const fields = this.changes.fieldsOf(index);
      const redaction = { redacted: true, mode, fields, timestamp };
      row.set(REDACTION, JSON.stringify(redaction), ATTRIBUTE_TYPES.kvlist);
    });
  }

  private logs(batch: LogBatch): void {
    const { body, bodyType, selection } = batch;
    this.texts(body, selection, {
      field: this.fields.field(FIELD.body),
      types: bodyType.bytes,
      bytesMax: ROW_LIMITS.bodyBytesMax,
    });
    this.attributes(batch.attributes, selection, sameRow);
  }

  private spans(batch: SpanBatch): void {
    const { selection, events, eventEnds, links, linkEnds } = batch;
    this.names(batch.name, selection, sameRow);
    this.texts(batch.statusMessage, selection, {
      field: this.fields.field(FIELD.statusMessage),
      types: undefined,
      bytesMax: ROW_LIMITS.statusMessageBytesMax,
    });
    this.attributes(batch.attributes, selection, sameRow);
    const keptEvents = keptElements(eventEnds, selection);
    this.names(events.name, keptEvents, rowsOf(eventEnds));
    this.attributes(events.attributes, keptEvents, rowsOf(eventEnds));
    this.attributes(links.attributes, keptElements(linkEnds, selection), rowsOf(linkEnds));
  }

  /** Labels are values too: series that become equal by it are one from then on. */
  private metrics(batch: MetricBatch): void {
    mapSeries(batch, (series) => this.oneSeries(series));
    this.attributes(batch.exemplars.attributes, keptExemplars(batch), undefined);
  }

  /** `types` has one of `ATTRIBUTE_TYPES` a row; without them all are strings. */
  private texts(
    column: StringColumn,
    rows: Rows,
    {
      field,
      types,
      bytesMax,
    }: {
      readonly field: Field;
      readonly types: Uint8Array | undefined;
      readonly bytesMax: number;
    },
  ): void {
    this.locate = sameRow;
    const rewrite = (bytes: Buffer, from: number, to: number, row: number): Buffer | undefined => {
      this.index = row;
      const type = types?.[row] ?? ATTRIBUTE_TYPES.string;
      const text = this.fields.redact(field, type, bytes, from, to);
      if (text !== undefined && types !== undefined && !isJson(type))
        types[row] = ATTRIBUTE_TYPES.string;
      return text;
    };
    rewriteStrings(column, rows, rewrite, bytesMax);
  }

  /** @param rowOf The row of an entry of the column; without it they are of no rows of the batch. */
  private attributes(column: AttributesColumn, entries: Rows, rowOf: Locate | undefined): void {
    if (column.values.rows === 0) return;
    const entryOf = rowsOf(column.ends);
    this.locate = rowOf === undefined ? undefined : (index) => rowOf(entryOf(index));
    const { keys, types } = column;
    const known: Field[] = [];
    const { unchanged } = this;
    unchanged.begin(column);
    rewriteAttributeValues(column, entries, (bytes, from, to, index) => {
      const number = keys.numbers.values[index]!;
      const field = (known[number] ??= this.fields.field(keys.dictionary.text(number)));
      const type = types.bytes[index]!;
      if (isNothing(field, type, to - from) || unchanged.has(index, from, to)) return undefined;
      this.index = index;
      const redacted = this.fields.redact(field, type, bytes, from, to);
      if (redacted === undefined) unchanged.add(index);
      return redacted;
    });
  }

  /** Names, each once however many rows have it. */
  private names(column: DictionaryColumn, rows: Rows, rowOf: Locate): void {
    const field = this.fields.field(FIELD.name);
    const { dictionary, numbers } = column;
    const redacted = new Map<string, string>();
    /** By number, once it was looked at. */
    const isChanged: boolean[] = [];
    this.locate = undefined;
    for (let i = 0; i < numbers.length; i++) {
      if (rows?.has(i) === false) continue;
      const number = numbers.values[i]!;
      if (isChanged[number] === undefined) {
        const name = dictionary.text(number);
        const text = this.fields.redactText(field, ATTRIBUTE_TYPES.string, name);
        isChanged[number] = text !== undefined;
        if (text !== undefined) redacted.set(name, text);
      }
      if (isChanged[number]) this.changes.mark(rowOf(i));
    }
    if (redacted.size > 0) rewriteDictionary(column, rows, (name) => redacted.get(name));
  }

  private resource(resource: Resource): Resource {
    return remembered(this.resources, resource, () => {
      const attributes = this.fields.redactList(resource.attributes);
      if (attributes === resource.attributes) return resource;
      return new Resource(attributes, resource.schemaUrl);
    });
  }

  private scope(scope: Scope): Scope {
    return remembered(this.scopes, scope, () => {
      const attributes = this.fields.redactList(scope.attributes);
      if (attributes === scope.attributes) return scope;
      return new Scope(scope.name, scope.version, attributes, scope.schemaUrl);
    });
  }

  private oneSeries(series: Series): Series {
    return remembered(this.series, series, () => {
      const attributes = this.fields.redactList(series.attributes);
      if (attributes === series.attributes) return series;
      return new Series(series.metric, series.resource, series.scope, attributes);
    });
  }
}

function remembered<T extends object>(known: WeakMap<T, T>, key: T, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = make()));
  return value;
}

/** The row that an element is of; asked for in rising order. */
function rowsOf(ends: IntColumn): Locate {
  let row = 0;
  return (element) => {
    while (ends.values[row]! <= element) row++;
    return row;
  };
}

function isJson(type: number): boolean {
  return type === ATTRIBUTE_TYPES.array || type === ATTRIBUTE_TYPES.kvlist;
}
