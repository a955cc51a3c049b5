import type { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES } from "../attributes.ts";
import {
  type AttributesColumn,
  type DictionaryColumn,
  IntColumn,
  StringColumn,
} from "../columns.ts";
import { Dictionary } from "../dictionary.ts";
import { ROW_LIMITS } from "../limits.ts";
import { RowSelection } from "../row-groups.ts";
import { cutString, cutText } from "../utf8.ts";
import { Spares } from "./spares.ts";

/** Which rows are looked at: the batch's own selection, or {@link keptElements}; all of them where it is undefined. */
export type Rows = RowSelection | undefined;

/**
 * Gives a text anew: undefined where it stays as it is. `bytes` from `from` to `to` is the text in UTF-8,
 * and may be read only during the call; `index` is its number in the column.
 */
export type Rewrite = (
  bytes: Buffer,
  from: number,
  to: number,
  index: number,
) => string | Buffer | undefined;

const strings = new Spares(() => new StringColumn());
const dictionaries = new Spares(() => new Dictionary());
const lists = new Spares(() => new IntColumn());

/**
 * Rewrites the texts of a column in place, such as bodies or status messages. Where nothing changes nothing
 * is copied; where something does, the column is copied once. Nothing is changed when `rewrite` throws.
 *
 * @param bytesMax What a new text is cut at, at a UTF-8 boundary.
 * @returns How many texts were changed.
 */
export function rewriteStrings(
  column: StringColumn,
  rows: Rows,
  rewrite: Rewrite,
  bytesMax: number = ROW_LIMITS.bodyBytesMax,
): number {
  const isWhole = rows === undefined || rows.dropped === 0;
  return strings.borrow((edited) => {
    let changed = 0;
    let copied = 0;
    const total = column.rows;
    for (let row = 0; row < total; row++) {
      if (!isWhole && !rows.has(row)) continue;
      const from = column.textStart(row);
      const text = rewrite(column.data.bytes, from, column.ends.values[row]!, row);
      if (text === undefined) continue;
      if (copied < row) edited.pushRows(column, copied, row);
      pushCut(edited, text, bytesMax);
      copied = row + 1;
      changed++;
    }
    if (changed === 0) return 0;
    edited.pushRows(column, copied, total);
    column.swap(edited);
    return changed;
  });
}

/** Appends a text, cut at `bytesMax` bytes. */
export function pushCut(into: StringColumn, text: string | Buffer, bytesMax: number): void {
  if (typeof text === "string") into.pushText(cutString(text, bytesMax));
  else into.push(text, 0, cutText(text, 0, text.length, bytesMax));
}

/**
 * Rewrites the texts of a column of few distinct ones, each of them once whatever the number of its rows:
 * names, severity texts. Nothing is changed when `rewrite` throws.
 *
 * @param rows Others keep their text, also where it is one that is rewritten.
 * @returns How many rows were changed.
 */
export function rewriteDictionary(
  column: DictionaryColumn,
  rows: Rows,
  rewrite: (text: string) => string | undefined,
  bytesMax: number = ROW_LIMITS.nameBytesMax,
): number {
  const { dictionary } = column;
  const used = usedNumbers(column, rows);
  const texts = new Map<number, string>();
  for (let number = 0; number < dictionary.size; number++) {
    if (used?.[number] === 0) continue;
    const text = rewrite(dictionary.text(number));
    if (text !== undefined) texts.set(number, cutString(text, bytesMax));
  }
  return texts.size === 0 ? 0 : exchangeTexts(column, rows, texts);
}

/** Which numbers of the dictionary the rows have: 1 by number; undefined for all of them. */
function usedNumbers(
  { dictionary, numbers }: DictionaryColumn,
  rows: Rows,
): Uint8Array | undefined {
  if (rows === undefined || rows.dropped === 0) return undefined;
  const used = new Uint8Array(dictionary.size);
  for (let row = 0; row < numbers.length; row++) if (rows.has(row)) used[numbers.values[row]!] = 1;
  return used;
}

/** Gives rows with the keys of `texts` those texts; two keys that are equal then become one. */
function exchangeTexts(
  column: DictionaryColumn,
  rows: Rows,
  texts: ReadonlyMap<number, string>,
): number {
  return dictionaries.borrow((edited) => {
    const { dictionary } = column;
    // By number, one more than the number that takes its place: 0 where there is none yet.
    const [rewritten, left] = [new Int32Array(dictionary.size), new Int32Array(dictionary.size)];
    const { values, length } = column.numbers;
    let changed = 0;
    for (let row = 0; row < length; row++) {
      const number = values[row]!;
      const text = rows === undefined || rows.has(row) ? texts.get(number) : undefined;
      if (text !== undefined) changed++;
      const moved = text === undefined ? left : rewritten;
      if (moved[number] === 0) {
        const start = dictionary.start(number);
        const end = start + dictionary.byteLength(number);
        const made =
          text === undefined
            ? edited.number(dictionary.keys.bytes, start, end)
            : edited.numberOfText(text);
        moved[number] = made + 1;
      }
      values[row] = moved[number]! - 1;
    }
    dictionary.swap(edited);
    return changed;
  });
}

/**
 * Rewrites values of attributes in place. What was a number, a bool, bytes or nothing is a string once it was
 * rewritten; arrays and kvlists stay what they are, so that their text should stay JSON.
 *
 * @param rewrite Its `index` is that of the attribute in the column: `column.keys.text(index)` is its key.
 * @returns How many values were changed.
 */
export function rewriteAttributeValues(
  column: AttributesColumn,
  rows: Rows,
  rewrite: Rewrite,
): number {
  return lists.borrow((changed) => {
    const noteChange: Rewrite = (bytes, from, to, index) => {
      const text = rewrite(bytes, from, to, index);
      if (text !== undefined) changed.push(index);
      return text;
    };
    const values = keptElements(column.ends, rows);
    rewriteStrings(column.values, values, noteChange, ROW_LIMITS.attributeValueBytesMax);
    const types = column.types.bytes;
    for (let i = 0; i < changed.length; i++) {
      const index = changed.values[i]!;
      if (!isJson(types[index]!)) types[index] = ATTRIBUTE_TYPES.string;
    }
    return changed.length;
  });
}

function isJson(type: number): boolean {
  return type === ATTRIBUTE_TYPES.array || type === ATTRIBUTE_TYPES.kvlist;
}

/**
 * Which elements (span events, links, attributes) belong to the rows, for edits of the elements.
 *
 * @param ends Number of elements up to and including each row, such as `batch.eventEnds`.
 */
export function keptElements(ends: IntColumn, rows: Rows): Rows {
  if (rows === undefined || rows.dropped === 0) return undefined;
  const kept = new RowSelection();
  // From the end, so that the selection has its size at once.
  for (let row = ends.length - 1; row >= 0; row--) {
    if (rows.has(row)) continue;
    const from = row === 0 ? 0 : ends.values[row - 1]!;
    for (let element = ends.values[row]! - 1; element >= from; element--) kept.drop(element);
  }
  return kept;
}
