import { releaseBatch } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import { messageOf, SightglassError } from "#core/errors.ts";
import type { Push } from "../component.ts";
import { GroupCommit } from "../group-commit.ts";
import type { Journal, JournalBacklog, JournalConsumer } from "../journal/journal.ts";
import { HOLDING_RETRY_MS_MAX, pauseForRetry } from "./holding-retry.ts";
import type { TraceJudge } from "./trace-judge.ts";
import { type HolderEvent, TraceHolder } from "./trace-holder.ts";

/** The part of the bound of a journal that may wait before the oldest traces are decided early. */
const HELD_PART = 0.5;
/** A failure so long after the last one is taken for the first. */
const CALM_MS = 2 * HOLDING_RETRY_MS_MAX;

export interface HoldingStageOptions {
  /** The name of the component in its graph, which stands in what it writes. */
  readonly name: string;
  readonly judge: TraceJudge<unknown>;
  /** The journal that traces are written to first; the stage's only consumer of it is `holder`. */
  readonly journal: Journal;
  /** The name of that consumer. */
  readonly consumer: string;
  /** Bytes from which on input and output refuse more: the bound of both consumers. */
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
 * go to a journal of their own and are acknowledged there, everything else goes on. A holder that fails is
 * followed by another, since what it leaves would hold up all that the pipeline takes.
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
  private readonly ending = new AbortController();
  private judge: TraceJudge<unknown>;
  private holder: TraceHolder<unknown>;
  /** What holders before this one have counted. */
  private before: Readonly<Record<string, number>> = {};
  /** Holders take each other's place one after the other. */
  private replacing: Promise<unknown> = Promise.resolve();
  private failures = 0;
  private failedMs = 0;
  private isClosed = false;
  private drained: PromiseWithResolvers<boolean> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(options: HoldingStageOptions) {
    const { name, judge, journal, output, clock } = options;
    this.options = options;
    this.name = name;
    // Statistics are made of what is kept, when it is written to the output.
    this.commit = new GroupCommit({ journal, clock, selfContained: true, statistics: false });
    this.judge = judge;
    this.holder = this.nextHolder();
    this.push = (batch, org) => {
      if (batch.signal !== "traces") return output.push(batch, org);
      if (!this.isClosed) return this.commit.push(batch, org);
      releaseBatch(batch);
      return Promise.reject(new SightglassError("stopping", `${name} is stopping`));
    };
  }

  /** Begins where an earlier life ended. Rejects where that cannot be read: it is to be stopped then. */
  start(): Promise<void> {
    const started = this.holder.start();
    this.replacing = started.catch(() => {});
    return started;
  }

  /** What waits. */
  backlog(): JournalBacklog {
    return this.options.journal.consumer(this.options.consumer).backlog();
  }

  /**
   * Has another judge decide from now on what waits and what comes. Senders notice nothing. Never rejects:
   * what cannot go on now is tried again later.
   */
  exchange(judge: TraceJudge<unknown>): Promise<void> {
    this.judge = judge;
    return this.replace(this.holder);
  }

  /**
   * Takes no more traces and decides those that wait. Resolves with true when all that are kept are in the
   * output, however long that takes, and with false when it was stopped before.
   */
  async drain(): Promise<boolean> {
    this.isClosed = true;
    await this.commit.stop();
    if (this.stopped !== undefined) return false;
    this.drained ??= Promise.withResolvers();
    this.drainHolder(this.drained);
    return this.drained.promise;
  }

  /** Takes no more traces and leaves those that wait in the journal, which it closes. Idempotent. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  /** Counts since the stage was made; `traces_held` is at present. */
  statistics(): Readonly<Record<string, number>> {
    const present = this.holder.statistics();
    return { ...sums(this.before, present), traces_held: present.traces_held };
  }

  private nextHolder(): TraceHolder<unknown> {
    const { name, journal, consumer, bytesMax, output, settled, clock, onEvent } = this.options;
    const holder: TraceHolder<unknown> = new TraceHolder({
      name,
      judge: this.judge,
      input: journal.consumer(consumer),
      output,
      settled,
      bytesMax: bytesMax * HELD_PART,
      clock,
      onFailed: () => void this.replaceLater(holder),
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    return holder;
  }

  /** Has another holder take the place of this one, unless that was done. Never rejects. */
  private replace(holder: TraceHolder<unknown>): Promise<void> {
    const replaced = this.replacing.then(() => this.replaceNow(holder));
    this.replacing = replaced;
    return replaced;
  }

  private async replaceNow(holder: TraceHolder<unknown>): Promise<void> {
    if (this.ending.signal.aborted || this.holder !== holder) return;
    await holder.stop();
    this.before = sums(this.before, holder.statistics());
    const next = this.nextHolder();
    this.holder = next;
    if (this.drained !== undefined) this.drainHolder(this.drained);
    try {
      await next.start();
    } catch (error) {
      const message = `a holder cannot go on where the last one ended: ${messageOf(error)}`;
      this.options.onEvent?.({ kind: "retry", message });
      void this.replaceLater(next);
    }
  }

  private async replaceLater(holder: TraceHolder<unknown>): Promise<void> {
    const { clock } = this.options;
    const nowMs = clock.monotonicMs();
    this.failures = nowMs - this.failedMs > CALM_MS ? 1 : this.failures + 1;
    this.failedMs = nowMs;
    await pauseForRetry(clock, this.failures, this.ending.signal);
    await this.replace(holder);
  }

  private drainHolder({ resolve }: PromiseWithResolvers<boolean>): void {
    void this.holder.drain().then((isSettled) => {
      if (isSettled) resolve(true);
    });
  }

  private async end(): Promise<void> {
    this.isClosed = true;
    this.ending.abort();
    await this.commit.stop();
    await this.replacing;
    await this.holder.stop();
    this.drained?.resolve(false);
    await this.options.journal.close();
  }
}

function sums(
  some: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = { ...some };
  for (const [name, count] of Object.entries(more)) all[name] = (all[name] ?? 0) + count;
  return all;
}
