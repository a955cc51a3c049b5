import type { Resource, Scope } from "../attributes.ts";
import type { ByteWriter } from "../bytes.ts";
import type { AttributesColumn, DictionaryColumn, IntColumn, StringColumn } from "../columns.ts";
import { Dictionary } from "../dictionary.ts";
import type { ListColumn } from "../metric-batch.ts";
import type { RowGroups } from "../row-groups.ts";

/** Some rows of one batch: runs `[from, to, from, to, …]` in ascending order. */
export interface Part<B> {
  readonly batch: B;
  readonly runs: readonly number[];
}

/** Serialization version of a LowCardinality column's keys: "shared dictionaries with additional keys". */
const KEYS_VERSION = 1;
/** Flags of a LowCardinality block: it has additional keys, and the dictionary is to be updated. */
const HAS_ADDITIONAL_KEYS = 1 << 9;
const NEEDS_DICTIONARY_UPDATE = 1 << 10;

/**
 * Writes the columns of one ClickHouse `Native` block from several batches at once: what a batch
 * keeps as bytes is copied in one piece a run, and dictionaries are united. Keys that no written row
 * uses are left out, so that a dropped row leaves nothing behind.
 */
export class ColumnWriter {
  /** Where the block goes; may be changed between blocks. */
  out: ByteWriter;
  private readonly union = new Dictionary();
  private mapped = new Int32Array(1 << 12);
  private remap = new Int32Array(1 << 8);
  /** 64-bit little-endian offsets as pairs of 32-bit numbers; the upper ones stay 0. */
  private offsets = new Int32Array(1 << 10);

  constructor(out: ByteWriter) {
    this.out = out;
  }

  /** Begins a block; exactly `columns` columns of `rows` rows must follow. */
  begin(columns: number, rows: number): void {
    // What a block that failed has left here must not get into the next.
    this.union.reset();
    this.out.varint(columns);
    this.out.varint(rows);
  }

  private header(name: string, type: string): void {
    this.out.text(name);
    this.out.text(type);
  }

  /** A column of `width` bytes a row. */
  fixed<B>(
    name: string,
    type: string,
    parts: readonly Part<B>[],
    width: number,
    of: (batch: B) => ByteWriter,
  ): void {
    this.header(name, type);
    this.fixedElements(parts, width, of);
  }

  /** `Nullable(Float64)`, with the byte column that says where it is absent. */
  nullable<B>(
    name: string,
    parts: readonly Part<B>[],
    of: (b: B) => ByteWriter,
    absent: (b: B) => ByteWriter,
  ): void {
    this.header(name, "Nullable(Float64)");
    this.fixedElements(parts, 1, absent);
    this.fixedElements(parts, 8, of);
  }

  /** A column whose bytes `write` appends itself, row after row. */
  column(name: string, type: string, write: (out: ByteWriter) => void): void {
    this.header(name, type);
    write(this.out);
  }

  strings<B>(name: string, parts: readonly Part<B>[], of: (batch: B) => StringColumn): void {
    this.header(name, "String");
    this.stringElements(parts, of);
  }

  private stringRange(column: StringColumn, from: number, to: number): void {
    this.out.raw(column.data.bytes, column.start(from), column.start(to));
  }

  /** `LowCardinality(String)` from a dictionary column. */
  dictionary<B>(name: string, parts: readonly Part<B>[], of: (batch: B) => DictionaryColumn): void {
    this.header(name, "LowCardinality(String)");
    this.out.count(KEYS_VERSION);
    this.dictionaryElements(parts, of);
  }

  /** `LowCardinality(String)` with one text a group of rows, such as the service. */
  groupText<B>(
    name: string,
    parts: readonly Part<B>[],
    groups: (batch: B) => RowGroups,
    text: (resource: Resource, scope: Scope) => Uint8Array,
  ): void {
    this.header(name, "LowCardinality(String)");
    this.out.count(KEYS_VERSION);
    let rows = 0;
    for (const { batch, runs } of parts) {
      for (let r = 0; r < runs.length; r += 2) {
        groups(batch).forEach(runs[r]!, runs[r + 1]!, (resource, scope, count) => {
          const bytes = text(resource, scope);
          const number = this.union.number(bytes, 0, bytes.length);
          this.ensureMapped(rows + count);
          this.mapped.fill(number, rows, rows + count);
          rows += count;
        });
      }
    }
    this.endDictionary(rows);
  }

  /** `UInt64` ids, one a group of rows. */
  groupId<B>(
    name: string,
    parts: readonly Part<B>[],
    groups: (batch: B) => RowGroups,
    id: (resource: Resource, scope: Scope) => { low: number; high: number },
  ): void {
    this.header(name, "UInt64");
    for (const { batch, runs } of parts) {
      for (let r = 0; r < runs.length; r += 2) {
        groups(batch).forEach(runs[r]!, runs[r + 1]!, (resource, scope, count) => {
          const { low, high } = id(resource, scope);
          for (let i = 0; i < count; i++) this.out.u64(low, high);
        });
      }
    }
  }

