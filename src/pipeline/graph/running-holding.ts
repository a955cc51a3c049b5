import type { Clock } from "#core/clock.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Push } from "../component.ts";
import type { GroupCommit } from "../group-commit.ts";
import { HoldingStage } from "../holding/holding-stage.ts";
import type { HolderEvent } from "../holding/trace-holder.ts";
import type { TraceJudge } from "../holding/trace-judge.ts";
import type { Journal, JournalBacklog, JournalConsumerOptions } from "../journal/journal.ts";
import { fileNameOf } from "./component-names.ts";
import { EndingHoldings } from "./ending-holdings.ts";
import type { HeldRows, Holding, ProcessorChange } from "./running-processors.ts";

/** The consumer of a journal that traces are held in. */
const HOLDER = "holder";

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
  /** Removes a journal of this name, of which nothing is needed, from the disk; none is when left out. */
  readonly removeJournal: ((name: string) => Promise<void>) | undefined;
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

/** Behind the name of a holding, that of the consumer of its pipeline's journal. */
export const SETTLED_ENDING = ".settled";

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
  private readonly endings: EndingHoldings;

  /** @param consumers the holdings whose consumers the pipeline's journal was opened with. */
  constructor(options: RunningHoldingOptions, consumers: Iterable<string>) {
    this.options = options;
    this.consumers = new Set(consumers);
    const { clock, log } = options;
    this.endings = new EndingHoldings({ remove: (name) => this.remove(name), clock, log });
  }

  /** Spans that wait, those of holdings that are ending included. */
  get rows(): number {
    return (this.held?.stage.backlog().rows ?? 0) + this.endings.rows;
  }

  /** What is held behind a processor; undefined where it is none that holds. */
  heldBy(component: string): HeldRows | undefined {
    const { stage } = this.held ?? {};
    if (stage === undefined || stage.name !== fileNameOf(component)) return undefined;
    return { statistics: stage.statistics(), backlog: stage.backlog() };
  }

  /** What is held, with the name of its journal; those included that are finished in the background. */
  backlogs(): { readonly name: string; readonly backlog: JournalBacklog }[] {
    const stages = [...(this.held === undefined ? [] : [this.held.stage]), ...this.endings.stages];
    return stages.map((stage) => ({ name: stage.name, backlog: stage.backlog() }));
  }

  /** Opens what other processors need, so that the change brings and ends it with them. */
  async prepare(change: ProcessorChange): Promise<ProcessorChange> {
    const before = this.held;
    const { holding } = change;
    if (holding !== undefined && before?.stage.name === fileNameOf(holding.name))
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
        if (next !== undefined) await this.end(next);
      },
      finish: async () => {
        if (before !== undefined) await this.end(before);
        await change.finish();
      },
    };
  }

  /** Writes what holders that the configuration has no longer have left, whole and in the background. */
  finishLeft(present: string | undefined): void {
    for (const name of this.consumers)
      if (name !== present) this.endings.begin(name, () => this.make(name, KEEP_ALL));
  }

  /** Leaves what waits in its journal. */
  async stop(): Promise<void> {
    await this.held?.stage.stop();
    await this.endings.stop();
  }

  private async exchange(held: Held, { judge }: Holding, change: ProcessorChange): Promise<void> {
    if (held.judge !== judge) {
      held.judge = judge;
      await held.stage.exchange(judge);
    }
    await change.finish();
  }

  private async open(holding: Holding): Promise<Held> {
    const name = fileNameOf(holding.name);
    const { judge } = holding;
    // One that is ending has its journal open.
    await this.endings.halt(name);
    const open = (): Promise<HoldingStage> => this.make(name, judge);
    try {
      const stage = await open();
      try {
        await stage.start();
      } catch (error) {
        await stage.stop();
        throw error;
      }
      return { stage, judge };
    } catch (error) {
      // The pipeline's journal has a consumer for it, which must not stay where it is.
      if (this.consumers.has(name)) this.endings.begin(name, open);
      throw error;
    }
  }

  private end({ stage, judge }: Held): Promise<void> {
    return this.endings.end(stage.name, () => this.make(stage.name, judge), stage);
  }

  private async make(name: string, judge: TraceJudge<unknown>): Promise<HoldingStage> {
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

  /** Nothing is left of it: neither its journal, which every start would read, nor what the pipeline's keeps for it. */
  private async remove(name: string): Promise<void> {
    const { pipeline, journal, removeJournal } = this.options;
    if (this.consumers.has(name)) await journal.removeConsumer(settledName(name));
    this.consumers.delete(name);
    await removeJournal?.(`${pipeline}.${name}`);
  }

  private tell(name: string, { kind, message, rows }: HolderEvent): void {
    const level = kind === "retry" ? "warn" : "error";
    const counted = rows === undefined ? {} : { rows };
    this.options.log[level](`Holding traces: ${message}`, { name, kind, ...counted });
  }
}

function settledName(holding: string): string {
  return holding + SETTLED_ENDING;
}
