import { type Batch, keptRows } from "#core/batch.ts";
import { RowSelection } from "#core/row-groups.ts";
import { isKept, type RowNumber } from "../live/row-samples.ts";

/**
 * Which rows of a batch are dropped between two moments. It costs a copy of what was dropped earlier, and
 * looks at single rows only when something was dropped meanwhile.
 *
 * @example
 * const dropped = new DroppedRows(batch);
 * processor.process(batch, org);
 * for (const row of dropped.since()) console.log(jsonOfRow(rowOf(batch, row)));
 */
export class DroppedRows {
  private readonly batch: Batch;
  private readonly kept: number;
  private readonly before: readonly RowSelection[];

  constructor(batch: Batch) {
    this.batch = batch;
    this.kept = keptRows(batch);
    this.before = selectionsOf(batch).map(copyOf);
  }

  /** Those that were there at first and are no longer, as `rowOf` knows them. */
  since(): RowNumber[] {
    const { batch, kept, before } = this;
    if (keptRows(batch) === kept) return [];
    const [first, histograms] = before;
    if (batch.signal !== "metrics") return lost(batch, first!, batch.rows, (row) => row);
    return [
      ...lost(batch, first!, batch.numbers.rows, (row) => row),
      ...lost(batch, histograms!, batch.histograms.rows, (row) => ~row),
    ];
  }
}

function selectionsOf(batch: Batch): RowSelection[] {
  if (batch.signal !== "metrics") return [batch.selection];
  return [batch.numbers.selection, batch.histograms.selection];
}

function copyOf(selection: RowSelection): RowSelection {
  const copy = new RowSelection();
  copy.copyFrom(selection);
  return copy;
}

function lost(
  batch: Batch,
  before: RowSelection,
  rows: number,
  numbered: (row: number) => RowNumber,
): RowNumber[] {
  const found: RowNumber[] = [];
  for (let row = 0; row < rows; row++)
    if (before.has(row) && !isKept(batch, numbered(row))) found.push(numbered(row));
  return found;
}
