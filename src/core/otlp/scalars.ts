import type { ScalarType } from "./messages.ts";
import type { ProtobufWriter } from "./writer.ts";

/**
 * How each protobuf scalar is written from what proto3's JSON mapping allows for it
 * (https://protobuf.dev/programming-guides/json/), with OTLP's exception of hex ids.
 *
 * `write` appends the bare value, without a tag, and returns false (nothing appended) when `value`
 * is not of its type. `isDefault` says whether a field without presence may be left out.
 */
export interface Scalar {
  readonly wireType: 0 | 1 | 2 | 5;
  /** What an error message says is allowed. */
  readonly allowed: string;
  write(writer: ProtobufWriter, value: unknown): boolean;
  isDefault(value: unknown): boolean;
}

const TWO_16 = 0x1_0000;
const TWO_32 = 0x1_0000_0000;
const DECIMAL = /^-?\d{1,20}$/;
/** A JSON number as text. */
const NUMERIC = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** The words of the last 64-bit integer that was read: two numbers cannot be returned for free. */
let low = 0;
let high = 0;

const isZero = (value: unknown): boolean =>
  value === 0 ? !Object.is(value, -0) : value === "0" || value === 0n;
const isEmpty = (value: unknown): boolean =>
  value === "" || (value instanceof Uint8Array && value.length === 0);

const UNSIGNED = "an integer from 0 to 18446744073709551615, as a number or a decimal string";
const SIGNED =
  "an integer from -9223372036854775808 to 9223372036854775807, as a number or a decimal string";

export const SCALARS: Readonly<Record<ScalarType, Scalar>> = {
  string: {
    wireType: 2,
    allowed: "a string",
    isDefault: isEmpty,
    write(writer, value) {
      if (typeof value !== "string") return false;
      writer.string(value);
      return true;
    },
  },
  bytes: {
    wireType: 2,
    allowed: "a base64 string",
    isDefault: isEmpty,
    write(writer, value) {
      if (value instanceof Uint8Array) writer.bytes(value);
      else if (typeof value === "string" && BASE64.test(value)) {
        writer.bytes(Buffer.from(value, "base64"));
      } else return false;
      return true;
    },
  },
  id: {
    wireType: 2,
    allowed: "a string of hex digits",
    isDefault: isEmpty,
    write(writer, value) {
      if (typeof value === "string") return writer.hex(value);
      if (!(value instanceof Uint8Array)) return false;
      writer.bytes(value);
      return true;
    },
  },
  bool: {
    wireType: 0,
    allowed: "true or false",
    isDefault: (value) => value === false,
    write(writer, value) {
      if (typeof value !== "boolean") return false;
      writer.uint32(value ? 1 : 0);
      return true;
    },
  },
  double: {
    wireType: 1,
    allowed: 'a number, "NaN", "Infinity" or "-Infinity"',
    isDefault: isZero,
    write(writer, value) {
      const number = typeof value === "number" ? value : doubleOfText(value);
      if (number === undefined) return false;
      writer.double(number);
      return true;
    },
  },
  fixed64: {
    wireType: 1,
    allowed: UNSIGNED,
    isDefault: isZero,
    write(writer, value) {
      if (!readUint64(value)) return false;
      writer.fixed64(low, high);
      return true;
    },
  },
  sfixed64: {
    wireType: 1,
    allowed: SIGNED,
    isDefault: isZero,
    write(writer, value) {
      if (!readInt64(value)) return false;
      writer.fixed64(low, high);
      return true;
    },
  },
  int64: {
    wireType: 0,
    allowed: SIGNED,
    isDefault: isZero,
    write(writer, value) {
      if (!readInt64(value)) return false;
      writer.varint64(low, high);
      return true;
    },
  },
  uint64: {
    wireType: 0,
    allowed: UNSIGNED,
    isDefault: isZero,
    write(writer, value) {
      if (!readUint64(value)) return false;
      writer.varint64(low, high);
      return true;
    },
  },
  fixed32: {
    wireType: 5,
    allowed: "an integer from 0 to 4294967295",
    isDefault: isZero,
    write(writer, value) {
      const number = integer(value, 0, TWO_32 - 1);
      if (number === undefined) return false;
      writer.fixed32(number);
      return true;
    },
  },
  uint32: {
    wireType: 0,
    allowed: "an integer from 0 to 4294967295",
    isDefault: isZero,
    write(writer, value) {
      const number = integer(value, 0, TWO_32 - 1);
      if (number === undefined) return false;
      writer.uint32(number);
      return true;
    },
  },
  int32: {
    wireType: 0,
    allowed: "an integer from -2147483648 to 2147483647",
    isDefault: isZero,
    write: writeInt32,
  },
  sint32: {
    wireType: 0,
    allowed: "an integer from -2147483648 to 2147483647",
    isDefault: isZero,
    write(writer, value) {
      const number = integer(value, -TWO_32 / 2, TWO_32 / 2 - 1);
      if (number === undefined) return false;
      writer.uint32(((number << 1) ^ (number >> 31)) >>> 0);
      return true;
    },
  },
};

