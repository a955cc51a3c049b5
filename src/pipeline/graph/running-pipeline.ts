import type { Logger } from "#telemetry/log.ts";
import type { Push } from "../component.ts";
import type { MemberState } from "../delivery/destination-group.ts";
import type { DeliveringDestination, ReplayOutcome } from "../delivery/delivering-destination.ts";
import type { KeptLetters } from "../delivery/kept-letter.ts";
import { ComponentTap } from "../live/component-tap.ts";
import { WatchedConsumer } from "../live/watched-consumer.ts";
import type { Journal, JournalConsumer, JournalConsumerOptions } from "../journal/journal.ts";
import { createPipeline, type Destination, type Pipeline } from "../pipeline.ts";
import type { RowWatch } from "../row-watch.ts";
import { componentOfFile, fileNameOf } from "./component-names.ts";
import { sameDestination } from "./graph-changes.ts";
import { BUILT_IN, type DestinationSpec, type GraphSpec, type PipelineSpec } from "./graph-spec.ts";
import type { Surroundings } from "./surroundings.ts";
import { type MadeDelivery, RunningDestination } from "./running-destination.ts";
import { RunningHolding, SETTLED_ENDING, settledConsumer } from "./running-holding.ts";
import { type ProcessorChange, RunningProcessors } from "./running-processors.ts";
import type { UndoList } from "./undo-list.ts";

const [STORE] = BUILT_IN.destinations;

/** What the pipelines of a graph are given by the process that they run in. */
export interface PipelineParts {
  readonly surroundings: Surroundings;
  /** Opens the journal of a pipeline, with whatever a crash left in it. */
  openJournal(pipeline: string, consumers: readonly JournalConsumerOptions[]): Promise<Journal>;
  /** The holdings of which a pipeline has something on disk; none when left out. */
  heldJournals?(pipeline: string): Promise<readonly string[]>;
  /** Removes a journal from the disk of which nothing is needed any more; it is closed. */
  removeJournal?(name: string): Promise<void>;
  /** How far a store may fall behind. */
  readonly storeBytesMax: number;
  /** Makes what moves a journal into the store. */
  createStore(pipeline: string, consumer: JournalConsumer): Promise<StoreDelivery>;
  /** Makes what follows the journal for any other destination. */
  createDelivery(pipeline: string, spec: DestinationSpec, consumer: JournalConsumer): MadeDelivery;
  /** Told of what becomes durable for a store. */
  readonly watch?: RowWatch | undefined;
  /** Rows that a destination or a pipeline that was removed will not deliver any more. */
  onGivenUp(rows: { readonly pipeline: string; readonly destination: string; rows: number }): void;
}

/** What a store is tied to. */
interface RunningStore {
  readonly consumer: WatchedConsumer;
  readonly destination: StoreDelivery;
}

/** The dead letters of a store, and what inserts them again. */
export interface StoreLetters {
  readonly deadLetters: KeptLetters & { readonly rows: number; readonly bytes: number };
  replay(ids: readonly string[]): Promise<ReplayOutcome>;
}

/** What moves a journal into the store; one of a test may keep no dead letters. */
export type StoreDelivery = Destination & Partial<StoreLetters>;

/**
 * A pipeline that works: processors, a journal, and destinations that come and go. What a change of it
 * can undo stands in an {@link UndoList}; what it ends, ends when nothing can fail any more.
 */
export class RunningPipeline {
  readonly name: string;
  readonly journal: Journal;
  readonly processors: RunningProcessors;
  /** Past all processors. */
  readonly durable: Push;
  /** What is seen of what the processors leave, and the store gets as it is. */
  readonly tap: ComponentTap;
  private readonly parts: PipelineParts;
  private readonly pipeline: Pipeline;
  private readonly holding: RunningHolding;
  private readonly running = new Map<string, RunningDestination>();
  private tied: RunningStore | undefined;

  /** Opens its journal, and makes all that is in it. Starts nothing. */
  static async open(
    graph: GraphSpec,
    spec: PipelineSpec,
    parts: PipelineParts,
  ): Promise<RunningPipeline> {
    const specs = destinationsOf(graph, spec);
    const consumers = specs.map((one) => RunningDestination.consumerOptions(one));
    const held = new Set(await parts.heldJournals?.(spec.name));
    const present = holdingOf(graph, spec);
    if (present !== undefined) held.add(present);
    const settled = [...held].map((name) => settledConsumer(name, parts.storeBytesMax));
    const all = [...(hasStore(spec) ? [storeConsumer(parts)] : []), ...consumers, ...settled];
    const journal = await parts.openJournal(spec.name, all);
    const pipeline = new RunningPipeline(spec.name, journal, parts, held);
    try {
      if (hasStore(spec)) await pipeline.tieStore(journal.consumer(STORE));
      for (const one of specs) pipeline.add(one);
      await pipeline.giveUpOthers();
    } catch (error) {
      await journal.close();
      throw error;
    }
    return pipeline;
  }

