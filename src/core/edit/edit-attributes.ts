import { AttributesColumn } from "../columns.ts";
import type { ByteWriter } from "../bytes.ts";
import type { AttributedRows, AttributeKey } from "../row-access.ts";
import { AttributeRow } from "./attribute-row.ts";
import type { Rows } from "./rewrite-text.ts";
import { Spares } from "./spares.ts";

/** Rows whose attributes can be edited; what has no count of dropped attributes (events, links) counts none. */
export interface EditableRows extends AttributedRows {
  readonly droppedAttributes?: ByteWriter;
}

const scratch = new Spares(() => new AttributesColumn());

/**
 * Edits the attributes of rows in place: `edit` is called with each row and may set, rename and delete. Rows
 * that it leaves alone are copied in runs, and nothing at all where no row changes. Nothing is
 * changed when `edit` throws.
 *
 * @param target A batch of spans or logs, or the events, links or exemplars of one.
 * @param edit Is given one object for all rows, which is good during the call only.
 * @returns How many rows were changed.
 */
export function editAttributes(
  target: EditableRows,
  rows: Rows,
  edit: (row: AttributeRow, index: number) => void,
): number {
  const column = target.attributes;
  const isWhole = rows === undefined || rows.dropped === 0;
  const row = new AttributeRow(column);
  return scratch.borrow((edited) => {
    let changed = 0;
    let copied = 0;
    const refused: number[] = [];
    const total = column.rows;
    for (let index = 0; index < total; index++) {
      if (!isWhole && !rows.has(index)) continue;
      row.open(index);
      edit(row, index);
      if (row.refused > 0) refused.push(index, row.refused);
      if (!row.isChanged) continue;
      copyRows(edited, column, copied, index);
      row.writeTo(edited);
      copied = index + 1;
      changed++;
    }
    countRefused(target.droppedAttributes, refused);
    if (changed === 0) return 0;
    copyRows(edited, column, copied, total);
    swapRows(column, edited);
    return changed;
  });
}

/** Appends rows as they are; the numbers of their keys stay, since the dictionary does. */
function copyRows(
  into: AttributesColumn,
  from: AttributesColumn,
  first: number,
  end: number,
): void {
  if (first === end) return;
  const at = from.start(first);
  const to = from.start(end);
  into.ends.pushRange(from.ends, first, end, into.values.rows - at);
  into.keys.numbers.pushRange(from.keys.numbers, at, to, 0);
  into.values.pushRows(from.values, at, to);
  into.types.raw(from.types.bytes, at, to);
}

function swapRows(column: AttributesColumn, edited: AttributesColumn): void {
  column.keys.numbers.swap(edited.keys.numbers);
  column.values.swap(edited.values);
  column.types.swap(edited.types);
  column.ends.swap(edited.ends);
}

const COUNT_MAX = 0xffff_ffff;

/** Adds to the counts of what rows could not take; `refused` has pairs of a row and its number. */
function countRefused(counts: ByteWriter | undefined, refused: readonly number[]): void {
  if (counts === undefined) return;
  for (let i = 0; i < refused.length; i += 2) {
    const at = refused[i]! * 4;
    const count = counts.bytes.readUInt32LE(at) + refused[i + 1]!;
    counts.bytes.writeUInt32LE(Math.min(count, COUNT_MAX), at);
  }
}

/** Sets an attribute to the same value in each row. Returns how many rows were changed. */
export function setAttribute(
  target: EditableRows,
  rows: Rows,
  key: AttributeKey,
  value: string,
  type: number,
): number {
  return editAttributes(target, rows, (row) => row.set(key, value, type));
}

/** Removes attributes from each row. Returns how many rows were changed. */
export function deleteAttributes(
  target: EditableRows,
  rows: Rows,
  keys: readonly AttributeKey[],
): number {
  return editAttributes(target, rows, (row) => {
    for (const key of keys) row.delete(key);
  });
}

/** Gives an attribute another key in each row that has it. Returns how many rows were changed. */
export function renameAttribute(
  target: EditableRows,
  rows: Rows,
  from: AttributeKey,
  to: AttributeKey,
): number {
  return editAttributes(target, rows, (row) => row.rename(from, to));
}
