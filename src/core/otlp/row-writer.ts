import { ATTRIBUTE_TYPES, type Attribute, type Resource, type Scope } from "../attributes.ts";
import { type AnyValue, anyValueOfJson, type KeyValue } from "./any-value.ts";
import { tagsOf } from "./tags.ts";
import type { ProtobufWriter } from "./writer.ts";

const KEY_VALUE = tagsOf("KeyValue");
const ANY_VALUE = tagsOf("AnyValue");
const ARRAY = tagsOf("ArrayValue");
const KVLIST = tagsOf("KeyValueList");
const RESOURCE = tagsOf("Resource");
const SCOPE = tagsOf("InstrumentationScope");

const ZEROS = /^0*$/;
const INTEGER = /^-?\d{1,19}$/;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const wide = new BigUint64Array(1);
const words = new Uint32Array(wide.buffer);

/** Text is left out where it is empty, as protobuf has it. */
export function writeText(writer: ProtobufWriter, tag: number, text: string): void {
  if (text === "") return;
  writer.tag(tag);
  writer.string(text);
}

/** An id in hex is left out where it is none. */
export function writeId(writer: ProtobufWriter, tag: number, id: string): void {
  if (ZEROS.test(id)) return;
  writer.tag(tag);
  writer.hex(id);
}

/** Left out where it is 0. */
export function writeFixed64(writer: ProtobufWriter, tag: number, value: bigint): void {
  if (value === 0n) return;
  writer.tag(tag);
  pushFixed64(writer, value);
}

export function pushFixed64(writer: ProtobufWriter, value: bigint): void {
  wide[0] = value;
  writer.fixed64(words[0]!, words[1]!);
}

export function pushVarint64(writer: ProtobufWriter, value: bigint): void {
  wide[0] = value;
  writer.varint64(words[0]!, words[1]!);
}

/** Left out where it is 0. */
export function writeUint32(writer: ProtobufWriter, tag: number, value: number): void {
  if (value === 0) return;
  writer.tag(tag);
  writer.uint32(value);
}

export function writeFixed32(writer: ProtobufWriter, tag: number, value: number): void {
  if (value === 0) return;
  writer.tag(tag);
  writer.fixed32(value);
}

/** Written also where it is 0: absent would be something else. */
export function writeDouble(writer: ProtobufWriter, tag: number, value: number): void {
  writer.tag(tag);
  writer.double(value);
}

/** A field of type sint32, left out where it is 0. */
export function writeZigzag(writer: ProtobufWriter, tag: number, value: number): void {
  writeUint32(writer, tag, ((value << 1) ^ (value >> 31)) >>> 0);
}

export function writeResource(writer: ProtobufWriter, tag: number, resource: Resource): void {
  writer.tag(tag);
  const start = writer.begin();
  writeAttributes(writer, RESOURCE.attributes, resource.attributes);
  writer.end(start);
}

export function writeScope(writer: ProtobufWriter, tag: number, scope: Scope): void {
  writer.tag(tag);
  const start = writer.begin();
  writeText(writer, SCOPE.name, scope.name);
  writeText(writer, SCOPE.version, scope.version);
  writeAttributes(writer, SCOPE.attributes, scope.attributes);
  writer.end(start);
}

export function writeAttributes(
  writer: ProtobufWriter,
  tag: number,
  attributes: readonly Attribute[],
): void {
  for (const { key, value, type } of attributes) {
    writer.tag(tag);
    const start = writer.begin();
    writeText(writer, KEY_VALUE.key, key);
    writeValue(writer, KEY_VALUE.value, value, type);
    writer.end(start);
  }
}

/**
 * A value as it is stored (see `ATTRIBUTE_TYPES`) in a field of type AnyValue; the empty value is a field that is
 * not there. Text that is not of its type, such as that of a list that was cut, goes out as a string.
 */
export function writeValue(writer: ProtobufWriter, tag: number, text: string, type: number): void {
  if (type === ATTRIBUTE_TYPES.empty) return;
  writer.tag(tag);
  const start = writer.begin();
  if (type === ATTRIBUTE_TYPES.string) pushString(writer, text);
  else pushAnyValue(writer, anyValueOf(text, type));
  writer.end(start);
}

/** A value as it is stored, in the form of OTLP/JSON; see {@link writeValue}. */
export function anyValueOf(text: string, type: number): AnyValue {
  switch (type) {
    case ATTRIBUTE_TYPES.empty:
      return {};
    case ATTRIBUTE_TYPES.int:
      if (isInt64(text)) return { intValue: text };
      break;
    case ATTRIBUTE_TYPES.double:
      if (isDouble(text)) return { doubleValue: doubleOf(Number(text)) };
      break;
    case ATTRIBUTE_TYPES.bool:
      return { boolValue: text === "true" };
    case ATTRIBUTE_TYPES.bytes:
      return { bytesValue: text };
    case ATTRIBUTE_TYPES.array:
    case ATTRIBUTE_TYPES.kvlist: {
      const value = anyValueOfJson(text);
      if (value !== undefined) return value;
    }
  }
  return { stringValue: text };
}

function isInt64(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  // Of 18 digits none is beyond it.
  if (text.length <= 18) return true;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** A double in the form of OTLP/JSON; see `AnyValue`. */
export function doubleOf(value: number): number | string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

function isDouble(text: string): boolean {
  return text === "NaN" || (text.trim() !== "" && !Number.isNaN(Number(text)));
}

function pushString(writer: ProtobufWriter, text: string): void {
  writer.tag(ANY_VALUE.string_value);
  writer.string(text);
}

function pushAnyValue(writer: ProtobufWriter, value: AnyValue): void {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue } = value;
  if (stringValue !== undefined) pushString(writer, stringValue);
  else if (boolValue !== undefined) {
    writer.tag(ANY_VALUE.bool_value);
    writer.uint32(boolValue ? 1 : 0);
  } else if (intValue !== undefined) {
    writer.tag(ANY_VALUE.int_value);
    pushVarint64(writer, BigInt(intValue));
  } else if (doubleValue !== undefined)
    writeDouble(writer, ANY_VALUE.double_value, Number(doubleValue));
  else if (bytesValue !== undefined) {
    writer.tag(ANY_VALUE.bytes_value);
    writer.bytes(Buffer.from(bytesValue, "base64"));
  } else pushNested(writer, value);
}

function pushNested(writer: ProtobufWriter, { arrayValue, kvlistValue }: AnyValue): void {
  if (arrayValue !== undefined) {
    writer.tag(ANY_VALUE.array_value);
    const start = writer.begin();
    for (const element of arrayValue.values) pushMessage(writer, ARRAY.values, element);
    writer.end(start);
  } else if (kvlistValue !== undefined) {
    writer.tag(ANY_VALUE.kvlist_value);
    const start = writer.begin();
    for (const field of kvlistValue.values) pushField(writer, field);
    writer.end(start);
  }
}

function pushField(writer: ProtobufWriter, { key, value }: KeyValue): void {
  writer.tag(KVLIST.values);
  const start = writer.begin();
  writeText(writer, KEY_VALUE.key, key);
  pushMessage(writer, KEY_VALUE.value, value);
  writer.end(start);
}

function pushMessage(writer: ProtobufWriter, tag: number, value: AnyValue): void {
  writer.tag(tag);
  const start = writer.begin();
  pushAnyValue(writer, value);
  writer.end(start);
}
