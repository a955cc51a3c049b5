import type { Clock } from "#core/clock.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Push } from "../component.ts";
import type { GroupCommit } from "../group-commit.ts";
import { HoldingStage } from "../holding/holding-stage.ts";
import type { HolderEvent } from "../holding/trace-holder.ts";
import type { TraceJudge } from "../holding/trace-judge.ts";
import type { Journal, JournalConsumerOptions } from "../journal/journal.ts";
import type { Holding, ProcessorChange } from "./running-processors.ts";

/** The consumer of a journal that traces are held in. */
const HOLDER = "holder";
/** How long it is waited for what a holder that goes has to write; the rest is written after the next start. */
const DRAIN_MS_MAX = 10_000;

export interface RunningHoldingOptions {
  readonly pipeline: string;
  /** The journal of the pipeline, and what fills it. */
  readonly journal: Journal;
  readonly output: Pick<GroupCommit, "push" | "pushRecord">;
  /** Opens a journal of this name, which is the pipeline's with a dot and that of the holding. */
  readonly openJournal: (
    name: string,
    consumers: readonly JournalConsumerOptions[],
  ) => Promise<Journal>;
  /** How far the journals may fall behind. */
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One that holds, with the judge that decides in it now. */
interface Held {
  readonly stage: HoldingStage;
  judge: TraceJudge<unknown>;
}

/** Keeps all: for traces of a holder that the configuration has no longer. */
const KEEP_ALL: TraceJudge<unknown> = {
  bounds: {
    waitMs: 0,
    rootWaitMs: undefined,
    tracesMax: 10_000,
    spansPerTraceMax: 100_000,
    decisionsMax: 100_000,
  },
  begin: () => undefined,
  bind() {},
  add() {},
  decide: (traces) => traces.map(() => 1),
};

/** A component's name as that of a journal's folder, and of what is settled there. */
export function holdingName(component: string): string {
  return component.replace("/", ".");
}

/** The consumer of a pipeline's journal by which it keeps what tells that traces are settled. */
export function settledConsumer(holding: string, bytesMax: number): JournalConsumerOptions {
  return { name: settledName(holding), policy: "block", bytesMax };
}

/** What holds traces between the processors of a running pipeline and its journal, while there is such a thing. */
export class RunningHolding {
  /** Past the holding where there is none. */
  readonly push: Push = (batch, org) =>
    this.held === undefined
      ? this.options.output.push(batch, org)
      : this.held.stage.push(batch, org);
  private readonly options: RunningHoldingOptions;
  /** Holdings for which the pipeline's journal has a consumer. */
  private readonly consumers: Set<string>;
  private held: Held | undefined;
  private readonly ending = new Set<Promise<void>>();
  private readonly left = new Set<HoldingStage>();

  /** @param consumers the holdings whose consumers the pipeline's journal was opened with. */
  constructor(options: RunningHoldingOptions, consumers: Iterable<string>) {
    this.options = options;
    this.consumers = new Set(consumers);
  }

  /** Spans that wait. */
  get rows(): number {
    return this.held?.stage.rows ?? 0;
  }

  statistics(component: string): Readonly<Record<string, number>> {
    const { stage } = this.held ?? {};
    return stage?.name === holdingName(component) ? stage.statistics() : {};
  }

  /** Opens what other processors need, so that the change brings and ends it with them. */
  async prepare(change: ProcessorChange): Promise<ProcessorChange> {
    const before = this.held;
    const { holding } = change;
    if (holding !== undefined && before?.stage.name === holdingName(holding.name))
      return { ...change, finish: () => this.exchange(before, holding, change) };
    const next = holding === undefined ? undefined : await this.open(holding);
    return {
      ...change,
      swap: () => {
        change.swap();
        this.held = next;
      },
      undo: async () => {
        if (this.held === next) this.held = before;
        await change.undo();
        if (next !== undefined) await this.end(next.stage);
      },
      finish: async () => {
        if (before !== undefined) await this.end(before.stage);
        await change.finish();
      },
    };
  }

  /** Writes what holders that the configuration has no longer have left, whole and in the background. */
  finishLeft(present: string | undefined): void {
    for (const name of this.consumers) {
      if (name === present) continue;
      const finished = this.finishOne(name).catch((error: unknown) =>
        this.options.log.error("Traces of a holder that is gone cannot be read", { name, error }),
      );
      this.ending.add(finished);
      void finished.finally(() => this.ending.delete(finished));
    }
  }

  /** Leaves what waits in its journal. */
  async stop(): Promise<void> {
    await this.held?.stage.stop();
    await Promise.all([...this.left].map((stage) => stage.stop()));
    await Promise.all(this.ending);
  }

  private async exchange(held: Held, { judge }: Holding, change: ProcessorChange): Promise<void> {
    if (held.judge !== judge) {
      try {
        await held.stage.exchange(judge);
        held.judge = judge;
      } catch (error) {
        const { name } = held.stage;
        this.options.log.error("A holder cannot go on with other settings", { name, error });
      }
    }
    await change.finish();
  }

  private async open({ name, judge }: Holding): Promise<Held> {
    const stage = await this.stageOf(holdingName(name), judge);
    try {
      await stage.start();
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return { stage, judge };
  }

  private async stageOf(name: string, judge: TraceJudge<unknown>): Promise<HoldingStage> {
    const { pipeline, journal, output, openJournal, bytesMax, clock } = this.options;
    if (!this.consumers.has(name)) await journal.addConsumer(settledConsumer(name, bytesMax));
    this.consumers.add(name);
    return new HoldingStage({
      name,
      judge,
      journal: await openJournal(`${pipeline}.${name}`, [
        { name: HOLDER, policy: "block", bytesMax },
      ]),
      consumer: HOLDER,
      bytesMax,
      output,
      settled: journal.consumer(settledName(name)),
      clock,
      onEvent: (event) => this.tell(name, event),
    });
  }

  private async finishOne(name: string): Promise<void> {
    const stage = await this.stageOf(name, KEEP_ALL);
    this.left.add(stage);
    await stage.start();
    await this.end(stage);
    this.left.delete(stage);
  }

  /** Decides what waits and closes its journal. What cannot be written in time stays there. Never rejects. */
  private async end(stage: HoldingStage): Promise<void> {
    const { clock, journal, log } = this.options;
    const { name } = stage;
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = clock.setTimeout(resolve, DRAIN_MS_MAX);
        stage.drain().then(() => {
          timer.cancel();
          resolve();
        }, reject);
      });
      const left = stage.rows;
      await stage.stop();
      if (left > 0) {
        log.warn("Traces of a holder that is gone wait on disk until the next start", {
          name,
          left,
        });
        return;
      }
      this.consumers.delete(name);
      await journal.removeConsumer(settledName(name));
    } catch (error) {
      log.error("A holder did not end as it should", { name, error });
    }
  }

  private tell(name: string, { kind, message, rows }: HolderEvent): void {
    const level = kind === "retry" ? "warn" : "error";
    const counted = rows === undefined ? {} : { rows };
    this.options.log[level](`Holding traces: ${message}`, { name, kind, ...counted });
  }
}

function settledName(holding: string): string {
  return `${holding}.settled`;
}
