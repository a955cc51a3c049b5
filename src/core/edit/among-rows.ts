import type { Batch } from "../batch.ts";
import type { MetricBatch } from "../metric-batch.ts";
import type { RowSelection } from "../row-groups.ts";

/**
 * Lets `work` see only those rows of a batch for which `isShown` holds: to it the others are dropped, and what
 * it makes of a resource, scope or series reaches none of them. Afterwards they are there again, as they were;
 * what it dropped stays dropped.
 *
 * @param isShown Is given a row that is kept; a point of a histogram as `~row`.
 * @returns What `work` gives; undefined, and it was not called, where no row is shown.
 */
export function amongRows<T>(
  batch: Batch,
  isShown: (row: number) => boolean,
  work: () => T,
): T | undefined {
  if (batch.signal === "metrics") return amongPoints(batch, isShown, work);
  const { selection, rows, groups } = batch;
  const hidden = hiddenRows(selection, rows, isShown);
  if (hidden.length === rows - selection.dropped) return undefined;
  if (hidden.length === 0) return work();
  drop(selection, hidden);
  groups.split((row) => selection.has(row));
  try {
    return work();
  } finally {
    restore(selection, hidden);
    groups.join();
  }
}

function amongPoints<T>(
  batch: MetricBatch,
  isShown: (row: number) => boolean,
  work: () => T,
): T | undefined {
  const { numbers, histograms } = batch;
  const hidden = hiddenRows(numbers.selection, numbers.rows, isShown);
  const hiddenToo = hiddenRows(histograms.selection, histograms.rows, (row) => isShown(~row));
  const kept = batch.rows - numbers.selection.dropped - histograms.selection.dropped;
  const count = hidden.length + hiddenToo.length;
  if (count === kept) return undefined;
  if (count === 0) return work();
  drop(numbers.selection, hidden);
  drop(histograms.selection, hiddenToo);
  batch.splitSeries();
  try {
    return work();
  } finally {
    restore(numbers.selection, hidden);
    restore(histograms.selection, hiddenToo);
    batch.joinSeries();
  }
}

function hiddenRows(
  selection: RowSelection,
  rows: number,
  isShown: (row: number) => boolean,
): number[] {
  const hidden: number[] = [];
  for (let row = 0; row < rows; row++) if (selection.has(row) && !isShown(row)) hidden.push(row);
  return hidden;
}

/** From the end, so that the selection has its size at once. */
function drop(selection: RowSelection, rows: readonly number[]): void {
  for (let i = rows.length - 1; i >= 0; i--) selection.drop(rows[i]!);
}

function restore(selection: RowSelection, rows: readonly number[]): void {
  for (const row of rows) selection.restore(row);
}
