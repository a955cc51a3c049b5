import type { AttributesColumn } from "#core/columns.ts";

/** Values of a column that are remembered: as many as have different places in the table. */
const SLOTS = 1_024;
/** Longer values are seldom repeated. */
const BYTES_MAX = 256;

/**
 * Values of one column of attributes that were left as they were, by key, type and bytes: most of them come
 * again and again, and comparing is several times as fast as scanning. What is remembered is where they are in
 * the column, so it holds until the column is rewritten.
 */
export class UnchangedValues {
  /** By hash, one more than the number of an entry of the column. */
  private readonly slots = new Int32Array(SLOTS);
  private column: AttributesColumn | undefined;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private slot = -1;

  /** Forgets the column before. */
  begin(column: AttributesColumn): void {
    const { bytes } = column.values.data;
    this.column = column;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.slots.fill(0);
  }

  /** Whether an entry has the key, the type and the value of one that was added. */
  has(index: number, from: number, to: number): boolean {
    const length = to - from;
    if (length > BYTES_MAX || length === 0) {
      this.slot = -1;
      return false;
    }
    const { keys, types, values } = this.column!;
    const { bytes } = values.data;
    const number = keys.numbers.values[index]!;
    const middle = bytes[from + (length >> 1)]!;
    const hash =
      (number * 31 + length) * 31 +
      bytes[to - 1]! +
      middle * 7 +
      bytes[to - (length >> 2) - 1]! * 61;
    const slot = hash & (SLOTS - 1);
    this.slot = slot;
    const other = this.slots[slot]! - 1;
    if (other < 0 || keys.numbers.values[other] !== number) return false;
    if (types.bytes[other] !== types.bytes[index]) return false;
    const otherFrom = values.textStart(other);
    return (
      values.ends.values[other]! - otherFrom === length &&
      isSame(this.view, from, otherFrom, length)
    );
  }

  /** Adds the entry that was asked for last. */
  add(index: number): void {
    if (this.slot >= 0) this.slots[this.slot] = index + 1;
  }
}

/** Compares four bytes at a time, which need not lie at a multiple of four. */
function isSame(view: DataView, from: number, otherFrom: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4)
    if (view.getInt32(from + i) !== view.getInt32(otherFrom + i)) return false;
  for (; i < length; i++)
    if (view.getUint8(from + i) !== view.getUint8(otherFrom + i)) return false;
  return true;
}
