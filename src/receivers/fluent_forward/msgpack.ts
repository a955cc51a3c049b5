import { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import { DOOR_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";

/** A time of Fluentd (extension 0): seconds and nanoseconds. */
export class EventTime {
  readonly ns: bigint;

  constructor(seconds: number, nanoseconds: number) {
    this.ns = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  }
}

/** What a value can be: bin stays bytes, integers beyond 2⁵³ are a bigint, other extensions their bytes. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | EventTime
  | readonly Value[]
  | { readonly [key: string]: Value };

const EVENT_TIME = 0;
const EVENT_TIME_BYTES = 8;

/** The first byte of each format that is not told by its upper bits (https://github.com/msgpack/msgpack/blob/master/spec.md). */
const NIL = 0xc0;
const NEVER_USED = 0xc1;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN_8 = 0xc4;
const EXT_8 = 0xc7;
const FLOAT_32 = 0xca;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const INT_8 = 0xd0;
const FIXEXT_1 = 0xd4;
const STR_8 = 0xd9;
const ARRAY_16 = 0xdc;
const MAP_16 = 0xde;

/**
 * Reads MessagePack from bytes that are there in whole. Depth is bounded, and so is each length by the
 * bytes that are left, before memory is taken for it.
 */
export class MessagePackReader {
  position = 0;
  private readonly bytes: Buffer;
  /** Values that may still be read: what is made of one is larger than its byte. */
  private valuesLeft = DOOR_LIMITS.jsonValuesMax;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  /** @throws SightglassError `bad_payload`, or `payload_too_large`. */
  value(depth = 0): Value {
    if (this.valuesLeft-- === 0) throw tooManyValues();
    const at = this.take(1);
    const first = this.bytes[at]!;
    if (first < 0x80) return first;
    if (first >= 0xe0) return first - 0x100;
    if (first < 0x90) return this.map(first & 15, depth);
    if (first < 0xa0) return this.array(first & 15, depth);
    if (first < 0xc0) return this.text(first & 31);
    return this.other(first, depth);
  }

  /** How many elements follow. @throws SightglassError `bad_payload` when it is no array. */
  arrayLength(): number {
    const at = this.take(1);
    const first = this.bytes[at]!;
    if (first >= 0x90 && first < 0xa0) return first & 15;
    if (first >= ARRAY_16 && first < MAP_16) return this.uint(2 << (first - ARRAY_16));
    throw invalid(`the byte ${first} where an array begins`, at);
  }

  /** A value, of which text stays bytes: older senders have no other type for bytes. */
  rawValue(): Value {
    const first = this.bytes[this.position] ?? NIL;
    const isShort = first >= 0xa0 && first < 0xc0;
    if (!isShort && !(first >= STR_8 && first < ARRAY_16)) return this.value();
    this.position++;
    return this.slice(isShort ? first & 31 : this.uint(1 << (first - STR_8)));
  }

  private other(first: number, depth: number): Value {
    if (first === NIL) return null;
    if (first === FALSE || first === TRUE) return first === TRUE;
    if (first >= BIN_8 && first < EXT_8) return this.slice(this.uint(1 << (first - BIN_8)));
    if (first >= EXT_8 && first < FLOAT_32) return this.extension(this.uint(1 << (first - EXT_8)));
    if (first === FLOAT_32) return this.bytes.readFloatBE(this.take(4));
    if (first === FLOAT_64) return this.bytes.readDoubleBE(this.take(8));
    if (first >= UINT_8 && first < INT_8) return this.integer(1 << (first - UINT_8), false);
    if (first >= INT_8 && first < FIXEXT_1) return this.integer(1 << (first - INT_8), true);
    if (first >= FIXEXT_1 && first < STR_8) return this.extension(1 << (first - FIXEXT_1));
    if (first >= STR_8 && first < ARRAY_16) return this.text(this.uint(1 << (first - STR_8)));
    if (first >= ARRAY_16 && first < MAP_16)
      return this.array(this.uint(2 << (first - ARRAY_16)), depth);
    if (first >= MAP_16) return this.map(this.uint(2 << (first - MAP_16)), depth);
    throw invalid(`the byte ${NEVER_USED}`, this.position - 1);
  }

  private array(length: number, depth: number): Value[] {
    this.judge(length, depth);
    const values: Value[] = [];
    for (let i = 0; i < length; i++) values.push(this.value(depth + 1));
    return values;
  }

  private map(length: number, depth: number): { readonly [key: string]: Value } {
    this.judge(length * 2, depth);
    const entries: [string, Value][] = [];
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      entries.push([keyText(key), this.value(depth + 1)]);
    }
    // Defines each key, whatever its name.
    return Object.fromEntries(entries);
  }

  private judge(values: number, depth: number): void {
    if (depth >= REQUEST_LIMITS.depthMax) {
      throw invalid(`more than ${REQUEST_LIMITS.depthMax} levels`, this.position);
    }
    const left = this.bytes.length - this.position;
    if (values > left)
      throw invalid(`${values} values where ${left} bytes are left`, this.position);
  }

  private extension(length: number): EventTime | Buffer {
    const type = this.bytes[this.take(1)]!;
    if (type !== EVENT_TIME || length !== EVENT_TIME_BYTES) return this.slice(length);
    const at = this.take(EVENT_TIME_BYTES);
    return new EventTime(this.bytes.readUInt32BE(at), this.bytes.readUInt32BE(at + 4));
  }

  private integer(width: number, isSigned: boolean): number | bigint {
    const at = this.take(width);
    if (width < 8) {
      return isSigned ? this.bytes.readIntBE(at, width) : this.bytes.readUIntBE(at, width);
    }
    const exact = isSigned ? this.bytes.readBigInt64BE(at) : this.bytes.readBigUInt64BE(at);
    const value = Number(exact);
    return Number.isSafeInteger(value) ? value : exact;
  }

  private uint(width: number): number {
    return this.bytes.readUIntBE(this.take(width), width);
  }

  private text(length: number): string {
    const at = this.take(length);
    return this.bytes.toString("utf8", at, at + length);
  }

  /** A view on the message. */
  private slice(length: number): Buffer {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Requires `n` more bytes and returns where they begin. */
  private take(n: number): number {
    const at = this.position;
    if (at + n > this.bytes.length) throw invalid(`${n} bytes expected`, at);
    this.position = at + n;
    return at;
  }
}

function keyText(key: Value): string {
  if (typeof key === "string") return key;
  if (Buffer.isBuffer(key)) return key.toString("utf8");
  if (typeof key === "number" || typeof key === "bigint" || typeof key === "boolean") {
    return String(key);
  }
  return "";
}

/** Bytes after the first one that hold a length; those that hold a value are skipped with it. */
interface Head {
  /** Of the length that follows, 0 when there is none. */
  readonly lengthBytes: number;
  /** Beside what the length says: an extension has its type. */
  readonly fixed: number;
  /** How many values follow for each of the length; bytes, if 0. */
  readonly values: 0 | 1 | 2;
}

function headOf(first: number): Head {
  if (first >= BIN_8 && first < EXT_8)
    return { lengthBytes: 1 << (first - BIN_8), fixed: 0, values: 0 };
  if (first >= EXT_8 && first < FLOAT_32)
    return { lengthBytes: 1 << (first - EXT_8), fixed: 1, values: 0 };
  if (first >= STR_8 && first < ARRAY_16)
    return { lengthBytes: 1 << (first - STR_8), fixed: 0, values: 0 };
  if (first >= ARRAY_16 && first < MAP_16)
    return { lengthBytes: 2 << (first - ARRAY_16), fixed: 0, values: 1 };
  if (first >= MAP_16 && first < 0xe0)
    return { lengthBytes: 2 << (first - MAP_16), fixed: 0, values: 2 };
  return { lengthBytes: 0, fixed: fixedBytes(first), values: 0 };
}

/** Bytes that follow where the first byte says it all; elements of small arrays and maps are counted apart. */
function fixedBytes(first: number): number {
  if (first >= 0xa0 && first < 0xc0) return first & 31;
  if (first === FLOAT_32) return 4;
  if (first === FLOAT_64) return 8;
  if (first >= UINT_8 && first < INT_8) return 1 << (first - UINT_8);
  if (first >= INT_8 && first < FIXEXT_1) return 1 << (first - INT_8);
  if (first >= FIXEXT_1 && first < STR_8) return 1 + (1 << (first - FIXEXT_1));
  return 0;
}

/**
 * Finds where a message ends in bytes that come in pieces. What was looked at is not looked at again, so
 * that a message in many pieces costs no more than one in a single piece.
 */
export class MessageScanner {
  /** Where the next value begins, counted from the start of the message. */
  private position = 0;
  /** Values that are still to come. */
  private pending = 1;

  /**
   * The length of the message that `bytes` begin with, or undefined when more is needed. `bytes` are those
   * of the last call, and more.
   *
   * @throws SightglassError `payload_too_large` when the message is longer than `bytesMax`.
   */
  scan(bytes: Buffer, bytesMax: number): number | undefined {
    while (this.pending > 0) {
      if (this.position + this.pending > bytesMax) throw tooLarge(bytesMax);
      if (this.position >= bytes.length) return undefined;
      if (!this.step(bytes)) return undefined;
    }
    const length = this.position;
    if (length > bytesMax) throw tooLarge(bytesMax);
    if (length > bytes.length) return undefined;
    this.position = 0;
    this.pending = 1;
    return length;
  }

  /** Passes over one value's head and bytes; false when its head is not there in whole. */
  private step(bytes: Buffer): boolean {
    const first = bytes[this.position]!;
    const isSmall = first >= 0x80 && first < 0xa0;
    if (isSmall) {
      this.position++;
      this.pending += (first & 15) * (first < 0x90 ? 2 : 1) - 1;
      return true;
    }
    const { lengthBytes, fixed, values } = headOf(first);
    const end = this.position + 1 + lengthBytes;
    if (end > bytes.length) return false;
    const length = lengthBytes === 0 ? 0 : bytes.readUIntBE(this.position + 1, lengthBytes);
    this.position = end + fixed + (values === 0 ? length : 0);
    this.pending += length * values - 1;
    return true;
  }
}

function tooManyValues(): SightglassError {
  const message = `found more than ${DOOR_LIMITS.jsonValuesMax} values in one message`;
  return new SightglassError("payload_too_large", message);
}

function tooLarge(bytesMax: number): SightglassError {
  return new SightglassError("payload_too_large", `a message of more than ${bytesMax} bytes`);
}

function invalid(what: string, at: number): SightglassError {
  return new SightglassError("bad_payload", `MessagePack: found ${what} at byte ${at}`);
}
