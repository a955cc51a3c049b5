import { type Batch, batchPools } from "./batch.ts";
import { ByteWriter } from "./bytes.ts";
import { IntColumn } from "./columns.ts";
import { Dictionary } from "./dictionary.ts";
import { MetricBatch } from "./metric-batch.ts";
import { RowGroups, RowSelection } from "./row-groups.ts";

/**
 * The same rows once more, for another owner: whatever is done to one is not seen in the other. The copy
 * is one of the pool, as the batch itself; resources, scopes and series are immutable, and shared.
 */
export function copyBatch<B extends Batch>(batch: B): B {
  const copy = batchPools[batch.signal].take() as B;
  if (batch instanceof MetricBatch && copy instanceof MetricBatch)
    for (const series of batch.series) copy.seriesNumber(series);
  copyColumns(batch, copy);
  return copy;
}

/** Copies column by column, by their names: a column that is added to a batch needs no line here. */
function copyColumns(from: object, into: object): void {
  const target = into as Record<string, unknown>;
  for (const [name, column] of Object.entries(from)) {
    const own = target[name];
    if (typeof column === "number") target[name] = column;
    else if (Array.isArray(column) || column instanceof Map) continue;
    else if (!copyLeaf(column, own) && isColumns(column) && isColumns(own))
      copyColumns(column, own);
  }
}

function copyLeaf(from: unknown, into: unknown): boolean {
  if (from instanceof ByteWriter && into instanceof ByteWriter) into.copyFrom(from);
  else if (from instanceof IntColumn && into instanceof IntColumn) into.copyFrom(from);
  else if (from instanceof Dictionary && into instanceof Dictionary) into.copyFrom(from);
  else if (from instanceof RowGroups && into instanceof RowGroups) into.copyFrom(from);
  else if (from instanceof RowSelection && into instanceof RowSelection) into.copyFrom(from);
  else return false;
  return true;
}

function isColumns(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
