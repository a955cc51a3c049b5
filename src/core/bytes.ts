import { Buffer } from "node:buffer";

/** Buffers that grew beyond this are not kept when a writer is reset, so that one huge request does not pin memory. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/** Up to this many bytes a loop is cheaper than a call of a `Buffer` method. */
const SHORT_BYTES = 47;

/**
 * A growing byte buffer with little-endian writers: the storage of every column. `bytes` may be
 * longer than `length`; what lies beyond `length` is garbage. Not safe to keep a view of across writes.
 */
export class ByteWriter {
  bytes: Buffer;
  length = 0;
  private readonly initialBytes: number;

  constructor(initialBytes = 1024) {
    this.initialBytes = initialBytes;
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Makes room for `extra` more bytes and returns the (possibly new) buffer. */
  ensure(extra: number): Buffer {
    const needed = this.length + extra;
    if (needed > this.bytes.length) {
      let capacity = this.bytes.length * 2;
      while (capacity < needed) capacity *= 2;
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    return this.bytes;
  }

  reset(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = Buffer.allocUnsafeSlow(this.initialBytes);
  }

  /** Exchanges what was written, and its memory, with another writer. */
  swap(other: ByteWriter): void {
    [this.bytes, other.bytes] = [other.bytes, this.bytes];
    [this.length, other.length] = [other.length, this.length];
  }

  /** Has the same bytes as another writer, in memory of its own. */
  copyFrom(other: ByteWriter): void {
    this.length = 0;
    this.raw(other.bytes, 0, other.length);
  }

  /** The written bytes as a view: valid until the next write or reset. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** The written bytes as a copy that the caller owns. */
  copy(): Buffer {
    const owned = Buffer.allocUnsafeSlow(this.length);
    this.bytes.copy(owned, 0, 0, this.length);
    return owned;
  }

  u8(value: number): void {
    this.ensure(1)[this.length++] = value;
  }

  u16(value: number): void {
    const b = this.ensure(2);
    const p = this.length;
    b[p] = value;
    b[p + 1] = value >>> 8;
    this.length = p + 2;
  }

  u32(value: number): void {
    const b = this.ensure(4);
    const p = this.length;
    b[p] = value;
    b[p + 1] = value >>> 8;
    b[p + 2] = value >>> 16;
    b[p + 3] = value >>> 24;
    this.length = p + 4;
  }

  /** A 64-bit integer as two 32-bit halves; signed halves are taken as their bits. */
  u64(low: number, high: number): void {
    const b = this.ensure(8);
    const p = this.length;
    b[p] = low;
    b[p + 1] = low >>> 8;
    b[p + 2] = low >>> 16;
    b[p + 3] = low >>> 24;
    b[p + 4] = high;
    b[p + 5] = high >>> 8;
    b[p + 6] = high >>> 16;
    b[p + 7] = high >>> 24;
    this.length = p + 8;
  }

  /** A non-negative safe integer as 64 bits. */
  count(value: number): void {
    this.u64(value >>> 0, Math.floor(value / 4_294_967_296));
  }

  f32(value: number): void {
    this.ensure(4).writeFloatLE(value, this.length);
    this.length += 4;
  }

  f64(value: number): void {
    this.ensure(8).writeDoubleLE(value, this.length);
    this.length += 8;
  }

  /** An unsigned LEB128 number below 2^32. */
  varint(value: number): void {
    const b = this.ensure(5);
    let p = this.length;
    let rest = value;
    while (rest > 127) {
      b[p++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    b[p++] = rest;
    this.length = p;
  }

  /** Bytes `from` to `to` of another buffer. */
  raw(source: Uint8Array, from: number, to: number): void {
    const n = to - from;
    const b = this.ensure(n);
    if (n <= SHORT_BYTES) {
      let p = this.length;
      for (let i = from; i < to; i++) b[p++] = source[i]!;
    } else {
      b.set(from === 0 && to === source.length ? source : source.subarray(from, to), this.length);
    }
    this.length += n;
  }

  /** `n` zero bytes. */
  zeros(n: number): void {
    const b = this.ensure(n);
    const end = this.length + n;
    if (n > SHORT_BYTES) b.fill(0, this.length, end);
    else for (let p = this.length; p < end; p++) b[p] = 0;
    this.length = end;
  }

  /** A length-prefixed UTF-8 string, as ClickHouse's `Native` format has it. */
  text(value: string): void {
    if (value.length <= SHORT_BYTES && this.ascii(value)) return;
    const n = Buffer.byteLength(value);
    this.varint(n);
    this.ensure(n).write(value, this.length, n, "utf8");
    this.length += n;
  }

  /** Appends a short text if it is ASCII, which costs less than a call for it. */
  private ascii(value: string): boolean {
    const n = value.length;
    const b = this.ensure(n + 1);
    let p = this.length;
    b[p++] = n;
    for (let i = 0; i < n; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return false;
      b[p++] = unit;
    }
    this.length = p;
    return true;
  }
}
