import { observeStatistics } from "#telemetry/component-statistics.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Meter } from "#telemetry/meter.ts";
import type { Push } from "../component.ts";
import type { TraceJudge } from "../holding/trace-judge.ts";
import type { JournalBacklog } from "../journal/journal.ts";
import type { ComponentState } from "../live/component-health.ts";
import { ComponentTap, type TapRates } from "../live/component-tap.ts";
import {
  conceal,
  hiddenAt,
  type HiddenBy,
  type LiveComponent,
  NOTHING_HIDDEN,
} from "../live/live-component.ts";
import { sameProcessor } from "./graph-changes.ts";
import type { ProcessorSpec } from "./graph-spec.ts";
import { contextOf, type Surroundings } from "./surroundings.ts";
import { processedPush } from "./processed-push.ts";
import {
  type ChainMember,
  type OnDropped,
  ProcessorChain,
  type ProcessorCounts,
} from "./processor-chain.ts";
import { RowCondition } from "./row-condition.ts";

/** How a processor is doing. */
export interface ProcessorView extends ProcessorCounts, ComponentState {
  readonly rates: TapRates;
  /** What it holds until it is decided on; null where it holds nothing. */
  readonly queue: Pick<JournalBacklog, "rows" | "bytes" | "oldestAgeMs"> | null;
  readonly statistics: Readonly<Record<string, number>>;
}

/** A processor that was made. */
interface Member extends ChainMember {
  readonly spec: ProcessorSpec;
  readonly meter: Meter;
  readonly tap: ComponentTap;
  /** The names of those after it, when it was last in its place. */
  followers: readonly string[];
  isStarted: boolean;
}

/** What is to hold traces for a processor. */
export interface Holding {
  readonly name: string;
  readonly judge: TraceJudge<unknown>;
}

/** What a processor holds behind it, on disk. */
export interface HeldRows {
  readonly statistics: Readonly<Record<string, number>>;
  readonly backlog: JournalBacklog;
}

/** Other processors, started, that can be put in the place of those there are. */
export interface ProcessorChange {
  /** What is to hold traces behind them. */
  readonly holding: Holding | undefined;
  /** From the next batch on these work: nothing is between. */
  swap(): void;
  /** Those of before work again; those that are new are stopped. */
  undo(): Promise<void>;
  /** Stops those that are not needed any more; after `swap`. */
  finish(): Promise<void>;
}

/** The processors of a running pipeline, before what makes batches durable. */
export class RunningProcessors {
  /** How the holding behind a processor is doing, for {@link views}. */
  held: (processor: string) => HeldRows | undefined = () => undefined;
  /** Told of each failure of a processor. It must not throw. */
  onFailure: (processor: string, error: unknown) => void = () => {};
  /** Told of the rows that processors drop; set before they are used. */
  onDropped: OnDropped | undefined;
  private readonly pipeline: string;
  private readonly durable: Push;
  private readonly surroundings: Surroundings;
  private members: readonly Member[] = [];
  private chain = new ProcessorChain([]);
  private current: Push;

  constructor(pipeline: string, durable: Push, surroundings: Surroundings) {
    this.pipeline = pipeline;
    this.durable = durable;
    this.current = durable;
    this.surroundings = surroundings;
  }

  /** For batches that receivers bring. */
  readonly push: Push = (batch, org) => this.current(batch, org);

  counts(): ProcessorCounts[] {
    return this.chain.counts();
  }

  /** How each is doing, in their order. */
  views(): ProcessorView[] {
    const counts = this.chain.counts();
    const failures = this.chain.failures();
    return this.members.map((member, place) => {
      const { name, tap } = member;
      const { rowsFailed, isFailing } = failures[place] ?? { rowsFailed: 0, isFailing: false };
      return {
        ...(counts[place] ?? { rowsIn: 0, rowsOut: 0, failures: 0 }),
        name,
        status: isFailing ? "degraded" : "healthy",
        rates: tap.rates(),
        queue: queueOf(this.held(name)),
        metrics: tap.processorMetrics(rowsFailed),
        statistics: this.statisticsOf(member),
      };
    });
  }

  private statisticsOf({ name, processor }: Member): Readonly<Record<string, number>> {
    return { ...processor.statistics?.(), ...this.held(name)?.statistics };
  }

  /** What is seen of each, in their order. */
  live(): LiveComponent[] {
    const specs = this.members.map(({ spec }) => spec);
    return this.members.map(({ name, tap: { samples } }, place) => ({
      kind: "processor",
      name,
      samples,
      hiddenBy: this.hiddenAt(specs, place),
    }));
  }

