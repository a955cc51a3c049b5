import { LogBatch } from "./log-batch.ts";
import { MetricBatch } from "./metric-batch.ts";
import { SpanBatch } from "./span-batch.ts";

/**
 * Columns for one signal. Its owner is whoever was handed it last: `Push` passes it on, and the
 * stage that ends its life gives it back to the {@link BatchPool} that it came from.
 */
export type Batch = SpanBatch | LogBatch | MetricBatch;
export type BatchOf<S extends Batch["signal"]> = Extract<Batch, { signal: S }>;

/** Rows of a batch that no stage has dropped. */
export function keptRows(batch: Batch): number {
  if (batch.signal !== "metrics") return batch.rows - batch.selection.dropped;
  const { numbers, histograms } = batch;
  return batch.rows - numbers.selection.dropped - histograms.selection.dropped;
}

/** Empty batches for use again: columns keep their memory from request to request. */
export class BatchPool<B extends Batch> {
  private readonly free: B[] = [];
  private readonly create: () => B;
  private readonly keptMax: number;

  constructor(create: () => B, keptMax = 64) {
    this.create = create;
    this.keptMax = keptMax;
  }

  take(): B {
    return this.free.pop() ?? this.create();
  }

  give(batch: B): void {
    batch.reset();
    if (this.free.length < this.keptMax) this.free.push(batch);
  }
}

/** The pools of the three signals. */
export const batchPools = {
  traces: new BatchPool(() => new SpanBatch()),
  logs: new BatchPool(() => new LogBatch()),
  metrics: new BatchPool(() => new MetricBatch()),
};
