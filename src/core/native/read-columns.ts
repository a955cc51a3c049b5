import type { Buffer } from "node:buffer";
import type { Attribute } from "../attributes.ts";

// Columns of a block as it was read: everything in them was checked, and what they give is made when
// it is asked for. They are views of the block, and what they give is not.

/** Texts that stand in the block one after the other. */
export class ReadTexts {
  readonly bytes: Buffer;
  /** Where each begins and ends in `bytes`, its length prefix left out. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;

  constructor(bytes: Buffer, starts: Uint32Array, ends: Uint32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  text(row: number): string {
    const from = this.starts[row]!;
    const to = this.ends[row]!;
    return from === to ? "" : this.bytes.toString("utf8", from, to);
  }
}

/** Few distinct texts, with a number into them for each row. */
export class ReadDictionary {
  readonly keys: readonly string[];
  readonly numbers: Uint8Array | Uint16Array | Uint32Array;

  constructor(keys: readonly string[], numbers: Uint8Array | Uint16Array | Uint32Array) {
    this.keys = keys;
    this.numbers = numbers;
  }

  text(row: number): string {
    return this.keys[this.numbers[row]!]!;
  }
}

/** Ids of equal width. */
export class ReadIds {
  readonly bytes: Buffer;
  private readonly width: number;

  constructor(bytes: Buffer, width: number) {
    this.bytes = bytes;
    this.width = width;
  }

  /** In lower-case hex. */
  hex(row: number): string {
    return this.bytes.toString("hex", row * this.width, (row + 1) * this.width);
  }

  isZero(row: number): boolean {
    const to = (row + 1) * this.width;
    for (let i = row * this.width; i < to; i++) if (this.bytes[i] !== 0) return false;
    return true;
  }
}

/** The attributes of each row. */
export class ReadAttributes {
  readonly ends: Uint32Array;
  readonly keys: ReadDictionary;
  readonly values: ReadTexts;
  readonly types: ReadTexts;

  /** `ends` counts the attributes up to and including each row; `types` has a byte for each of a row. */
  constructor(ends: Uint32Array, keys: ReadDictionary, values: ReadTexts, types: ReadTexts) {
    this.ends = ends;
    this.keys = keys;
    this.values = values;
    this.types = types;
  }

  of(row: number): Attribute[] {
    const from = row === 0 ? 0 : this.ends[row - 1]!;
    const to = this.ends[row]!;
    const { keys, values, types } = this;
    const attributes: Attribute[] = [];
    let type = types.starts[row]!;
    for (let i = from; i < to; i++)
      attributes.push({ key: keys.text(i), value: values.text(i), type: types.bytes[type++]! });
    return attributes;
  }
}

/** An array column: what is in it, and the number of elements up to and including each row. */
export interface ReadArray<Elements> {
  readonly ends: Uint32Array;
  readonly elements: Elements;
}

/** A list of 64-bit numbers a row. */
export class ReadLists<T extends number | bigint> {
  readonly ends: Uint32Array;
  private readonly values: { slice(from: number, to: number): ArrayLike<T> };

  constructor(ends: Uint32Array, values: { slice(from: number, to: number): ArrayLike<T> }) {
    this.ends = ends;
    this.values = values;
  }

  of(row: number): T[] {
    const from = row === 0 ? 0 : this.ends[row - 1]!;
    const to = this.ends[row]!;
    return from === to ? [] : Array.from(this.values.slice(from, to));
  }
}

/** `Nullable(Float64)`. */
export class ReadOptionals {
  private readonly absent: Uint8Array;
  private readonly values: Float64Array;

  constructor(absent: Uint8Array, values: Float64Array) {
    this.absent = absent;
    this.values = values;
  }

  at(row: number): number | null {
    return this.absent[row] === 1 ? null : this.values[row]!;
  }
}
