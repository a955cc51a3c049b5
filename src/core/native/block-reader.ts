import { Buffer } from "node:buffer";
import {
  type ReadArray,
  ReadAttributes,
  ReadDictionary,
  ReadIds,
  ReadLists,
  ReadOptionals,
  ReadTexts,
} from "./read-columns.ts";

/** What a LowCardinality column begins with, and the flags of its keys; see `column-writer.ts`. */
const KEYS_VERSION = 1;
const KEYS_FLAGS = (1 << 9) | (1 << 10);
/** Bytes of a number below 2³² as a varint. */
const VARINT_BYTES_MAX = 5;

const FIXED = {
  UInt8: Uint8Array,
  Int8: Uint8Array,
  UInt16: Uint16Array,
  Date: Uint16Array,
  UInt32: Uint32Array,
  Int32: Int32Array,
  Float32: Float32Array,
  Float64: Float64Array,
  UInt64: BigUint64Array,
  Int64: BigInt64Array,
  "DateTime64(9)": BigUint64Array,
} as const;
type FixedType = keyof typeof FIXED;
type Fixed<T extends FixedType> = InstanceType<(typeof FIXED)[T]>;

/**
 * Reads one `Native` block as `ColumnWriter` writes it, a column after the other in the order in
 * which it was written, and accepts no other. Every length and number is checked before it is used, so that
 * what is allocated is bounded by the bytes that are there. What is wrong is a RangeError that says
 * where. The bytes must stay as they are for as long as the columns are used.
 */
export class BlockReader {
  readonly rows: number;
  private readonly table: string;
  private readonly bytes: Buffer;
  private at = 0;
  private column = "";

  /** `rows` and `columns` are what the block must have. */
  constructor(table: string, block: Uint8Array, rows: number, columns: number) {
    this.table = table;
    this.bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    const found = this.varint();
    if (found !== columns) this.fail(`${found} columns instead of ${columns}`);
    this.rows = this.varint();
    if (this.rows !== rows) this.fail(`${this.rows} rows instead of ${rows}`);
  }

  /** To be called after the last column: nothing may follow. */
  end(): void {
    const left = this.bytes.length - this.at;
    if (left > 0) this.fail(`${left} bytes too many`);
  }

  /** Throws: for what a caller finds wrong in a column that it has just read, too. */
  fail(what: string): never {
    const column = this.column === "" ? "" : `, column ${this.column}`;
    throw new RangeError(`block of ${this.table}${column}, byte ${this.at}: ${what}`);
  }

  /** A number a row. */
  fixed<T extends FixedType>(name: string, type: T): Fixed<T> {
    this.header(name, type);
    return this.numbers(type, this.rows);
  }

  nullable(name: string): ReadOptionals {
    this.header(name, "Nullable(Float64)");
    const absent = this.numbers("UInt8", this.rows);
    return new ReadOptionals(absent, this.numbers("Float64", this.rows));
  }

  ids(name: string, width: number): ReadIds {
    this.header(name, `FixedString(${width})`);
    return this.idElements(this.rows, width);
  }

  strings(name: string): ReadTexts {
    this.header(name, "String");
    return this.stringElements(this.rows);
  }

  dictionary(name: string): ReadDictionary {
    this.header(name, "LowCardinality(String)");
    this.keysVersion();
    return this.dictionaryElements(this.rows);
  }

  attributes(name: string, typesName: string): ReadAttributes {
    this.header(name, "Map(LowCardinality(String), String)");
    this.keysVersion();
    const map = this.mapElements(this.rows);
    this.header(typesName, "String");
    return this.withTypes(map, this.rows);
  }

  lists(name: string, type: "Float64"): ReadLists<number>;
  lists(name: string, type: "UInt64"): ReadLists<bigint>;
  lists(name: string, type: "Float64" | "UInt64"): ReadLists<number> | ReadLists<bigint> {
    this.header(name, `Array(${type})`);
    const ends = this.ends(this.rows);
    const count = lastOf(ends);
    return type === "Float64"
      ? new ReadLists<number>(ends, this.numbers(type, count))
      : new ReadLists<bigint>(ends, this.numbers(type, count));
  }

  timeArray(name: string): ReadArray<BigUint64Array> {
    return this.array(name, "DateTime64(9)", (count) => this.numbers("DateTime64(9)", count));
  }

  idArray(name: string, width: number): ReadArray<ReadIds> {
    return this.array(name, `FixedString(${width})`, (count) => this.idElements(count, width));
  }

  stringArray(name: string): ReadArray<ReadTexts> {
    return this.array(name, "String", (count) => this.stringElements(count));
  }

  dictionaryArray(name: string): ReadArray<ReadDictionary> {
    return this.array(name, "LowCardinality(String)", (count) => this.dictionaryElements(count));
  }

  /** An array of maps and, after it, that of the types of their values. */
  attributesArray(name: string, typesName: string): ReadArray<ReadAttributes> {
    const maps = this.array(name, "Map(LowCardinality(String), String)", (count) =>
      this.mapElements(count),
    );
    const typed = this.array(typesName, "String", (count) => this.withTypes(maps.elements, count));
    this.sameEnds(maps, typed);
    return typed;
  }

