import { hash } from "node:crypto";
import type { Resource } from "#core/attributes.ts";
import { ByteWriter } from "#core/bytes.ts";
import type { DictionaryColumn, StringColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey, attributeIndex, resourceOfRow } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { attributeOfField } from "./settings.ts";

type Rows = SpanBatch | LogBatch;
type WriteField<B extends Rows> = (into: ByteWriter, batch: B, row: number) => void;

/** Characters of the digest that are kept: 128 bits, so that nobody can make two contents with the same. */
const DIGEST_CHARACTERS = 22;

/** Digests of what chosen fields of rows have in them: equal for rows that are equal in these. */
export class RowDigest<B extends Rows> {
  private readonly fields: readonly WriteField<B>[];
  private readonly scratch = new ByteWriter();

  constructor(fields: readonly WriteField<B>[]) {
    this.fields = fields;
  }

  get isEmpty(): boolean {
    return this.fields.length === 0;
  }

  of(batch: B, row: number): string {
    const { scratch } = this;
    scratch.reset();
    for (const write of this.fields) write(scratch, batch, row);
    return hash("sha256", scratch.view(), "base64").slice(0, DIGEST_CHARACTERS);
  }
}

const SHARED: Readonly<Record<string, WriteField<Rows>>> = {
  resource: (into, batch, row) => writeResource(into, resourceOfRow(batch, row)),
  trace_id: (into, { traceId }, row) => into.raw(traceId.bytes, row * 16, row * 16 + 16),
  span_id: (into, { spanId }, row) => into.raw(spanId.bytes, row * 8, row * 8 + 8),
};

const OF_LOGS: Readonly<Record<string, WriteField<LogBatch>>> = {
  ...SHARED,
  severity: (into, batch, row) => {
    into.u8(batch.severity.bytes[row]!);
    writeEntry(into, batch.severityText, row);
  },
  event_name: (into, batch, row) => writeEntry(into, batch.eventName, row),
  body: (into, batch, row) => {
    into.u8(batch.bodyType.bytes[row]!);
    writeText(into, batch.body, row);
  },
};

const OF_SPANS: Readonly<Record<string, WriteField<SpanBatch>>> = {
  ...SHARED,
  name: (into, batch, row) => writeEntry(into, batch.name, row),
  kind: (into, batch, row) => into.u8(batch.kind.bytes[row]!),
  status: (into, batch, row) => into.u8(batch.status.bytes[row]!),
};

export function logDigest(fields: readonly string[], ignored: readonly string[]) {
  return new RowDigest(fields.map((field) => OF_LOGS[field] ?? attributesField(field, ignored)));
}

export function spanDigest(fields: readonly string[], ignored: readonly string[]) {
  return new RowDigest(fields.map((field) => OF_SPANS[field] ?? attributesField(field, ignored)));
}

/** All attributes but the ignored ones, or the one that the field names. */
function attributesField(field: string, ignored: readonly string[]): WriteField<Rows> {
  const name = attributeOfField(field);
  if (name === undefined) return allAttributes(ignored.map((key) => new AttributeKey(key)));
  const key = new AttributeKey(name);
  return (into, batch, row) => {
    const index = attributeIndex(batch, row, key);
    into.u8(index < 0 ? 0 : 1);
    if (index >= 0) writeValue(into, batch, index);
  };
}

function allAttributes(ignored: readonly AttributeKey[]): WriteField<Rows> {
  return (into, batch, row) => {
    const { attributes } = batch;
    const { keys, ends } = attributes;
    const end = ends.values[row]!;
    for (let index = attributes.start(row); index < end; index++) {
      const number = keys.numbers.values[index]!;
      if (isAny(ignored, batch, number)) continue;
      writeEntry(into, keys, index);
      writeValue(into, batch, index);
    }
    into.u8(0);
  };
}

function isAny(keys: readonly AttributeKey[], { attributes }: Rows, number: number): boolean {
  const { dictionary } = attributes.keys;
  for (const { bytes } of keys) if (dictionary.equals(number, bytes, 0, bytes.length)) return true;
  return false;
}

function writeResource(into: ByteWriter, { id }: Resource): void {
  into.u32(id.low);
  into.u32(id.high);
}

/** Each text with its length before it, so that no two lists of texts are written alike. */
function writeText(into: ByteWriter, column: StringColumn, row: number): void {
  into.raw(column.data.bytes, column.start(row), column.ends.values[row]!);
}

function writeEntry(
  into: ByteWriter,
  { dictionary, numbers }: DictionaryColumn,
  row: number,
): void {
  const number = numbers.values[row]!;
  const start = dictionary.start(number);
  const length = dictionary.byteLength(number);
  into.varint(length);
  into.raw(dictionary.keys.bytes, start, start + length);
}

function writeValue(into: ByteWriter, { attributes }: Rows, index: number): void {
  into.u8(attributes.types.bytes[index]!);
  writeText(into, attributes.values, index);
}
