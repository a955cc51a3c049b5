import type { Buffer } from "node:buffer";
import { isUtf8 } from "node:buffer";
import { ByteWriter } from "./bytes.ts";
import { Dictionary, grown } from "./dictionary.ts";

/** Arrays that grew beyond this many entries are given back at reset. */
const KEPT_ENTRIES_MAX = 1 << 18;

/** A growing list of 32-bit numbers. */
export class IntColumn {
  values = new Int32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) this.values = grown(this.values);
    this.values[this.length++] = value;
  }

  /** Appends entries `from` to `to` of another list, each with `shift` added. */
  pushRange(source: IntColumn, from: number, to: number, shift: number): void {
    const length = this.length + to - from;
    while (length > this.values.length) this.values = grown(this.values);
    const into = this.values;
    let at = this.length;
    for (let i = from; i < to; i++) into[at++] = source.values[i]! + shift;
    this.length = length;
  }

  /** Has the same entries as another list, in memory of its own. */
  copyFrom(other: IntColumn): void {
    this.length = 0;
    this.pushRange(other, 0, other.length, 0);
  }

  /** Exchanges the entries, and their memory, with another list. */
  swap(other: IntColumn): void {
    [this.values, other.values] = [other.values, this.values];
    [this.length, other.length] = [other.length, this.length];
  }

  reset(): void {
    this.length = 0;
    if (this.values.length > KEPT_ENTRIES_MAX) this.values = new Int32Array(64);
  }
}

/**
 * A column of byte strings, length-prefixed one after the other as `Native` wants them, with the
 * end of each row beside them for random access. Text that is not UTF-8 is mended as it is pushed.
 */
export class StringColumn {
  readonly data = new ByteWriter();
  readonly ends = new IntColumn();

  get rows(): number {
    return this.ends.length;
  }

  reset(): void {
    this.data.reset();
    this.ends.reset();
  }

  /** Appends text given as UTF-8; each invalid sequence becomes U+FFFD. */
  push(source: Buffer, from: number, to: number): void {
    const n = to - from;
    const data = this.data;
    if (n >= 64) {
      this.pushLong(source, from, to);
      return;
    }
    const b = data.ensure(n + 1);
    let p = data.length;
    b[p++] = n;
    let bits = 0;
    for (let i = from; i < to; i++) {
      const byte = source[i]!;
      bits |= byte;
      b[p++] = byte;
    }
    if (bits > 127 && !isUtf8(source.subarray(from, to))) {
      this.pushText(source.toString("utf8", from, to));
      return;
    }
    data.length = p;
    this.ends.push(p);
  }

  private pushLong(source: Buffer, from: number, to: number): void {
    const view = source.subarray(from, to);
    if (!isUtf8(view)) {
      this.pushText(view.toString("utf8"));
      return;
    }
    this.data.varint(to - from);
    this.data.raw(view, 0, view.length);
    this.ends.push(this.data.length);
  }

  /** Appends bytes as they are: for ids and other binary values. */
  pushBytes(source: Uint8Array, from: number, to: number): void {
    this.data.varint(to - from);
    this.data.raw(source, from, to);
    this.ends.push(this.data.length);
  }

  pushText(value: string): void {
    this.data.text(value);
    this.ends.push(this.data.length);
  }

  /** Appends a non-negative integer below 2^31 in decimal, without making a string of it. */
  pushUint(value: number): void {
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    const b = this.data.ensure(digits + 1);
    const at = this.data.length;
    b[at] = digits;
    let rest = value;
    for (let p = at + digits; p > at; p--) {
      const tenth = (rest / 10) | 0;
      b[p] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.data.length = at + digits + 1;
    this.ends.push(this.data.length);
  }

  pushEmpty(): void {
    this.data.u8(0);
    this.ends.push(this.data.length);
  }

  /** Appends rows `from` to `to` of another column as they are. */
  pushRows(source: StringColumn, from: number, to: number): void {
    const start = source.start(from);
    this.ends.pushRange(source.ends, from, to, this.data.length - start);
    this.data.raw(source.data.bytes, start, source.start(to));
  }

  /** Exchanges the rows, and their memory, with another column. */
  swap(other: StringColumn): void {
    this.data.swap(other.data);
    this.ends.swap(other.ends);
  }

  /** Where row `row` begins in `data.bytes`, its length prefix included. */
  start(row: number): number {
    return row === 0 ? 0 : this.ends.values[row - 1]!;
  }

  /** Where the text of row `row` begins in `data.bytes`; it ends at `ends.values[row]`. */
  textStart(row: number): number {
    let p = row === 0 ? 0 : this.ends.values[row - 1]!;
    const bytes = this.data.bytes;
    while (bytes[p]! > 127) p++;
    return p + 1;
  }

  text(row: number): string {
    return this.data.bytes.toString("utf8", this.textStart(row), this.ends.values[row]);
  }
}

/** A column of few distinct byte strings: a number a row into its own {@link Dictionary}. */
export class DictionaryColumn {
  readonly dictionary = new Dictionary();
  readonly numbers = new IntColumn();

  get rows(): number {
    return this.numbers.length;
  }

  reset(): void {
    this.dictionary.reset();
    this.numbers.reset();
  }

  /** Appends text given as UTF-8; mended to valid UTF-8 when it is new and is not. */
  push(source: Buffer, from: number, to: number): void {
    this.numbers.push(this.numberOf(source, from, to));
  }

  pushText(value: string): void {
    this.numbers.push(this.dictionary.numberOfText(value));
  }

  numberOf(source: Buffer, from: number, to: number): number {
    const found = this.dictionary.find(source, from, to);
    if (found >= 0) return found;
    if (!isUtf8(source.subarray(from, to))) {
      return this.dictionary.numberOfText(source.toString("utf8", from, to));
    }
    return this.dictionary.number(source, from, to);
  }

  text(row: number): string {
    return this.dictionary.text(this.numbers.values[row]!);
  }
}

/**
 * Attribute maps, a row each: keys by dictionary, values as text, and the value's OTLP type as one
 * byte (see {@link ATTRIBUTE_TYPES}). A key stands once in a row; a repetition is dropped by the decoder.
 */
export class AttributesColumn {
  readonly keys = new DictionaryColumn();
  readonly values = new StringColumn();
  readonly types = new ByteWriter(256);
  /** Number of attributes up to and including each row. */
  readonly ends = new IntColumn();

  get rows(): number {
    return this.ends.length;
  }

  reset(): void {
    this.keys.reset();
    this.values.reset();
    this.types.reset();
    this.ends.reset();
  }

  endRow(): void {
    this.ends.push(this.values.rows);
  }

  start(row: number): number {
    return row === 0 ? 0 : this.ends.values[row - 1]!;
  }
}