  private constructor(
    name: string,
    journal: Journal,
    parts: PipelineParts,
    held: Iterable<string>,
  ) {
    this.name = name;
    this.journal = journal;
    this.parts = parts;
    const { clock, log } = parts.surroundings;
    const watch: RowWatch = {
      look: (batches, org) =>
        this.tied === undefined ? undefined : parts.watch?.look(batches, org),
    };
    this.pipeline = createPipeline({ journal, clock, destinations: [], watch });
    this.durable = (batch, org) => this.pipeline.push(batch, org);
    this.tap = new ComponentTap(clock);
    this.holding = new RunningHolding(
      {
        pipeline: name,
        journal,
        output: this.pipeline,
        openJournal: (one, consumers) => parts.openJournal(one, consumers),
        removeJournal: parts.removeJournal?.bind(parts),
        bytesMax: parts.storeBytesMax,
        clock,
        log,
      },
      held,
    );
    const seen = this.tap.sampled(this.holding.push);
    this.processors = new RunningProcessors(name, seen, parts.surroundings);
    this.processors.held = (processor) => this.holding.heldBy(processor);
  }

  /** All but the store. */
  get destinations(): readonly DeliveringDestination[] {
    return [...this.running.values()].map(({ delivering }) => delivering);
  }

  /** How the members of a group are doing; undefined for a destination that is none. */
  members(destination: string): readonly MemberState[] | undefined {
    return this.running.get(destination)?.members();
  }

  /** What the store reads; undefined for a pipeline without it. */
  get storeConsumer(): WatchedConsumer | undefined {
    return this.tied?.consumer;
  }

  /** What its store would not take; undefined for a pipeline without one. */
  get storeLetters(): StoreLetters | undefined {
    const { destination } = this.tied ?? {};
    const { deadLetters } = destination ?? {};
    if (deadLetters === undefined) return undefined;
    return { deadLetters, replay: async (ids) => destination!.replay!(ids) };
  }

  /** What is held behind its processors until it is decided on, with the names of the journals. */
  held(): ReturnType<RunningHolding["backlogs"]> {
    return this.holding.backlogs();
  }

  /** Starts the destinations, then the processors. */
  async start(graph: GraphSpec, spec: PipelineSpec): Promise<void> {
    await this.pipeline.start();
    const change = await this.prepareProcessors(graph, spec);
    change.swap();
    this.holding.finishLeft(holdingOf(graph, spec));
  }

  /** Makes and starts the processors of another graph, which the caller swaps in. */
  async prepareProcessors(graph: GraphSpec, spec: PipelineSpec): Promise<ProcessorChange> {
    const change = await this.processors.prepare(processorsOf(graph, spec));
    try {
      return await this.holding.prepare(change);
    } catch (error) {
      await change.undo();
      throw error;
    }
  }

  /** Starts destinations that are new, and puts those with other settings in the place of their former selves. */
  async changeDestinations(graph: GraphSpec, spec: PipelineSpec, undo: UndoList): Promise<void> {
    if (hasStore(spec) && this.tied === undefined) await this.addStore(undo);
    for (const one of destinationsOf(graph, spec)) {
      const before = this.running.get(one.name);
      if (before === undefined) await this.addNew(one, undo);
      else if (!sameDestination(before.spec, one)) await this.exchange(before, one, undo);
    }
  }

  /** Ends the destinations that another graph does not have. Never rejects. */
  async endDestinations(graph: GraphSpec, spec: PipelineSpec): Promise<void> {
    const names = destinationsOf(graph, spec).map(({ name }) => name);
    const ended = [...this.running.values()].filter(({ name }) => !names.includes(name));
    await Promise.all(
      ended.map(async (one) => {
        await this.end(one.name, one.delivering, one.consumer);
        one.forget();
      }),
    );
    const { tied } = this;
    if (tied !== undefined && !hasStore(spec)) {
      this.tied = undefined;
      await this.end(STORE, tied.destination, tied.consumer);
    }
    this.pipeline.selfContained = this.running.size > 0;
  }

  /** What waits for each of its destinations. */
  backlogs(): { readonly destination: string; readonly rows: number; readonly bytes: number }[] {
    const consumers = [...this.running.values()].map(({ name, consumer }) => ({ name, consumer }));
    if (this.tied !== undefined) consumers.unshift({ name: STORE, consumer: this.tied.consumer });
    return consumers.map(({ name, consumer }) => {
      const { rows, bytes } = consumer.backlog();
      // What is held is not decided yet, and may come to each of them.
      return { destination: name, rows: rows + this.holding.rows, bytes };
    });
  }

  /** Writes what waits, lets the destinations deliver within their budgets, closes the journal. Idempotent. */
  async stop(): Promise<void> {
    await this.processors.stop();
    await this.holding.stop();
    await this.pipeline.stop();
  }

