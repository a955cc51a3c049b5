import type { Batch } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Journal } from "./journal/journal.ts";

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
  start(): Promise<void>;
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
}): Pipeline {
  const { journal, clock, destinations, selfContained = false } = options;
  const commit = new GroupCommit({ journal, clock, selfContained });
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    await commit.stop();
    await Promise.all(destinations.map((destination) => destination.stop()));
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
    async start() {
      await Promise.all(destinations.map((destination) => destination.start()));
    },
    stop: () => (stopped ??= stop()),
  };
}
