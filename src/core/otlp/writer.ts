import { SightglassError } from "../errors.ts";
import { REQUEST_LIMITS } from "../limits.ts";

const INITIAL_BYTES = 64 * 1024;
/** A buffer that grew beyond this is given back to the collector instead of being used again. */
const KEPT_BYTES_MAX = 2 * 1024 * 1024;
/** Up to here a loop over the characters beats the call into native code. */
const SHORT_STRING_CHARS = 24;

let spare: Buffer | undefined;

/**
 * Appends protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) to one growing
 * buffer. Lengths are always minimal varints: a byte is reserved for a length, and the body moves
 * up in the rare case that it needs more. Encoding is synchronous, so the buffer is shared.
 */
export class ProtobufWriter {
  private buffer: Buffer;
  private view: DataView;
  private position = 0;

  constructor() {
    this.buffer = spare ?? Buffer.allocUnsafeSlow(INITIAL_BYTES);
    spare = undefined;
    this.view = new DataView(this.buffer.buffer);
  }

  /** The bytes so far, as a copy that the caller owns. The writer cannot be used afterwards. */
  finish(): Buffer {
    this.bound();
    const bytes = Buffer.allocUnsafeSlow(this.position);
    this.buffer.copy(bytes, 0, 0, this.position);
    this.release();
    return bytes;
  }

  /** Gives the buffer back; for when encoding failed. */
  release(): void {
    if (this.buffer.length <= KEPT_BYTES_MAX) spare = this.buffer;
  }

  /** A field's tag, which is at most 2 bytes for the field numbers of OTLP. */
  tag(tag: number): void {
    this.reserve(2);
    if (tag < 0x80) {
      this.buffer[this.position++] = tag;
      return;
    }
    this.buffer[this.position++] = (tag & 0x7f) | 0x80;
    this.buffer[this.position++] = tag >>> 7;
  }

  /** An unsigned varint of at most 32 bits. */
  uint32(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  /** A varint of 64 bits, given as two's complement words. */
  varint64(low: number, high: number): void {
    this.reserve(10);
    let lowRest = low >>> 0;
    let highRest = high >>> 0;
    while (highRest !== 0 || lowRest > 0x7f) {
      this.buffer[this.position++] = (lowRest & 0x7f) | 0x80;
      lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
      highRest >>>= 7;
    }
    this.buffer[this.position++] = lowRest;
  }

  fixed32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.position, value, true);
    this.position += 4;
  }

  fixed64(low: number, high: number): void {
    this.reserve(8);
    this.view.setUint32(this.position, low, true);
    this.view.setUint32(this.position + 4, high, true);
    this.position += 8;
  }

  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** Length and UTF-8 bytes; a lone surrogate becomes U+FFFD. */
  string(value: string): void {
    const chars = value.length;
    if (chars > SHORT_STRING_CHARS || !this.shortAscii(value)) this.longString(value);
  }

  /** Length and bytes of a string of hex digits, upper or lower case. False, and nothing is written, when it is not one. */
  hex(value: string): boolean {
    const bytes = value.length >>> 1;
    if ((value.length & 1) !== 0 || bytes > 0x7f) return false;
    this.reserve(bytes + 1);
    const start = this.position;
    this.buffer[start] = bytes;
    for (let index = 0; index < bytes; index++) {
      const high = hexDigit(value.charCodeAt(index * 2));
      const low = hexDigit(value.charCodeAt(index * 2 + 1));
      if ((high | low) > 0xf) return false;
      this.buffer[start + 1 + index] = (high << 4) | low;
    }
    this.position = start + 1 + bytes;
    return true;
  }

  /** Length and bytes. */
  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }

  /** Starts a length-delimited body; hand the result to {@link end}. */
  begin(): number {
    this.reserve(1);
    return this.position++;
  }

  end(start: number): void {
    const length = this.position - start - 1;
    if (length < 0x80) {
      this.buffer[start] = length;
      return;
    }
    const extra = varintBytes(length) - 1;
    this.reserve(extra);
    this.buffer.copyWithin(start + 1 + extra, start + 1, this.position);
    const end = this.position + extra;
    this.position = start;
    this.uint32(length);
    this.position = end;
  }

  private shortAscii(value: string): boolean {
    const chars = value.length;
    this.reserve(chars + 1);
    const start = this.position + 1;
    for (let index = 0; index < chars; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      this.buffer[start + index] = code;
    }
    this.buffer[this.position] = chars;
    this.position = start + chars;
    return true;
  }

  private longString(value: string): void {
    const start = this.begin();
    this.reserve(value.length * 3);
    this.position += this.buffer.write(value, this.position, "utf8");
    this.end(start);
  }

  private reserve(bytes: number): void {
    if (this.position + bytes > this.buffer.length) this.grow(bytes);
  }

  private grow(bytes: number): void {
    this.bound();
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(larger, 0, 0, this.position);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }

  /** JSON can be a fourth of its protobuf (`0,` is 8 bytes of a double), so the outcome is bounded too. */
  private bound(): void {
    if (this.position <= REQUEST_LIMITS.bodyBytesMax) return;
    throw new SightglassError(
      "payload_too_large",
      `the request as protobuf: found more than the ${REQUEST_LIMITS.bodyBytesMax} bytes allowed`,
    );
  }
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}

/** The digit's value, or a number above 15. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : 0x10;
}