  /** Tells what destinations gave up that were there in an earlier life, as of those that go while it works. */
  private async giveUpOthers(): Promise<void> {
    for (const { name, rows } of await this.journal.forgetOthers()) {
      if (rows === 0 || name.endsWith(SETTLED_ENDING)) continue;
      const destination = componentOfFile(name);
      this.parts.onGivenUp({ pipeline: this.name, destination, rows });
    }
  }

  private async tieStore(consumer: JournalConsumer): Promise<void> {
    const watched = new WatchedConsumer(consumer, this.parts.surroundings.clock);
    const destination = await this.parts.createStore(this.name, watched);
    this.tied = { consumer: watched, destination };
    this.pipeline.attach(destination);
  }

  private async addStore(undo: UndoList): Promise<void> {
    const consumer = await this.journal.addConsumer(storeConsumer(this.parts));
    undo.add(() => this.journal.removeConsumer(STORE));
    await this.tieStore(consumer);
    const { destination } = this.tied!;
    undo.add(async () => {
      this.tied = undefined;
      this.pipeline.detach(destination);
      await destination.stop();
    });
    await destination.start();
  }

  private add(spec: DestinationSpec): RunningDestination {
    const consumer = this.journal.consumer(fileNameOf(spec.name));
    const delivery = this.parts.createDelivery(this.name, spec, consumer);
    const made = new RunningDestination(spec, consumer, delivery);
    this.running.set(spec.name, made);
    this.pipeline.attach(made.delivering);
    this.pipeline.selfContained = true;
    return made;
  }

  private async drop({ name, delivering, forget }: RunningDestination): Promise<void> {
    this.running.delete(name);
    this.pipeline.detach(delivering);
    await delivering.stop();
    forget();
  }

  private async addNew(spec: DestinationSpec, undo: UndoList): Promise<void> {
    const hadRows = this.pipeline.selfContained;
    this.pipeline.selfContained = true;
    undo.add(async () => {
      this.pipeline.selfContained = hadRows;
    });
    // What is being written may have been encoded for the store alone: its rows could not be read.
    await this.pipeline.written();
    await this.journal.addConsumer(RunningDestination.consumerOptions(spec));
    undo.add(() => this.journal.removeConsumer(fileNameOf(spec.name)));
    const made = this.add(spec);
    undo.add(() => this.drop(made));
    await made.delivering.start();
  }

  /** The one that comes goes on at the cursor of the one that goes: what it had begun it does again. */
  private async exchange(
    before: RunningDestination,
    spec: DestinationSpec,
    undo: UndoList,
  ): Promise<void> {
    undo.add(() => this.restart(before.spec));
    await this.drop(before);
    this.journal.changeConsumer(RunningDestination.consumerOptions(spec));
    const made = this.add(spec);
    undo.add(() => this.drop(made));
    await made.delivering.start();
  }

  private async restart(spec: DestinationSpec): Promise<void> {
    this.journal.changeConsumer(RunningDestination.consumerOptions(spec));
    await this.add(spec).delivering.start();
  }

  /** Lets a destination deliver what it can within its budget; what is left is given up, and said. */
  private async end(
    name: string,
    destination: Destination,
    consumer: JournalConsumer,
  ): Promise<void> {
    this.running.delete(name);
    this.pipeline.detach(destination);
    const last = consumer.position() + consumer.backlog().records;
    const accepted = total(this.journal);
    await destination.stop();
    // What came in meanwhile was never meant for it.
    const later = total(this.journal) - accepted;
    const left = consumer.position() >= last ? 0 : Math.max(0, consumer.backlog().rows - later);
    if (left > 0) this.parts.onGivenUp({ pipeline: this.name, destination: name, rows: left });
    try {
      await this.journal.removeConsumer(consumer.name);
    } catch (error) {
      this.log.error("A destination that was removed still has its cursor", { name, error });
    }
  }

  private get log(): Logger {
    return this.parts.surroundings.log;
  }
}

function total(journal: Journal): number {
  const { traces, logs, metrics } = journal.acceptedRows();
  return traces + logs + metrics;
}

function storeConsumer({ storeBytesMax }: PipelineParts): JournalConsumerOptions {
  return { name: STORE, policy: "block", bytesMax: storeBytesMax };
}

function hasStore({ destinations }: PipelineSpec): boolean {
  return destinations.includes(STORE);
}

/** Of all that the pipeline names: the store is none of them. */
function destinationsOf(graph: GraphSpec, { destinations }: PipelineSpec): DestinationSpec[] {
  return destinations.flatMap((name) => graph.destinations.get(name) ?? []);
}

/** The name under which the pipeline holds traces; undefined where it does not. */
function holdingOf(graph: GraphSpec, { processors }: PipelineSpec): string | undefined {
  const last = processors.at(-1);
  const holds = last !== undefined && graph.processors.get(last)?.holds === true;
  return holds ? fileNameOf(last) : undefined;
}

function processorsOf(graph: GraphSpec, { processors }: PipelineSpec) {
  return processors.map((name) => graph.processors.get(name)!);
}