/** Enumerations are open: any 32-bit number is kept, and a name must be one of `names`. */
export function enumScalar(names: readonly string[]): Scalar {
  const numbers = new Map(names.map((name, number) => [name, number]));
  return {
    wireType: 0,
    allowed: `a number, or one of ${names.join(", ")}`,
    isDefault: (value) => value === 0 || value === names[0],
    write: (writer, value) =>
      writeInt32(writer, typeof value === "string" ? (numbers.get(value) ?? value) : value),
  };
}

/** Negative numbers take ten bytes, as protobuf has it. */
function writeInt32(writer: ProtobufWriter, value: unknown): boolean {
  const number = integer(value, -TWO_32 / 2, TWO_32 / 2 - 1);
  if (number === undefined) return false;
  writer.varint64(number, number < 0 ? 0xffff_ffff : 0);
  return true;
}

function integer(value: unknown, min: number, max: number): number | undefined {
  const number = typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
  if (typeof number === "bigint") return integer(Number(number), min, max);
  if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
  return number >= min && number <= max ? number : undefined;
}

function doubleOfText(value: unknown): number | undefined {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string") return undefined;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  return NUMERIC.test(value) ? Number(value) : undefined;
}

/** Reads into {@link low} and {@link high}; false when out of range or not an integer. */
function readUint64(value: unknown): boolean {
  if (typeof value === "string") return readDigits(value, 0);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
    return splitNumber(value);
  }
  const big = bigIntOf(value);
  return big !== undefined && big >= 0n && big < 1n << 64n && splitBigInt(big);
}

function readInt64(value: unknown): boolean {
  if (typeof value === "number" && Number.isSafeInteger(value)) return splitNumber(value);
  if (typeof value === "string") {
    if (value.charCodeAt(0) !== 45) return readDigits(value, 0) && high < TWO_32 / 2;
    return readDigits(value, 1) && negate();
  }
  const big = bigIntOf(value);
  return big !== undefined && BigInt.asIntN(64, big) === big && splitBigInt(big);
}

function bigIntOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}

/** Floor and modulo give two's complement for negative numbers as well. */
function splitNumber(value: number): boolean {
  low = value >>> 0;
  high = Math.floor(value / TWO_32) >>> 0;
  return true;
}

function splitBigInt(value: bigint): boolean {
  low = Number(BigInt.asUintN(32, value));
  high = Number(BigInt.asUintN(32, value >> 32n));
  return true;
}

/** Two's complement of a magnitude of at most 2^63. */
function negate(): boolean {
  if (high > TWO_32 / 2 || (high === TWO_32 / 2 && low !== 0)) return false;
  low = -low >>> 0;
  high = (low === 0 ? -high : ~high) >>> 0;
  return true;
}

/**
 * Reads decimal digits from `from` on without a BigInt, which takes four times as long: as
 * head × 10⁹ + tail, multiplied in 16-bit parts so that every product stays below 2⁵³.
 */
function readDigits(text: string, from: number): boolean {
  const length = text.length - from;
  if (length < 1 || length > 20) return false;
  const split = text.length - 9;
  let head = 0;
  let tail = 0;
  for (let index = from; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return false;
    if (index < split) head = head * 10 + digit;
    else tail = tail * 10 + digit;
  }
  const upper = Math.floor(head / TWO_16) * 1e9;
  const lower = (head % TWO_16) * 1e9 + tail;
  const sum = (upper % TWO_16) * TWO_16 + (lower % TWO_32);
  const rest = Math.floor(upper / TWO_16) + Math.floor(lower / TWO_32) + Math.floor(sum / TWO_32);
  if (rest >= TWO_32) return false;
  low = sum % TWO_32;
  high = rest;
  return true;
}
