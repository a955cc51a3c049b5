import type { Dictionary } from "#core/dictionary.ts";
import type { StringColumn } from "#core/columns.ts";
import { asciiLower } from "#core/search/search-words.ts";

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const CASE_BIT = 0x20;

/**
 * What several searches need of one batch, made when the first of them asks: texts in lower case. It is
 * good for as long as the batch is not changed.
 */
export class BatchView {
  private readonly columns = new Map<StringColumn, Buffer>();
  private readonly dictionaries = new Map<Dictionary, readonly string[]>();

  /** The bytes of a column with ASCII letters in lower case; rows lie where they lie in the column. */
  lowerColumn(column: StringColumn): Buffer {
    let lower = this.columns.get(column);
    if (lower === undefined) {
      lower = lowered(column);
      this.columns.set(column, lower);
    }
    return lower;
  }

  /** The entries of a dictionary, by their numbers, with ASCII letters in lower case. */
  lowerEntries(dictionary: Dictionary): readonly string[] {
    let lower = this.dictionaries.get(dictionary);
    if (lower === undefined) {
      lower = Array.from({ length: dictionary.size }, (_, i) => asciiLower(dictionary.text(i)));
      this.dictionaries.set(dictionary, lower);
    }
    return lower;
  }
}

/** Bytes of length prefixes may change too; nothing reads those of a copy. */
function lowered({ data: { bytes, length } }: StringColumn): Buffer {
  const lower = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!;
    lower[i] = byte >= UPPER_A && byte <= UPPER_Z ? byte | CASE_BIT : byte;
  }
  return lower;
}
