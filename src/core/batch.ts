import { POOL_LIMITS } from "./limits.ts";
import { LogBatch } from "./log-batch.ts";
import { MetricBatch } from "./metric-batch.ts";
import { SpanBatch } from "./span-batch.ts";

/**
 * Columns for one signal. Its owner is whoever was handed it last: `Push` passes it on, and the
 * stage that ends its life gives it back to the {@link BatchPool} that it came from.
 */
export type Batch = SpanBatch | LogBatch | MetricBatch;

/** Rows of a batch that no stage has dropped. */
export function keptRows(batch: Batch): number {
  if (batch.signal !== "metrics") return batch.rows - batch.selection.dropped;
  const { numbers, histograms } = batch;
  return batch.rows - numbers.selection.dropped - histograms.selection.dropped;
}

/** Drops every row that is left. */
export function dropAll(batch: Batch): void {
  if (batch.signal !== "metrics") {
    for (let row = 0; row < batch.rows; row++) batch.selection.drop(row);
    return;
  }
  const { numbers, histograms } = batch;
  for (let row = 0; row < numbers.rows; row++) numbers.selection.drop(row);
  for (let row = 0; row < histograms.rows; row++) histograms.selection.drop(row);
}

/** What a row takes when it is encoded, beside what it brought. */
const ROW_BYTES = 200;

/** About how many bytes a batch is when encoded, with its resources and series: what it was decoded from tells. */
export function batchBytes(batch: Batch): number {
  return batch.sourceBytes + batch.rows * ROW_BYTES;
}

/** Empty batches for use again: columns keep their memory from request to request. */
class BatchPool<B extends Batch> {
  private readonly free: B[] = [];
  private readonly create: () => B;

  constructor(create: () => B) {
    this.create = create;
  }

  take(): B {
    return this.free.pop() ?? this.create();
  }

  give(batch: B): void {
    const isLarge = batch.rows > POOL_LIMITS.rowsMax;
    batch.reset();
    if (!isLarge && this.free.length < POOL_LIMITS.batchesMax) this.free.push(batch);
  }
}

/** The pools of the three signals. */
export const batchPools = {
  traces: new BatchPool(() => new SpanBatch()),
  logs: new BatchPool(() => new LogBatch()),
  metrics: new BatchPool(() => new MetricBatch()),
};

/** Gives a batch back to the pool that it came from: nobody may use it any more. */
export function releaseBatch(batch: Batch): void {
  if (batch.signal === "traces") batchPools.traces.give(batch);
  else if (batch.signal === "logs") batchPools.logs.give(batch);
  else batchPools.metrics.give(batch);
}