  /**
   * Makes and starts what is new. A processor with the same settings as before is kept, with all that it
   * remembers. When one cannot start, those that had started are stopped, and nothing has changed.
   */
  async prepare(specs: readonly ProcessorSpec[]): Promise<ProcessorChange> {
    const before = this.members;
    const next = specs.map((spec) => this.kept(spec) ?? this.make(spec));
    for (const [place, member] of next.entries())
      if (!member.isStarted) member.followers = namesAfter(next, place);
    const added = next.filter((member) => !before.includes(member));
    try {
      for (const member of added) {
        member.isStarted = true;
        await member.processor.start?.();
      }
    } catch (error) {
      await this.retire(added);
      throw error;
    }
    return {
      holding: holdingOf(next),
      swap: () => this.use(next),
      undo: async () => {
        if (this.members === next) this.use(before);
        await this.retire(added);
      },
      finish: () => this.retire(before.filter((member) => !next.includes(member))),
    };
  }

  /** Stops all of them, in their order: one may hand on what it holds to those after it. Never rejects. */
  async stop(): Promise<void> {
    await this.retire(this.members);
  }

  private hiddenAt(specs: readonly ProcessorSpec[], place: number): HiddenBy {
    return this.surroundings.unredactedSamples === true ? NOTHING_HIDDEN : hiddenAt(specs, place);
  }

  private kept(spec: ProcessorSpec): Member | undefined {
    return this.members.find((one) => one.name === spec.name && sameProcessor(one.spec, spec));
  }

  private make(spec: ProcessorSpec): Member {
    const { name, onError } = spec;
    const when = spec.when === undefined ? undefined : new RowCondition(spec.when);
    const context = contextOf(name, this.surroundings, this.pipeline);
    const emit: Push = (batch, org) =>
      processedPush(this.chain, this.durable, this.placeAfter(member))(batch, org);
    const { timeWindow } = this.surroundings;
    const processor = spec.create({ ...context, emit, timeWindow });
    const { meter } = context;
    const tap = new ComponentTap(this.surroundings.clock);
    const parts = { name, spec, processor, onError, when, meter, tap };
    const member: Member = { ...parts, followers: [], isStarted: false };
    this.observe(member);
    return member;
  }

  /** Where what a processor emits goes on: also of one that was taken out and hands on what it held. */
  private placeAfter(member: Member): number {
    const place = this.members.indexOf(member);
    if (place >= 0) return place + 1;
    const next = this.members.findIndex(({ name }) => member.followers.includes(name));
    return next < 0 ? this.members.length : next;
  }

  private use(members: readonly Member[]): void {
    const specs = members.map(({ spec }) => spec);
    for (const [place, member] of members.entries()) {
      member.followers = namesAfter(members, place);
      conceal(member.tap, this.hiddenAt(specs, place));
    }
    const chain = new ProcessorChain(members, this.chain);
    chain.onFailure = (processor, error) => {
      this.log.error("A processor failed", { processor, error });
      this.onFailure(processor, error);
    };
    chain.onDropped = this.onDropped;
    this.members = members;
    this.chain = chain;
    this.current = chain.length === 0 ? this.durable : processedPush(chain, this.durable);
  }

  private async retire(members: readonly Member[]): Promise<void> {
    for (const member of members) {
      const { name, processor, meter } = member;
      if (member.isStarted) {
        member.isStarted = false;
        try {
          await processor.stop?.();
        } catch (error) {
          this.log.error("A processor did not stop as it should", { processor: name, error });
          this.onFailure(name, error);
        }
      }
      this.surroundings.meters.forget(meter);
    }
  }

  private get log(): Logger {
    return this.surroundings.log;
  }

  private observe(member: Member): void {
    const { meter, processor } = member;
    observeStatistics(meter, this.pipeline, () => this.statisticsOf(member));
    const labels = { pipeline: this.pipeline };
    const counts = (): ProcessorCounts[] => {
      const found = this.chain.countsOf(processor);
      return found === undefined ? [] : [found];
    };
    meter.observedCounter(
      {
        name: "processor_rows_total",
        help: "Rows that processors were given, and that they left.",
        unit: "{row}",
        labels: ["direction", "pipeline"],
      },
      () =>
        counts().flatMap(({ rowsIn, rowsOut }) => [
          { value: rowsIn, labels: { direction: "in", ...labels } },
          { value: rowsOut, labels: { direction: "out", ...labels } },
        ]),
    );
    meter.observedCounter(
      {
        name: "processor_failures_total",
        help: "Batches at which processors failed.",
        labels: ["pipeline"],
      },
      () => counts().map(({ failures }) => ({ value: failures, labels })),
    );
  }
}

function queueOf(held: HeldRows | undefined): ProcessorView["queue"] {
  if (held === undefined) return null;
  const { rows, bytes, oldestAgeMs } = held.backlog;
  return { rows, bytes, oldestAgeMs };
}

function holdingOf(members: readonly Member[]): Holding | undefined {
  const last = members.at(-1);
  const judge = last?.processor.holds;
  return last === undefined || judge === undefined ? undefined : { name: last.name, judge };
}

function namesAfter(members: readonly Member[], place: number): readonly string[] {
  return members.slice(place + 1).map(({ name }) => name);
}
