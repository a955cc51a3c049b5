import type { Batch } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { GroupCommit } from "./group-commit.ts";
import type { RecordNote } from "./group-encoder.ts";
import type { Journal } from "./journal/journal.ts";
import type { RowWatch } from "./row-watch.ts";

/** What reads the journal at a cursor of its own and delivers its records. */
export interface Destination {
  /** Resolves when it follows the journal; what an earlier life began may still be going on. */
  start(): Promise<void>;
  /** Delivers what it can within its budget, and stops. Idempotent, and safe before `start`. */
  stop(): Promise<void>;
}

/** A journal with what fills it and what empties it. */
export interface Pipeline {
  /** Whether records can be read back to rows, one by one: for destinations that need rows. Holds from the next group on. */
  selfContained: boolean;
  /** Resolves when the batch is durable, which makes it accepted; takes the batch over in any case. */
  push(batch: Batch, org: string): Promise<void>;
  /** See {@link GroupCommit.pushRecord}. */
  pushRecord(batch: SpanBatch, org: string, note: RecordNote, freeing?: string): Promise<number>;
  /** Writes what waits now. Resolves when all of that is durable, or was refused. */
  written(): Promise<void>;
  /** Starts the destinations. */
  start(): Promise<void>;
  /** From now on a destination is stopped with the pipeline; the caller has started it. */
  attach(destination: Destination): void;
  /** The destination is the caller's to stop again. */
  detach(destination: Destination): void;
  /** Writes what waits, lets the destinations deliver within their budgets, closes the journal. Idempotent. */
  stop(): Promise<void>;
}

/** Ties a journal to its destinations; it owns all of them from then on. */
export function createPipeline(options: {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly destinations: readonly Destination[];
  /** See {@link Pipeline.selfContained}; false by default. */
  readonly selfContained?: boolean;
  /** Told of rows as they become durable. */
  readonly watch?: RowWatch | undefined;
}): Pipeline {
  const { journal, clock, selfContained = false, watch } = options;
  const commit = new GroupCommit({ journal, clock, selfContained, watch });
  const destinations = new Set(options.destinations);
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    await commit.stop();
    await Promise.all([...destinations].map((destination) => destination.stop()));
    await journal.close();
  };
  return {
    get selfContained() {
      return commit.selfContained;
    },
    set selfContained(value) {
      commit.selfContained = value;
    },
    push: (batch, org) => commit.push(batch, org),
    pushRecord: (batch, org, note, freeing) => commit.pushRecord(batch, org, note, freeing),
    written: () => commit.written(),
    async start() {
      await Promise.all([...destinations].map((destination) => destination.start()));
    },
    attach: (destination) => void destinations.add(destination),
    detach: (destination) => void destinations.delete(destination),
    stop: () => (stopped ??= stop()),
  };
}
