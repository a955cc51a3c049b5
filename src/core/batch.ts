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

/** About how many bytes a batch is when encoded: what it has besides is bounded by its rows. */
export function batchBytes(batch: Batch): number {
  switch (batch.signal) {
    case "traces": {
      const { events, links } = batch;
      const texts = batch.statusMessage.data.length + batch.traceState.data.length;
      const values = batch.attributes.values.data.length + events.attributes.values.data.length;
      const linked = links.traceState.data.length + links.attributes.values.data.length;
      return batch.rows * 200 + texts + values + linked + events.time.length + links.traceId.length;
    }
    case "logs":
      return batch.rows * 100 + batch.body.data.length + batch.attributes.values.data.length;
    case "metrics": {
      const { histograms, exemplars, series } = batch;
      const { bounds, buckets, positiveBuckets, negativeBuckets, quantiles } = histograms;
      const lists = bounds.data.length + buckets.data.length + quantiles.data.length * 2;
      const exponential = positiveBuckets.data.length + negativeBuckets.data.length;
      const exemplarBytes = exemplars.rows * 90 + exemplars.attributes.values.data.length;
      return batch.rows * 200 + lists + exponential + exemplarBytes + series.length * 300;
    }
  }
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
