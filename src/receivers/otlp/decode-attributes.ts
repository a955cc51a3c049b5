import { Buffer } from "node:buffer";
import {
  ATTRIBUTE_TYPES,
  type Attribute,
  attributesOfRow,
  textOfDouble,
} from "#core/attributes.ts";
import { jsonOfDouble, jsonOfInt } from "#core/build/attribute-input.ts";
import type { AttributesColumn, StringColumn } from "#core/columns.ts";
import { ROW_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { cutText } from "#core/utf8.ts";
import { malformed, type WireReader } from "#pipeline/intake/wire.ts";

/** AnyValue's fields, as protobuf tags. */
const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;
const KVLIST = 0x32;
const BYTES = 0x3a;

/** Decodes OTLP `KeyValue` and `AnyValue` messages straight into an {@link AttributesColumn}. */
export class AttributeDecoder {
  private readonly reader: WireReader;
  /** The JSON text of the array or kvlist that is being decoded. */
  private text = "";

  constructor(reader: WireReader) {
    this.reader = reader;
  }

  /**
   * Appends the `KeyValue` in bytes `from` to `to` to the open row of `column`. Returns 1 when it was
   * left out: an empty or over-long key, or one that the row has already.
   */
  keyValue(column: AttributesColumn, from: number, to: number): 0 | 1 {
    const bytes = this.reader.bytes;
    // As nearly every sender writes it: the key, then the value, both short, and nothing else.
    let keyFrom = from + 2;
    let keyTo = keyFrom + bytes[from + 1]!;
    let valueFrom = keyTo + 2;
    let valueTo = valueFrom + bytes[keyTo + 1]!;
    const usual =
      valueTo === to &&
      bytes[from] === 0x0a &&
      bytes[from + 1]! < 128 &&
      bytes[keyTo] === 0x12 &&
      bytes[keyTo + 1]! < 128;
    if (!usual) [keyFrom, keyTo, valueFrom, valueTo] = this.keyValueRanges(from, to);
    if (keyFrom === keyTo || keyTo - keyFrom > ROW_LIMITS.attributeKeyBytesMax) return 1;
    const numbers = column.keys.numbers;
    const rowFrom = column.start(column.rows);
    const key = this.keyNumber(column, rowFrom, keyFrom, keyTo);
    for (let i = rowFrom; i < numbers.length; i++) if (numbers.values[i] === key) return 1;
    numbers.push(key);
    const type = this.anyValue(
      column.values,
      valueFrom,
      valueTo,
      ROW_LIMITS.attributeValueBytesMax,
    );
    column.types.u8(type);
    return 0;
  }

  private keyValueRanges(from: number, to: number): [number, number, number, number] {
    const reader = this.reader;
    const ranges: [number, number, number, number] = [0, 0, 0, 0];
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag !== 0x0a && tag !== 0x12) {
        reader.skip(tag, to);
        continue;
      }
      const end = reader.enter(to);
      const at = tag === 0x0a ? 0 : 2;
      ranges[at] = reader.position;
      ranges[at + 1] = end;
      reader.position = end;
    }
    return ranges;
  }

  /** Senders give a row's attributes in the order of the row before: the key there is tried first. */
  private keyNumber(column: AttributesColumn, rowFrom: number, from: number, to: number): number {
    const { keys, rows } = column;
    if (rows > 0) {
      const before = column.start(rows - 1) + keys.numbers.length - rowFrom;
      const guess = keys.numbers.values[before]!;
      if (before < rowFrom && keys.dictionary.equals(guess, this.reader.bytes, from, to))
        return guess;
    }
    return keys.numberOf(this.reader.bytes, from, to);
  }

  /**
   * Appends the `AnyValue` in bytes `from` to `to` as text to a string column and returns its type.
   * Text of more than `bytesMax` bytes is cut.
   */
  anyValue(into: StringColumn, from: number, to: number, bytesMax: number): number {
    const reader = this.reader;
    const bytes = reader.bytes;
    reader.position = from;
    const tag = from < to ? reader.varint(to) : 0;
    // The two commonest shapes, a message of one short field, are read in one go.
    if (tag === STRING) {
      const end = reader.enter(to);
      if (end === to) {
        into.push(bytes, reader.position, cutText(bytes, reader.position, end, bytesMax));
        return ATTRIBUTE_TYPES.string;
      }
    } else if (tag === INT) {
      const p = reader.position;
      const isShort =
        bytes[p]! < 128 || bytes[p + 1]! < 128 || bytes[p + 2]! < 128 || bytes[p + 3]! < 128;
      const value = isShort ? reader.varint(to) : 0;
      if (isShort && reader.position === to) {
        into.pushUint(value);
        return ATTRIBUTE_TYPES.int;
      }
    }
    return this.chosenValue(into, this.chosen(from, to), to, bytesMax);
  }

  /** Where the value that counts stands: the last field that is known, or -1. */
  private chosen(from: number, to: number): number {
    const reader = this.reader;
    let chosen = -1;
    reader.position = from;
    while (reader.position < to) {
      const at = reader.position;
      const tag = reader.varint(to);
      reader.skip(tag, to);
      if (isValueTag(tag)) chosen = at;
    }
    return chosen;
  }

  private chosenValue(into: StringColumn, at: number, to: number, bytesMax: number): number {
    const reader = this.reader;
    const bytes = reader.bytes;
    reader.position = at;
    const tag = at < 0 ? 0 : reader.varint(to);
    switch (tag) {
      case STRING: {
        const end = reader.enter(to);
        into.push(bytes, reader.position, cutText(bytes, reader.position, end, bytesMax));
        return ATTRIBUTE_TYPES.string;
      }
      case INT:
        into.pushText(reader.varint64(to).toString());
        return ATTRIBUTE_TYPES.int;
      case BOOL:
        into.pushText(reader.varint64(to) === 0n ? "false" : "true");
        return ATTRIBUTE_TYPES.bool;
      case DOUBLE:
        into.pushText(textOfDouble(bytes.readDoubleLE(reader.fixed(8, to))));
        return ATTRIBUTE_TYPES.double;
      case BYTES: {
        const end = reader.enter(to);
        const kept = Math.min(end, reader.position + Math.floor(bytesMax / 4) * 3);
        into.pushText(bytes.toString("base64", reader.position, kept));
        return ATTRIBUTE_TYPES.bytes;
      }
      case ARRAY:
      case KVLIST: {
        this.text = "";
        this.json(at, to, 0, bytesMax);
        const json = Buffer.from(this.text);
        into.push(json, 0, cutText(json, 0, json.length, bytesMax));
        return tag === ARRAY ? ATTRIBUTE_TYPES.array : ATTRIBUTE_TYPES.kvlist;
      }
      default:
        into.pushEmpty();
        return ATTRIBUTE_TYPES.empty;
    }
  }

  /**
   * Appends an `AnyValue` to the JSON text: only for arrays, kvlists and what is inside them. Stops
   * where the text is longer than `bytesMax`, which bounds both time and memory: the rest would be
   * cut away.
   */
  private json(from: number, to: number, depth: number, bytesMax: number): void {
    const reader = this.reader;
    const at = this.chosen(from, to);
    reader.position = at;
    const tag = at < 0 ? 0 : reader.varint(to);
    if (depth >= REQUEST_LIMITS.depthMax && (tag === ARRAY || tag === KVLIST))
      throw malformed(`more than ${REQUEST_LIMITS.depthMax} values within each other`, at);
    switch (tag) {
      case STRING:
        this.jsonText(reader.position, to, bytesMax);
        return;
      case BOOL:
        this.text += reader.varint64(to) === 0n ? "false" : "true";
        return;
      case INT:
        this.text += jsonOfInt(reader.varint64(to));
        return;
      case DOUBLE:
        this.text += jsonOfDouble(reader.bytes.readDoubleLE(reader.fixed(8, to)));
        return;
      case ARRAY:
        this.jsonArray(reader.enter(to), depth, bytesMax);
        return;
      case KVLIST:
        this.jsonObject(reader.enter(to), depth, bytesMax);
        return;
      case BYTES: {
        const end = Math.min(reader.enter(to), reader.position + bytesMax);
        this.text += `"${reader.bytes.toString("base64", reader.position, end)}"`;
        return;
      }
      default:
        this.text += "null";
    }
  }

  /** Appends the length-delimited text at `at` as a JSON string. */
  private jsonText(at: number, to: number, bytesMax: number): void {
    const reader = this.reader;
    reader.position = at;
    const end = Math.min(reader.enter(to), reader.position + bytesMax);
    this.text += JSON.stringify(reader.bytes.toString("utf8", reader.position, end));
  }

  private jsonArray(end: number, depth: number, bytesMax: number): void {
    const reader = this.reader;
    let separator = "";
    this.text += "[";
    while (reader.position < end && this.text.length <= bytesMax) {
      const tag = reader.varint(end);
      if (tag !== 0x0a) {
        reader.skip(tag, end);
        continue;
      }
      const to = reader.enter(end);
      this.text += separator;
      separator = ",";
      this.json(reader.position, to, depth + 1, bytesMax);
      reader.position = to;
    }
    this.text += "]";
  }

  private jsonObject(end: number, depth: number, bytesMax: number): void {
    const reader = this.reader;
    let separator = "";
    this.text += "{";
    while (reader.position < end && this.text.length <= bytesMax) {
      const tag = reader.varint(end);
      if (tag !== 0x0a) {
        reader.skip(tag, end);
        continue;
      }
      const to = reader.enter(end);
      this.text += separator;
      separator = ",";
      this.jsonField(to, depth, bytesMax);
      reader.position = to;
    }
    this.text += "}";
  }

  private jsonField(end: number, depth: number, bytesMax: number): void {
    const reader = this.reader;
    let keyAt = -1;
    let valueFrom = 0;
    let valueTo = 0;
    while (reader.position < end) {
      const tag = reader.varint(end);
      const at = reader.position;
      if (tag === 0x12) {
        valueTo = reader.enter(end);
        valueFrom = reader.position;
        reader.position = valueTo;
      } else {
        reader.skip(tag, end);
        if (tag === 0x0a) keyAt = at;
      }
    }
    if (keyAt < 0) this.text += '""';
    else this.jsonText(keyAt, end, bytesMax);
    this.text += ":";
    this.json(valueFrom, valueTo, depth + 1, bytesMax);
  }
}

/** The attributes of a resource, scope or series as objects: these are read once and kept. */
export function attributeList(
  decoder: AttributeDecoder,
  scratch: AttributesColumn,
  ranges: readonly number[],
): Attribute[] {
  scratch.reset();
  for (let i = 0; i < ranges.length; i += 2) decoder.keyValue(scratch, ranges[i]!, ranges[i + 1]!);
  scratch.endRow();
  return attributesOfRow(scratch, 0);
}

function isValueTag(tag: number): boolean {
  switch (tag) {
    case STRING:
    case BOOL:
    case INT:
    case DOUBLE:
    case ARRAY:
    case KVLIST:
    case BYTES:
      return true;
    default:
      return false;
  }
}
