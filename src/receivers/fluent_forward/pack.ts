import { Buffer } from "node:buffer";

/** What the server says: nothing longer than 255 elements or bytes. */
type Packable =
  | string
  | boolean
  | Buffer
  | readonly Packable[]
  | { readonly [key: string]: Packable };

const TRUE = 0xc3;
const FALSE = 0xc2;
const BIN_8 = 0xc4;
const STR_16 = 0xda;
const FIXARRAY = 0x90;
const FIXMAP = 0x80;

/** MessagePack of the few small answers of the forward protocol. @throws RangeError for what is larger. */
export function packed(value: Packable): Buffer {
  if (typeof value === "boolean") return Buffer.from([value ? TRUE : FALSE]);
  if (typeof value === "string") return packedText(value);
  if (Buffer.isBuffer(value)) {
    return Buffer.concat([Buffer.from([BIN_8, byte(value.length, 255)]), value]);
  }
  if (Array.isArray(value)) {
    const elements = (value as readonly Packable[]).map(packed);
    return Buffer.concat([Buffer.from([FIXARRAY | byte(elements.length, 15)]), ...elements]);
  }
  const entries = Object.entries(value);
  const parts = entries.flatMap(([key, entry]) => [packed(key), packed(entry)]);
  return Buffer.concat([Buffer.from([FIXMAP | byte(entries.length, 15)]), ...parts]);
}

function packedText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = byte(bytes.length, 65_535);
  return Buffer.concat([Buffer.from([STR_16, length >> 8, length & 255]), bytes]);
}

function byte(value: number, max: number): number {
  if (value <= max) return value;
  throw new RangeError(`found ${value}, allowed are ${max}`);
}
