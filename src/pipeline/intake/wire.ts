import type { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";

/** A protobuf payload that breaks the wire format; `offset` is where in the decompressed body. */
export function malformed(what: string, offset: number): SightglassError {
  return new SightglassError("bad_payload", `protobuf: ${what} at byte ${offset}`);
}

/**
 * A cursor over protobuf bytes. Every read is checked against the end of the message that it is in,
 * so that a length that lies can neither read beyond the body nor into a neighbour.
 */
export class WireReader {
  bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** A varint as an unsigned 32-bit number; higher bits are read and dropped. */
  varint(end: number): number {
    const b = this.bytes;
    let p = this.position;
    let byte = b[p++]!;
    let value = byte & 127;
    let shift = 7;
    while (byte > 127) {
      if (p >= end || shift > 63) throw malformed("a varint that does not end", this.position);
      byte = b[p++]!;
      if (shift < 32) value |= (byte & 127) << shift;
      shift += 7;
    }
    if (p > end) throw malformed("a varint that does not end", this.position);
    this.position = p;
    return value >>> 0;
  }

  /** A varint as a signed 64-bit number. */
  varint64(end: number): bigint {
    const b = this.bytes;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.position >= end) break;
      const byte = b[this.position++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw malformed("a varint that does not end", this.position);
  }

  /** Enters a length-delimited field: returns its end, with `position` at its first byte. */
  enter(end: number): number {
    const from = this.position;
    const n = this.varint(end);
    const lengthBytes = this.position - from;
    if (lengthBytes > 4 && (lengthBytes > 5 || this.bytes[from + 4]! > 15))
      throw malformed("a length of more than 32 bits", from);
    const to = this.position + n;
    if (to > end)
      throw malformed(`a field of ${n} bytes where ${end - this.position} are left`, this.position);
    return to;
  }

  /** Requires `n` more bytes and returns where they begin. */
  fixed(n: number, end: number): number {
    const from = this.position;
    if (from + n > end) throw malformed(`${n} bytes expected where ${end - from} are left`, from);
    this.position = from + n;
    return from;
  }

  /** Skips a field that is not known, whatever its wire type. */
  skip(tag: number, end: number): void {
    if (tag < 8) throw malformed("field number 0", this.position);
    switch (tag & 7) {
      case 0:
        this.varint(end);
        return;
      case 1:
        this.fixed(8, end);
        return;
      case 2:
        this.position = this.enter(end);
        return;
      case 5:
        this.fixed(4, end);
        return;
      default:
        throw malformed(`wire type ${tag & 7}`, this.position);
    }
  }

  u32(at: number): number {
    const b = this.bytes;
    return (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
  }

  /** Unix nanoseconds at `at` as milliseconds, exact to the microsecond: for comparing, not for keeping. */
  milliseconds(at: number): number {
    return (this.u32(at + 4) * 4_294_967_296 + this.u32(at)) / 1e6;
  }
}
