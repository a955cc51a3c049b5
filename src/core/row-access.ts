import { Buffer } from "node:buffer";
import type { Attribute, Resource, Scope } from "./attributes.ts";
import type { ByteWriter } from "./bytes.ts";
import type { AttributesColumn, StringColumn } from "./columns.ts";
import type { LogBatch } from "./log-batch.ts";
import type { SpanBatch } from "./span-batch.ts";

// Reading one field of one row without making an object of the row. Fields that are a column of
// their own are read from it: `batch.body.text(row)`, `batch.severity.bytes[row]`.

/** Rows with attributes: spans and log records, and by their own numbers span events, links and exemplars. */
export interface AttributedRows {
  readonly attributes: AttributesColumn;
}

/** An attribute's key, prepared for being looked for in many rows of many batches. */
export class AttributeKey {
  readonly text: string;
  readonly bytes: Buffer;
  /** The number that the key had in the dictionary where it was found last: most likely it has it again. */
  private guess = 0;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.from(text);
  }

  /** The key's number in a column; -1 when none of its rows has it. */
  numberIn(column: AttributesColumn): number {
    const { dictionary } = column.keys;
    const { bytes } = this;
    if (dictionary.equals(this.guess, bytes, 0, bytes.length)) return this.guess;
    const found = dictionary.find(bytes, 0, bytes.length);
    if (found >= 0) this.guess = found;
    return found;
  }
}

/** Where in the attributes of `rows` the row has the key; -1 without it. Valid until the next edit. */
export function attributeIndex(rows: AttributedRows, row: number, key: AttributeKey): number {
  const { attributes } = rows;
  const from = attributes.start(row);
  const to = attributes.ends.values[row]!;
  if (from === to) return -1;
  const number = key.numberIn(attributes);
  if (number < 0) return -1;
  const numbers = attributes.keys.numbers.values;
  for (let i = from; i < to; i++) if (numbers[i] === number) return i;
  return -1;
}

/** The text of an attribute's value (see `ATTRIBUTE_TYPES`); undefined where the row has no such attribute. */
export function attributeText(
  rows: AttributedRows,
  row: number,
  key: AttributeKey,
): string | undefined {
  const index = attributeIndex(rows, row, key);
  return index < 0 ? undefined : rows.attributes.values.text(index);
}

/** One of `ATTRIBUTE_TYPES`; undefined where the row has no such attribute. */
export function attributeType(
  rows: AttributedRows,
  row: number,
  key: AttributeKey,
): number | undefined {
  const index = attributeIndex(rows, row, key);
  return index < 0 ? undefined : rows.attributes.types.bytes[index];
}

/** The attribute of a resource, scope or series by its key. */
export function listedAttribute(
  attributes: readonly Attribute[],
  key: string,
): Attribute | undefined {
  for (const attribute of attributes) if (attribute.key === key) return attribute;
  return undefined;
}

export function resourceOfRow({ groups }: SpanBatch | LogBatch, row: number): Resource {
  return groups.resources[groups.groupOf(row)]!;
}

export function scopeOfRow({ groups }: SpanBatch | LogBatch, row: number): Scope {
  return groups.scopes[groups.groupOf(row)]!;
}

/** An attribute of the resource that a row came from. */
export function resourceAttribute(
  batch: SpanBatch | LogBatch,
  row: number,
  key: string,
): Attribute | undefined {
  return listedAttribute(resourceOfRow(batch, row).attributes, key);
}

/** The service that a row came from, `unknown_service` where its resource names none. */
export function serviceOfRow(batch: SpanBatch | LogBatch, row: number): string {
  return resourceOfRow(batch, row).service;
}

/** Whether a row of a text column is exactly these bytes: cheaper than making a string of it. */
export function textEquals(column: StringColumn, row: number, bytes: Uint8Array): boolean {
  const start = column.textStart(row);
  if (column.ends.values[row]! - start !== bytes.length) return false;
  const held = column.data.bytes;
  for (let i = 0; i < bytes.length; i++) if (held[start + i] !== bytes[i]) return false;
  return true;
}

/** A column of 64-bit nanoseconds (times, durations) as milliseconds, the nearest double. */
export function millisecondsAt(column: ByteWriter, row: number): number {
  const at = row * 8;
  const { bytes } = column;
  return (bytes.readUInt32LE(at + 4) * 4_294_967_296 + bytes.readUInt32LE(at)) / 1e6;
}

/** A trace or span id as lower-case hex; empty where it is all zero. */
export function idAt(column: ByteWriter, row: number, width: 8 | 16): string {
  const from = row * width;
  const { bytes } = column;
  for (let i = from; i < from + width; i++)
    if (bytes[i] !== 0) return bytes.toString("hex", from, from + width);
  return "";
}