  /** `LowCardinality(String)` with the same text in every row. */
  constantText(name: string, rows: number, text: string): void {
    this.header(name, "LowCardinality(String)");
    this.out.count(KEYS_VERSION);
    const number = this.union.numberOfText(text);
    this.ensureMapped(rows);
    this.mapped.fill(number, 0, rows);
    this.endDictionary(rows);
  }

  /** A number a row into a list of texts that the batch keeps beside it. */
  lookedUpText<B>(
    name: string,
    parts: readonly Part<B>[],
    of: (batch: B) => IntColumn,
    text: (batch: B, number: number) => string,
  ): void {
    this.header(name, "LowCardinality(String)");
    this.out.count(KEYS_VERSION);
    let rows = 0;
    for (const { batch, runs } of parts) {
      const known = new Map<number, number>();
      const { values } = of(batch);
      for (let r = 0; r < runs.length; r += 2) {
        this.ensureMapped(rows + runs[r + 1]! - runs[r]!);
        for (let row = runs[r]!; row < runs[r + 1]!; row++) {
          let number = known.get(values[row]!);
          if (number === undefined)
            known.set(values[row]!, (number = this.union.numberOfText(text(batch, values[row]!))));
          this.mapped[rows++] = number;
        }
      }
    }
    this.endDictionary(rows);
  }

  /** `Map(LowCardinality(String), String)` and, after it, the types of its values as `String`. */
  attributes<B>(
    name: string,
    typesName: string,
    parts: readonly Part<B>[],
    of: (batch: B) => AttributesColumn,
  ): void {
    this.header(name, "Map(LowCardinality(String), String)");
    this.out.count(KEYS_VERSION);
    this.attributeElements(parts, of);
    this.header(typesName, "String");
    this.attributeTypes(parts, of);
  }

  private attributeOffsets<B>(parts: readonly Part<B>[], of: (batch: B) => AttributesColumn): void {
    let base = 0;
    for (const { batch, runs } of parts) {
      for (let r = 0; r < runs.length; r += 2)
        base = this.offsetRange(of(batch).ends, runs[r]!, runs[r + 1]!, base);
    }
  }

  private attributeData<B>(parts: readonly Part<B>[], of: (batch: B) => AttributesColumn): void {
    let entries = 0;
    for (const { batch, runs } of parts) {
      const column = of(batch);
      this.beginRemap(column.keys);
      for (let r = 0; r < runs.length; r += 2) {
        entries = this.mapRange(
          column.keys,
          column.start(runs[r]!),
          column.start(runs[r + 1]!),
          entries,
        );
      }
    }
    this.endDictionary(entries);
    for (const { batch, runs } of parts) {
      const column = of(batch);
      for (let r = 0; r < runs.length; r += 2) {
        this.stringRange(column.values, column.start(runs[r]!), column.start(runs[r + 1]!));
      }
    }
  }

  /** The types of each row's attributes as a `String`. */
  attributeTypes<B>(parts: readonly Part<B>[], of: (batch: B) => AttributesColumn): void {
    for (const { batch, runs } of parts) {
      const column = of(batch);
      const types = column.types.bytes;
      const ends = column.ends.values;
      for (let r = 0; r < runs.length; r += 2) {
        let from = column.start(runs[r]!);
        for (let row = runs[r]!; row < runs[r + 1]!; row++) {
          const to = ends[row]!;
          this.out.varint(to - from);
          this.out.raw(types, from, to);
          from = to;
        }
      }
    }
  }

  /** Cumulative `UInt64` offsets of rows `from` to `to`, going on from `base`; returns the last. */
  private offsetRange(ends: IntColumn, from: number, to: number, base: number): number {
    const values = ends.values;
    const shift = base - (from === 0 ? 0 : values[from - 1]!);
    const count = to - from;
    if (this.offsets.length < count * 2) this.offsets = new Int32Array(count * 4);
    const { offsets } = this;
    let end = base;
    for (let row = from, at = 0; row < to; row++, at += 2) {
      end = values[row]! + shift;
      offsets[at] = end;
    }
    this.out.raw(new Uint8Array(offsets.buffer, 0, count * 8), 0, count * 8);
    return end;
  }

  /** Offsets of arrays whose elements are the rows of `nested`; returns the parts of those elements. */
  arrayOffsets<B>(parts: readonly Part<B>[], of: (batch: B) => IntColumn): void {
    let base = 0;
    for (const { batch, runs } of parts) {
      for (let r = 0; r < runs.length; r += 2)
        base = this.offsetRange(of(batch), runs[r]!, runs[r + 1]!, base);
    }
  }

  /** An array column: offsets from the outer parts, elements from the nested ones. */
  array(name: string, type: string, writeOffsets: () => void, writeElements: () => void): void {
    this.header(name, `Array(${type})`);
    if (type.startsWith("LowCardinality") || type.startsWith("Map(LowCardinality"))
      this.out.count(KEYS_VERSION);
    writeOffsets();
    writeElements();
  }

