import { releaseBatch } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { Push } from "../component.ts";
import { GroupCommit } from "../group-commit.ts";
import type { Journal, JournalConsumer } from "../journal/journal.ts";
import type { TraceJudge } from "./trace-judge.ts";
import { type HolderEvent, TraceHolder } from "./trace-holder.ts";

/** The part of the input's bound that may wait before the oldest traces are decided early. */
const HELD_PART = 0.5;

export interface HoldingStageOptions {
  /** The name of the component in its graph, which stands in what it writes. */
  readonly name: string;
  readonly judge: TraceJudge<unknown>;
  /** The journal that traces are written to first; the stage's only consumer of it is `holder`. */
  readonly journal: Journal;
  /** The name of that consumer. */
  readonly consumer: string;
  /** Bytes from which on the input refuses more: the bound of its consumer. */
  readonly bytesMax: number;
  /** What everything but traces goes to, and traces that are kept. */
  readonly output: Pick<GroupCommit, "push" | "pushRecord">;
  /** A consumer of the output's journal that is the stage's alone. */
  readonly settled: JournalConsumer;
  readonly clock: Clock;
  readonly onEvent?: (event: HolderEvent) => void;
}

/**
 * What stands between the processors of a pipeline and its journal where traces are held: batches of spans
 * go to a journal of their own and are acknowledged there, everything else goes on.
 *
 * @example
 * const stage = new HoldingStage({ name: "tail_sample", judge, journal, consumer, bytesMax, output, settled, clock });
 * await stage.start();
 * await stage.push(batch, org); // durable
 */
export class HoldingStage {
  readonly name: string;
  readonly push: Push;
  private readonly options: HoldingStageOptions;
  private readonly commit: GroupCommit;
  private holder: TraceHolder<unknown>;
  private isClosed = false;
  private stopped: Promise<void> | undefined;

  constructor(options: HoldingStageOptions) {
    const { name, judge, journal, output, clock } = options;
    this.options = options;
    this.name = name;
    // Statistics are made of what is kept, when it is written to the output.
    this.commit = new GroupCommit({ journal, clock, selfContained: true, statistics: false });
    this.holder = this.holderFor(judge);
    this.push = (batch, org) => {
      if (batch.signal !== "traces") return output.push(batch, org);
      if (!this.isClosed) return this.commit.push(batch, org);
      releaseBatch(batch);
      return Promise.reject(new SightglassError("stopping", `${name} is stopping`));
    };
  }

  /** Begins where an earlier life ended. */
  start(): Promise<void> {
    return this.holder.start();
  }

  /** Spans that wait. */
  get rows(): number {
    return this.options.journal.consumer(this.options.consumer).backlog().rows;
  }

  /** Has another judge decide from now on what waits and what comes. Senders notice nothing. */
  async exchange(judge: TraceJudge<unknown>): Promise<void> {
    await this.holder.stop();
    this.holder = this.holderFor(judge);
    await this.holder.start();
  }

  /** Takes no more traces, decides those that wait, and resolves when all that are kept are in the output. */
  async drain(): Promise<void> {
    this.isClosed = true;
    await this.commit.stop();
    await this.holder.drain();
  }

  /** Takes no more traces and leaves those that wait in the journal, which it closes. Idempotent. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  statistics(): Readonly<Record<string, number>> {
    return this.holder.statistics();
  }

  private holderFor(judge: TraceJudge<unknown>): TraceHolder<unknown> {
    const { name, journal, consumer, bytesMax, output, settled, clock, onEvent } = this.options;
    return new TraceHolder({
      name,
      judge,
      input: journal.consumer(consumer),
      output,
      settled,
      inputBytesMax: bytesMax * HELD_PART,
      clock,
      ...(onEvent === undefined ? {} : { onEvent }),
    });
  }

  private async end(): Promise<void> {
    this.isClosed = true;
    await this.commit.stop();
    await this.holder.stop();
    await this.options.journal.close();
  }
}
