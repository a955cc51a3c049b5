import { Buffer } from "node:buffer";

/** Protobuf by hand, for payloads that no encoder would write. */
type Bytes = Uint8Array | readonly number[] | string;

const bytesOf = (content: Bytes): Buffer =>
  typeof content === "string" ? Buffer.from(content) : Buffer.from(content);

/** A varint of the fewest bytes. */
export function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A length-delimited field: text, bytes, or a message of the fields given. */
export function field(number: number, ...contents: readonly Bytes[]): Buffer {
  const content = Buffer.concat(contents.map(bytesOf));
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

export function varintField(number: number, value: bigint | number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

export function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

export function double(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

/** The same bytes again and again, up to `bytesMax`. */
export function repeated(unit: Buffer, bytesMax: number): Buffer {
  const count = Math.floor(bytesMax / unit.length);
  return Buffer.alloc(count * unit.length, unit);
}

/** A request of one resource and scope with these fields in its scope, records being field 2. */
export function request(...scopeFields: readonly Bytes[]): Buffer {
  return field(1, field(2, ...scopeFields));
}

export const TIME = 1_750_000_000_000_000_000n;

/** What a span must have: ids and a start. */
export const SPAN_HEAD = Buffer.concat([
  field(1, new Uint8Array(16).fill(1)),
  field(2, new Uint8Array(8).fill(2)),
  fixed64(7, TIME),
]);

/** A span (in its scope) of the head and these fields. */
export const span = (...fields: readonly Bytes[]): Buffer => field(2, SPAN_HEAD, ...fields);

/** An attribute (as field `number`) with the `AnyValue` of these bytes. */
export const attribute = (number: number, key: Bytes, ...value: readonly Bytes[]): Buffer =>
  field(number, field(1, key), field(2, ...value));