  fixedElements<B>(parts: readonly Part<B>[], width: number, of: (batch: B) => ByteWriter): void {
    for (const { batch, runs } of parts) {
      const bytes = of(batch).bytes;
      for (let r = 0; r < runs.length; r += 2)
        this.out.raw(bytes, runs[r]! * width, runs[r + 1]! * width);
    }
  }

  stringElements<B>(parts: readonly Part<B>[], of: (batch: B) => StringColumn): void {
    for (const { batch, runs } of parts) {
      for (let r = 0; r < runs.length; r += 2) this.stringRange(of(batch), runs[r]!, runs[r + 1]!);
    }
  }

  dictionaryElements<B>(parts: readonly Part<B>[], of: (batch: B) => DictionaryColumn): void {
    let rows = 0;
    for (const { batch, runs } of parts) {
      const column = of(batch);
      this.beginRemap(column);
      for (let r = 0; r < runs.length; r += 2)
        rows = this.mapRange(column, runs[r]!, runs[r + 1]!, rows);
    }
    this.endDictionary(rows);
  }

  attributeElements<B>(parts: readonly Part<B>[], of: (batch: B) => AttributesColumn): void {
    this.attributeOffsets(parts, of);
    this.attributeData(parts, of);
  }

  /** `Array(Float64)` or `Array(UInt64)`. */
  lists<B>(
    name: string,
    type: string,
    parts: readonly Part<B>[],
    of: (batch: B) => ListColumn,
  ): void {
    const write = (): void => {
      for (const { batch, runs } of parts) {
        const { data, ends } = of(batch);
        for (let r = 0; r < runs.length; r += 2) {
          const from = runs[r] === 0 ? 0 : ends.values[runs[r]! - 1]!;
          this.out.raw(data.bytes, from * 8, ends.values[runs[r + 1]! - 1]! * 8);
        }
      }
    };
    this.array(name, type, () => this.arrayOffsets(parts, (b) => of(b).ends), write);
  }

  private beginRemap(column: DictionaryColumn): void {
    const { size } = column.dictionary;
    if (this.remap.length < size) this.remap = new Int32Array(size * 2);
    this.remap.fill(-1, 0, size);
  }

  private ensureMapped(rows: number): void {
    if (this.mapped.length >= rows) return;
    const larger = new Int32Array(rows * 2);
    larger.set(this.mapped);
    this.mapped = larger;
  }

  private mapRange(column: DictionaryColumn, from: number, to: number, at: number): number {
    this.ensureMapped(at + to - from);
    const { mapped, remap } = this;
    const numbers = column.numbers.values;
    for (let i = from; i < to; i++) {
      const number = numbers[i]!;
      let united = remap[number]!;
      if (united < 0) united = remap[number] = this.unite(column.dictionary, number);
      mapped[at++] = united;
    }
    return at;
  }

  private unite(dictionary: Dictionary, number: number): number {
    const start = dictionary.start(number);
    return this.union.number(dictionary.keys.bytes, start, start + dictionary.byteLength(number));
  }

  /** Writes the united keys and the mapped numbers of `rows` rows, and forgets both. */
  private endDictionary(rows: number): void {
    const { out, union, mapped } = this;
    if (rows === 0) {
      union.reset();
      return;
    }
    const width = union.size <= 0xff ? 0 : union.size <= 0xffff ? 1 : 2;
    out.u64(width | HAS_ADDITIONAL_KEYS | NEEDS_DICTIONARY_UPDATE, 0);
    out.count(union.size);
    out.raw(union.keys.bytes, 0, union.keys.length);
    out.count(rows);
    const b = out.ensure(rows << width);
    let p = out.length;
    if (width === 0) {
      for (let i = 0; i < rows; i++) b[p++] = mapped[i]!;
    } else if (width === 1) {
      for (let i = 0; i < rows; i++) {
        b[p++] = mapped[i]!;
        b[p++] = mapped[i]! >>> 8;
      }
    } else {
      for (let i = 0; i < rows; i++) {
        const number = mapped[i]!;
        b[p] = number;
        b[p + 1] = number >>> 8;
        b[p + 2] = number >>> 16;
        b[p + 3] = number >>> 24;
        p += 4;
      }
    }
    out.length = p;
    union.reset();
  }
}

/** Number of rows that some parts have together. */
export function partRows(parts: readonly Part<unknown>[]): number {
  let rows = 0;
  for (const { runs } of parts)
    for (let r = 0; r < runs.length; r += 2) rows += runs[r + 1]! - runs[r]!;
  return rows;
}

/** The parts of nested elements (events, links) that belong to the rows of the outer parts. */
export function nestedParts<B>(parts: readonly Part<B>[], of: (batch: B) => IntColumn): Part<B>[] {
  return parts.map(({ batch, runs }) => {
    const ends = of(batch).values;
    const nested: number[] = [];
    for (let r = 0; r < runs.length; r += 2) {
      const from = runs[r] === 0 ? 0 : ends[runs[r]! - 1]!;
      const to = ends[runs[r + 1]! - 1]!;
      if (to > from) nested.push(from, to);
    }
    return { batch, runs: nested };
  });
}