  /** Arrays that belong together have elements of equal number in each row. */
  sameEnds(...arrays: readonly { readonly ends: Uint32Array }[]): void {
    const [first, ...others] = arrays.map(({ ends }) => ends);
    for (const ends of others) {
      for (let row = 0; row < this.rows; row++)
        if (ends[row] !== first![row]) this.fail(`row ${row} has arrays of different lengths`);
    }
  }

  private array<Elements>(
    name: string,
    type: string,
    read: (count: number) => Elements,
  ): ReadArray<Elements> {
    this.header(name, `Array(${type})`);
    if (type.includes("LowCardinality")) this.keysVersion();
    const ends = this.ends(this.rows);
    return { ends, elements: read(lastOf(ends)) };
  }

  private header(name: string, type: string): void {
    this.column = name;
    for (const expected of [name, type]) {
      const length = this.varint();
      this.need(length);
      const found = this.bytes.toString("latin1", this.at, this.at + length);
      if (found !== expected)
        this.fail(`${JSON.stringify(found.slice(0, 80))} instead of ${expected}`);
      this.at += length;
    }
  }

  /** Makes sure that `bytes` more are there. */
  private need(bytes: number): void {
    const left = this.bytes.length - this.at;
    if (bytes > left) this.fail(`${bytes} bytes are needed, but ${left} are left`);
  }

  private varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      this.need(1);
      const byte = this.bytes[this.at++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
    return this.fail("a length is too large");
  }

  /** A UInt64 that must be below 2³². */
  private count(): number {
    this.need(8);
    const low = this.bytes.readUInt32LE(this.at);
    if (this.bytes.readUInt32LE(this.at + 4) !== 0) this.fail("a number is too large");
    this.at += 8;
    return low;
  }

  private numbers<T extends FixedType>(type: T, count: number): Fixed<T> {
    const Numbers = FIXED[type];
    const length = count * Numbers.BYTES_PER_ELEMENT;
    this.need(length);
    // A copy, since numbers may begin at any byte of the block.
    const copy = new Uint8Array(length);
    copy.set(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return new Numbers(copy.buffer) as Fixed<T>;
  }

  private idElements(count: number, width: number): ReadIds {
    this.need(count * width);
    const from = this.at;
    this.at += count * width;
    return new ReadIds(this.bytes.subarray(from, this.at), width);
  }

  private stringElements(count: number): ReadTexts {
    // Each has a length of one byte at least.
    this.need(count);
    const { bytes } = this;
    const starts = new Uint32Array(count);
    const ends = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const short = bytes[this.at];
      let length = 0;
      if (short !== undefined && short < 128) {
        length = short;
        this.at++;
      } else {
        length = this.varint();
      }
      starts[i] = this.at;
      this.need(length);
      ends[i] = this.at += length;
    }
    return new ReadTexts(bytes, starts, ends);
  }

  private keysVersion(): void {
    const version = this.count();
    if (version !== KEYS_VERSION) this.fail(`keys of version ${version}`);
  }

  private dictionaryElements(count: number): ReadDictionary {
    if (count === 0) return new ReadDictionary([], new Uint8Array(0));
    const flags = this.count();
    const width = flags & 0xff;
    if (flags !== (width | KEYS_FLAGS) || width > 2) this.fail(`flags ${flags} of keys`);
    const size = this.count();
    if (size > count) this.fail(`${size} keys of ${count} values`);
    const texts = this.stringElements(size);
    const keys = Array.from(texts.starts, (_, key) => texts.text(key));
    const found = this.count();
    if (found !== count) this.fail(`${found} numbers of keys instead of ${count}`);
    const numbers = this.numbers((["UInt8", "UInt16", "UInt32"] as const)[width]!, count);
    for (let i = 0; i < count; i++)
      if (numbers[i]! >= keys.length) this.fail(`key ${numbers[i]} of ${keys.length} keys`);
    return new ReadDictionary(keys, numbers);
  }

  /** The ends of arrays or maps, counted in elements. */
  private ends(count: number): Uint32Array {
    this.need(count * 8);
    const ends = new Uint32Array(count);
    let before = 0;
    for (let row = 0; row < count; row++) {
      const end = this.count();
      if (end < before) this.fail(`an end of ${end} after one of ${before}`);
      ends[row] = before = end;
    }
    return ends;
  }

  private mapElements(count: number): ReadMap {
    const ends = this.ends(count);
    const entries = lastOf(ends);
    return {
      ends,
      keys: this.dictionaryElements(entries),
      values: this.stringElements(entries),
    };
  }

  /** Reads the types that belong to a map: a byte for each of its entries. */
  private withTypes({ ends, keys, values }: ReadMap, count: number): ReadAttributes {
    if (ends.length !== count) this.fail(`types of ${count} maps instead of ${ends.length}`);
    const types = this.stringElements(count);
    let before = 0;
    for (let row = 0; row < count; row++) {
      const entries = ends[row]! - before;
      const found = types.ends[row]! - types.starts[row]!;
      if (found !== entries) this.fail(`${found} types of ${entries} attributes in row ${row}`);
      before = ends[row]!;
    }
    return new ReadAttributes(ends, keys, values, types);
  }
}

/** A map column without the types of its values. */
interface ReadMap {
  readonly ends: Uint32Array;
  readonly keys: ReadDictionary;
  readonly values: ReadTexts;
}

function lastOf(ends: Uint32Array): number {
  return ends.length === 0 ? 0 : ends[ends.length - 1]!;
}
