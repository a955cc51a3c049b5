import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES, type Attribute, textOfDouble } from "#core/attributes.ts";
import type { AttributesColumn } from "#core/columns.ts";
import { ROW_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { malformed, type WireReader } from "./wire.ts";

/** AnyValue's fields, as protobuf tags. */
const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;
const KVLIST = 0x32;
const BYTES = 0x3a;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Decodes OTLP `KeyValue` and `AnyValue` messages straight into an {@link AttributesColumn}. */
export class AttributeDecoder {
  private readonly reader: WireReader;
  /** Values cut at their limit since the decoder was made. */
  truncated = 0;

  constructor(reader: WireReader) {
    this.reader = reader;
  }

  /**
   * Appends the `KeyValue` in bytes `from` to `to` to the open row of `column`. Returns 1 when it was
   * left out: an empty or over-long key, or one that the row has already.
   */
  keyValue(column: AttributesColumn, from: number, to: number): 0 | 1 {
    const reader = this.reader;
    const bytes = reader.bytes;
    reader.position = from;
    let keyFrom = 0;
    let keyTo = 0;
    let valueFrom = 0;
    let valueTo = 0;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === 0x0a) {
        keyTo = reader.enter(to);
        keyFrom = reader.position;
        reader.position = keyTo;
      } else if (tag === 0x12) {
        valueTo = reader.enter(to);
        valueFrom = reader.position;
        reader.position = valueTo;
      } else {
        reader.skip(tag, to);
      }
    }
    if (keyFrom === keyTo || keyTo - keyFrom > ROW_LIMITS.attributeKeyBytesMax) return 1;
    const key = column.keys.numberOf(bytes, keyFrom, keyTo);
    const numbers = column.keys.numbers;
    for (let i = column.start(column.rows); i < numbers.length; i++)
      if (numbers.values[i] === key) return 1;
    numbers.push(key);
    this.value(column, valueFrom, valueTo);
    return 0;
  }

  /** Appends the `AnyValue` in bytes `from` to `to` as a value with its type. */
  private value(column: AttributesColumn, from: number, to: number): void {
    const { values, types } = column;
    types.u8(this.anyValue(values, from, to, ROW_LIMITS.attributeValueBytesMax));
  }

  /** Appends an `AnyValue` as text to a string column and returns its type. */
  anyValue(into: AttributesColumn["values"], from: number, to: number, bytesMax: number): number {
    const reader = this.reader;
    const bytes = reader.bytes;
    reader.position = from;
    if (from >= to) {
      into.pushEmpty();
      return ATTRIBUTE_TYPES.empty;
    }
    const tag = reader.varint(to);
    switch (tag) {
      case STRING: {
        const end = reader.enter(to);
        into.push(bytes, reader.position, this.cut(reader.position, end, bytesMax));
        return ATTRIBUTE_TYPES.string;
      }
      case INT: {
        const p = reader.position;
        const short =
          bytes[p]! < 128 || bytes[p + 1]! < 128 || bytes[p + 2]! < 128 || bytes[p + 3]! < 128;
        if (short) into.pushUint(reader.varint(to));
        else into.pushText(reader.varint64(to).toString());
        return ATTRIBUTE_TYPES.int;
      }
      case BOOL:
        into.pushText(reader.varint(to) === 0 ? "false" : "true");
        return ATTRIBUTE_TYPES.bool;
      case DOUBLE:
        into.pushText(textOfDouble(bytes.readDoubleLE(reader.fixed(8, to))));
        return ATTRIBUTE_TYPES.double;
      case BYTES: {
        const end = reader.enter(to);
        const kept = Math.min(end, reader.position + Math.floor(bytesMax / 4) * 3);
        if (kept < end) this.truncated++;
        into.pushText(bytes.toString("base64", reader.position, kept));
        return ATTRIBUTE_TYPES.bytes;
      }
      case ARRAY:
      case KVLIST: {
        const json = Buffer.from(JSON.stringify(this.json(from, to, 0)));
        into.push(json, 0, cutText(json, 0, json.length, bytesMax));
        if (json.length > bytesMax) this.truncated++;
        return tag === ARRAY ? ATTRIBUTE_TYPES.array : ATTRIBUTE_TYPES.kvlist;
      }
      default:
        reader.skip(tag, to);
        into.pushEmpty();
        return ATTRIBUTE_TYPES.empty;
    }
  }

  private cut(from: number, to: number, bytesMax: number): number {
    if (to - from <= bytesMax) return to;
    this.truncated++;
    return cutText(this.reader.bytes, from, to, bytesMax);
  }

  /** An `AnyValue` as a JSON value: only for arrays, kvlists and what is inside them. */
  private json(from: number, to: number, depth: number): Json {
    if (depth > REQUEST_LIMITS.depthMax) {
      throw malformed(`a value nested more than ${REQUEST_LIMITS.depthMax} levels deep`, from);
    }
    const reader = this.reader;
    const bytes = reader.bytes;
    reader.position = from;
    if (from >= to) return null;
    const tag = reader.varint(to);
    switch (tag) {
      case STRING: {
        const end = reader.enter(to);
        return bytes.toString("utf8", reader.position, end);
      }
      case BOOL:
        return reader.varint(to) !== 0;
      case INT:
        return jsonInt(reader.varint64(to));
      case DOUBLE:
        return jsonDouble(bytes.readDoubleLE(reader.fixed(8, to)));
      case ARRAY:
        return this.jsonArray(reader.enter(to), depth);
      case KVLIST:
        return this.jsonObject(reader.enter(to), depth);
      case BYTES: {
        const end = reader.enter(to);
        return bytes.toString("base64", reader.position, end);
      }
      default:
        reader.skip(tag, to);
        return null;
    }
  }

  private jsonArray(end: number, depth: number): Json[] {
    const reader = this.reader;
    const items: Json[] = [];
    while (reader.position < end) {
      const tag = reader.varint(end);
      if (tag !== 0x0a) {
        reader.skip(tag, end);
        continue;
      }
      const to = reader.enter(end);
      items.push(this.json(reader.position, to, depth + 1));
      reader.position = to;
    }
    return items;
  }

  private jsonObject(end: number, depth: number): Json {
    const reader = this.reader;
    // Without a prototype, so that a key such as __proto__ is a key like any other.
    const fields: { [key: string]: Json } = Object.create(null) as { [key: string]: Json };
    while (reader.position < end) {
      const tag = reader.varint(end);
      if (tag !== 0x0a) {
        reader.skip(tag, end);
        continue;
      }
      const to = reader.enter(end);
      this.jsonField(fields, to, depth);
      reader.position = to;
    }
    return fields;
  }

  private jsonField(fields: { [key: string]: Json }, end: number, depth: number): void {
    const reader = this.reader;
    let key = "";
    let value: Json = null;
    while (reader.position < end) {
      const tag = reader.varint(end);
      if (tag !== 0x0a && tag !== 0x12) {
        reader.skip(tag, end);
        continue;
      }
      const to = reader.enter(end);
      if (tag === 0x0a) key = reader.bytes.toString("utf8", reader.position, to);
      else value = this.json(reader.position, to, depth + 1);
      reader.position = to;
    }
    fields[key] = value;
  }
}

/** The attributes of a resource, scope or series as objects: these are read once and kept. */
export function attributeList(
  decoder: AttributeDecoder,
  scratch: AttributesColumn,
  ranges: readonly number[],
): Attribute[] {
  scratch.reset();
  for (let i = 0; i < ranges.length; i += 2) {
    if (scratch.keys.rows < ROW_LIMITS.attributesMax)
      decoder.keyValue(scratch, ranges[i]!, ranges[i + 1]!);
  }
  const attributes: Attribute[] = [];
  for (let i = 0; i < scratch.keys.rows; i++) {
    attributes.push({
      key: scratch.keys.text(i),
      value: scratch.values.text(i),
      type: scratch.types.bytes[i]!,
    });
  }
  return attributes;
}

/** The end of the longest prefix of at most `bytesMax` bytes that does not split a UTF-8 sequence. */
export function cutText(bytes: Buffer, from: number, to: number, bytesMax: number): number {
  if (to - from <= bytesMax) return to;
  let end = from + bytesMax;
  while (end > from && (bytes[end]! & 0xc0) === 0x80) end--;
  return end;
}

function jsonInt(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function jsonDouble(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}
