import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "#core/clock.ts";
import { messageOf, SightglassError } from "#core/errors.ts";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Destination } from "../component.ts";
import { nodeFiles } from "../journal/files.ts";
import type { JournalFiles } from "../journal/files.ts";
import type { JournalConsumer } from "../journal/journal.ts";
import { totalRows } from "../journal/row-counts.ts";
import { type ComponentState, componentMetrics } from "../live/component-health.ts";
import { attempt } from "./attempt.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { BreakerState } from "./circuit-breaker.ts";
import { type DeadLetter, DeadLetters } from "./dead-letters.ts";
import type { Row } from "./delivery.ts";
import { DeliveryPlan } from "./delivery-plan.ts";
import type { PlannedPortion } from "./delivery-plan.ts";
import type { DeliverySettings } from "./delivery-settings.ts";
import { DeliveryStateFile } from "./delivery-state-file.ts";
import { DeliveryStatistics } from "./delivery-statistics.ts";
import type { DeliveryRates } from "./delivery-statistics.ts";
import { pause } from "./pause.ts";
import { PortionGatherer } from "./portion-gatherer.ts";
import type { GatherControl, RowsOfRecord } from "./portion-gatherer.ts";
import { PortionSender } from "./portion-sender.ts";
import type { EndedAttempt, SendOutcome } from "./portion-sender.ts";

export interface DeliveringOptions {
  readonly pipeline: string;
  /** Its name in the graph, such as `webhook/slack`. */
  readonly name: string;
  readonly consumer: JournalConsumer;
  readonly destination: Destination;
  readonly settings: DeliverySettings;
  /** Which rows it is given; every row when left out. It must not throw. */
  readonly isWanted?: ((row: Row) => boolean) | undefined;
  /** Tells one choice of rows from another, for keys: see {@link PortionGatherer}. */
  readonly wantedMark?: string | undefined;
  /** Those of the pipeline's own payloads when left out; their records must be self-contained. */
  readonly rowsOfRecord?: RowsOfRecord;
  /** One per pipeline: what is durable beside the journal lies in it, under the consumer's name. */
  readonly folder: string;
  readonly clock: Clock;
  /** Numbers in 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Logger;
  /** The real file system when left out. */
  readonly files?: JournalFiles;
  /** Random bytes in hex, for the identity of a new destination. */
  readonly newIdentity?: () => string;
}

/** What a destination does now, for the live view. */
export interface LiveState {
  /** Rows a second. */
  readonly rates: DeliveryRates;
  readonly queue: { readonly rows: number; readonly bytes: number; readonly oldestAgeMs: number };
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly deadLetters: { readonly count: number; readonly bytes: number };
  readonly lastError: { readonly timeMs: number; readonly message: string } | undefined;
  /** What the destination says of itself, in the names of its documentation. */
  readonly statistics: Readonly<Record<string, number>>;
  readonly health: Readonly<Record<string, unknown>>;
}

/** In the shape that the event pipeline of old answered with, and a status of three words. */
export interface DeliveryHealth extends ComponentState {
  readonly name: string;
  readonly enabled: boolean;
}

/** Is told what a destination does while it does it. What it throws is told to the log. */
export interface DeliveryWatcher {
  /** An attempt ended by itself. */
  attempted?(attempt: EndedAttempt): void;
  /** Rows will never be taken, and are kept as dead letters. */
  buried?(letters: readonly DeadLetter[]): void;
  /** Something but an attempt failed, such as the start, or the disk; it is tried again. */
  failed?(error: unknown): void;
}

/** What became of dead letters that were sent again. */
export interface ReplayOutcome {
  readonly delivered: number;
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** How long a stop goes on delivering. The rest is delivered after the next start. */
const DRAIN_MS_MAX = 5_000;
const FAILURE_PAUSE_MS = 1_000;
const NOTHING_DEAD: ReadonlyMap<number, string> = new Map();

/**
 * Follows the journal for one destination: gathers rows into portions, makes each durable as a plan,
 * sends it until it is settled, and only then moves the cursor. Nothing that a destination does, or
 * fails to do, reaches another: its failures stay in here, and its rows wait in the journal.
 */
export class DeliveringDestination {
  readonly name: string;
  readonly statistics: DeliveryStatistics;
  readonly deadLetters: DeadLetters;
  readonly #watchers = new Set<DeliveryWatcher>();
  readonly #options: DeliveringOptions;
  readonly #plan: DeliveryPlan;
  readonly #gatherer: PortionGatherer;
  readonly #sender: PortionSender;
  readonly #breaker: CircuitBreaker;
  readonly #cancel = new AbortController();
  readonly #carrying = new Set<Promise<void>>();
  /** Ids of dead letters that are being sent again. */
  readonly #replaying = new Set<string>();
  readonly #control: GatherControl;
  #prepared = { letters: false, plan: false, destination: false };
  #isDraining = false;
  /** Rows that the journal had dropped when this was last looked at. */
  #droppedSeen = 0;
  #loop: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: DeliveringOptions) {
    const { name, consumer, destination, settings, clock, files = nodeFiles, folder } = options;
    this.name = name;
    this.#options = options;
    this.statistics = new DeliveryStatistics(clock);
    this.deadLetters = new DeadLetters({
      folder: join(folder, "dead-letters", consumer.name),
      files,
      clock,
      bytesMax: settings.deadLetterBytesMax,
      ageMsMax: settings.deadLetterAgeMax,
      onDropped: (letters) => {
        this.#log.warn("Dead letters were dropped", { letters });
        const message = `${letters} dead letters were dropped: there are too many, or too old ones`;
        this.#tell((watcher) => watcher.failed?.(new Error(message)));
      },
    });
    this.#plan = new DeliveryPlan(consumer, new DeliveryStateFile(files, folder, consumer.name));
    this.#breaker = new CircuitBreaker(settings, clock, (state) => this.#onBreaker(state));
    const inFlightMax = settings.inFlight ?? destination.bounds.inFlight ?? 1;
    this.#control = {
      hasSlot: () => this.#carrying.size < inFlightMax,
      isDraining: () => this.#isDraining,
      cancel: this.#cancel.signal,
    };
    this.#gatherer = this.#newGatherer();
    this.#sender = new PortionSender({
      ...options,
      destination,
      breaker: this.#breaker,
      statistics: this.statistics,
      isDraining: () => this.#isDraining,
      cancel: this.#cancel.signal,
      onAttempt: (ended) => this.#onAttempt(ended),
    });
  }

  /**
   * Opens what an earlier life left, and begins to follow the journal. A destination that cannot be
   * reached yet is tried again.
   *
   * @throws SightglassError `config_invalid` when the destination cannot ever start as it is set,
   *   `data_mismatch` when what was left is of another version.
   */
  async start(): Promise<void> {
    try {
      await this.#prepare();
    } catch (error) {
      if (isFatal(error)) throw error;
      this.#failed(error);
    }
    this.#loop ??= this.#run();
  }

  /**
   * Goes on while it can deliver without waiting, for some seconds at most; what is not delivered then
   * stays in the journal. Idempotent, and safe before `start`.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Has what it does told, until what this returns is called. */
  watch(watcher: DeliveryWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  live(): LiveState {
    this.#lookForDropped();
    const { rows, bytes, oldestAgeMs } = this.#options.consumer.backlog();
    return {
      rates: this.statistics.rates(),
      queue: { rows, bytes, oldestAgeMs },
      breaker: this.#breaker.state,
      inFlight: this.#carrying.size,
      deadLetters: { count: this.deadLetters.size, bytes: this.deadLetters.bytes },
      lastError: this.statistics.lastError,
      statistics: this.#options.destination.statistics?.() ?? {},
      health: this.#options.destination.health?.() ?? {},
    };
  }

  getHealth(): DeliveryHealth {
    this.#lookForDropped();
    const { rowsDelivered, rowsDead, rowsDropped, lastProcessedMs, createdMs } = this.statistics;
    const lastError = this.statistics.lastError?.timeMs ?? 0;
    const isFailing = lastError > (lastProcessedMs ?? 0);
    const isOpen = this.#breaker.state !== "closed";
    return {
      name: this.name,
      enabled: true,
      status: isOpen ? "unhealthy" : isFailing ? "degraded" : "healthy",
      metrics: componentMetrics({
        processed: rowsDelivered,
        failed: rowsDead + rowsDropped,
        lastMs: lastProcessedMs,
        createdMs,
      }),
    };
  }

  /**
   * Sends dead letters to the destination again, as they are; those that it takes are deleted. Returns
   * how many it took, and what it said of the others.
   */
  async replay(ids: readonly string[]): Promise<ReplayOutcome> {
    const failed: { id: string; reason: string }[] = [];
    let delivered = 0;
    for (const id of ids) {
      const reason = this.#replaying.has(id)
        ? "it is being sent again already"
        : await this.#replay(id);
      if (reason === undefined) delivered += 1;
      else failed.push({ id, reason });
    }
    return { delivered, failed };
  }

  /** Why a dead letter was not delivered; undefined when it was. */
  async #replay(id: string): Promise<string | undefined> {
    const { destination, settings, clock } = this.#options;
    this.#replaying.add(id);
    try {
      const letter = await this.deadLetters.get(id);
      if (letter === undefined) return "there is no such dead letter";
      const { org, row } = letter;
      const delivery = { org, rows: [row], key: id, rowKey: () => id, attempt: 1 };
      const options = { clock, msMax: settings.attemptTimeout, cancel: this.#cancel.signal };
      await attempt(destination, delivery, options);
      await this.deadLetters.remove([id]);
      return undefined;
    } catch (error) {
      return messageOf(error);
    } finally {
      this.#replaying.delete(id);
    }
  }

  get #log(): Logger {
    return this.#options.log;
  }

  /** What every key of this destination starts with. */
  get #prefix(): string {
    const names = `${this.#options.pipeline}.${this.#options.consumer.name}`;
    return `${names.replaceAll(/[^A-Za-z0-9._-]/g, "_")}-${this.#plan.identity}`;
  }

  #newGatherer(): PortionGatherer {
    const { consumer, clock, destination, isWanted, wantedMark } = this.#options;
    const { rowsOfRecord = rowsOfPayload } = this.#options;
    return new PortionGatherer({
      consumer,
      clock,
      rowsOfRecord,
      bounds: destination.bounds,
      isWanted: isWanted === undefined ? undefined : (row) => this.#wants(isWanted, row),
      wantedMark,
      onTaken: (rows, skipped) => this.statistics.taken(rows, skipped),
      onUnreadable: ({ sequence }, rows, error) => {
        this.statistics.dropped(rows);
        this.#log.error("Rows of a journal record cannot be read", { sequence, rows, error });
      },
    });
  }

  /** What cannot be judged is given: a fault in a function of the program loses no rows, and is told. */
  #wants(isWanted: (row: Row) => boolean, row: Row): boolean {
    try {
      return isWanted(row);
    } catch (error) {
      this.#failed(error);
      return true;
    }
  }

  /** Each step once, however often it is called. */
  async #prepare(): Promise<void> {
    const { destination, newIdentity = () => randomBytes(8).toString("hex") } = this.#options;
    if (!this.#prepared.letters) await this.deadLetters.open();
    this.#prepared.letters = true;
    if (!this.#prepared.plan) {
      const { start, planned } = await this.#plan.recover(newIdentity);
      this.#gatherer.resume(start, planned);
      this.#droppedSeen = this.#droppedByJournal();
    }
    this.#prepared.plan = true;
    if (!this.#prepared.destination) await destination.start?.();
    this.#prepared.destination = true;
  }

  /** Runs until stopped; what fails is told and tried again, for nothing but a stop may end it. */
  async #run(): Promise<void> {
    await this.#persist(() => this.#prepare());
    while (!this.#cancel.signal.aborted) {
      try {
        const portion = await this.#gatherer.gather(this.#control);
        if (portion === undefined) break;
        const carrying = this.#carry(this.#plan.begin(portion));
        this.#carrying.add(carrying);
        void carrying.finally(() => {
          this.#carrying.delete(carrying);
          this.#gatherer.wake();
        });
      } catch (error) {
        this.#failed(error);
        await pause(this.#options.clock, FAILURE_PAUSE_MS, this.#cancel.signal);
      }
    }
    await Promise.all(this.#carrying);
  }

  /** Never rejects. */
  async #carry(entry: PlannedPortion): Promise<void> {
    if (entry.portion.rows.length === 0) {
      await this.#settle(entry, NOTHING_DEAD);
      return;
    }
    await this.#persist(() => this.#plan.save());
    const told = this.#persist(() => this.#plan.commit());
    await this.#deliver(entry);
    await told;
  }

  async #deliver(entry: PlannedPortion): Promise<void> {
    if (this.#cancel.signal.aborted) return;
    let outcome: SendOutcome = { kind: "stopped" };
    await this.#persist(async () => {
      outcome = await this.#sender.send(entry.portion, this.#prefix);
    });
    await this.#act(entry, outcome);
  }

  async #act(entry: PlannedPortion, outcome: SendOutcome): Promise<void> {
    if (outcome.kind === "stopped") {
      // What comes after it must not be delivered before it.
      this.#cancel.abort(new Error("stopping"));
      return;
    }
    if (outcome.kind === "settled") return this.#settle(entry, outcome.dead);
    if (entry.portion.rows.length === 1) return this.#settle(entry, new Map([[0, outcome.reason]]));
    const halves = this.#plan.split(entry);
    await this.#persist(() => this.#plan.save());
    for (const half of halves) await this.#deliver(half);
  }

  /** Keeps the dead, moves the cursor. */
  async #settle(entry: PlannedPortion, dead: ReadonlyMap<number, string>): Promise<void> {
    const { portion } = entry;
    if (dead.size > 0) await this.#persist(() => this.#bury(entry, dead));
    // Stopped before they were kept: the portion is sent again after the next start.
    if (this.#cancel.signal.aborted && dead.size > 0) return;
    const places = new Set(dead.keys());
    this.#plan.settle(entry, places);
    this.statistics.settled(portion.org, portion.rows, places);
    await this.#persist(() => this.#plan.commit());
  }

  async #bury({ portion }: PlannedPortion, dead: ReadonlyMap<number, string>): Promise<void> {
    const timeMs = this.#options.clock.nowMs();
    const letters = [...dead].map(([place, reason]) => ({
      id: portion.rowKey(this.#prefix, place),
      org: portion.org,
      timeMs,
      reason,
      row: portion.rows[place]!,
    }));
    await this.deadLetters.add(letters);
    this.#tell((watcher) => watcher.buried?.(letters));
    const [reason] = dead.values();
    this.#log.warn("Rows became dead letters", { destination: this.name, rows: dead.size, reason });
  }

  /** Tries until it succeeds or the destination is stopped. */
  async #persist(action: () => Promise<void>): Promise<void> {
    while (!this.#cancel.signal.aborted) {
      try {
        await action();
        return;
      } catch (error) {
        this.#failed(error);
        await pause(this.#options.clock, FAILURE_PAUSE_MS, this.#cancel.signal);
      }
    }
  }

  async #stop(): Promise<void> {
    const { clock, destination } = this.#options;
    this.#isDraining = true;
    this.#gatherer.wake();
    const budget = clock.setTimeout(() => this.#cancel.abort(new Error("stopping")), DRAIN_MS_MAX);
    if (this.#prepared.plan && this.#loop !== undefined) {
      await this.#loop;
      await this.#plan.finish().catch((error: unknown) => this.#failed(error));
    }
    this.#cancel.abort(new Error("stopping"));
    budget.cancel();
    const ended = new AbortController();
    const stopped = (destination.stop?.() ?? Promise.resolve())
      .catch((error: unknown) => this.#failed(error))
      .finally(() => ended.abort());
    await Promise.race([stopped, pause(clock, DRAIN_MS_MAX, ended.signal)]);
    await this.deadLetters.close().catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#log.error("A destination failed", { destination: this.name, error });
    this.#tell((watcher) => watcher.failed?.(error));
  }

  #tell(tell: (watcher: DeliveryWatcher) => void): void {
    for (const watcher of this.#watchers) {
      try {
        tell(watcher);
      } catch (error) {
        this.#log.error("Whoever watches a destination failed", { destination: this.name, error });
      }
    }
  }

  #onAttempt(ended: EndedAttempt): void {
    this.#tell((watcher) => watcher.attempted?.(ended));
    const { error } = ended;
    if (error === undefined) return;
    // Where in our code that came to light helps nobody: the other side is what failed.
    const reason = messageOf(error);
    this.#log.warn("A delivery failed", { destination: this.name, reason });
  }

  #onBreaker(state: BreakerState): void {
    const attributes = { destination: this.name };
    if (state === "open") this.#log.warn("A destination is given a rest", attributes);
    if (state === "closed") this.#log.info("A destination is well again", attributes);
  }

  #droppedByJournal(): number {
    const dropped = totalRows(this.#options.consumer.counts().dropped);
    return Math.max(0, dropped - this.#plan.droppedTold);
  }

  #lookForDropped(): void {
    const dropped = this.#droppedByJournal();
    if (dropped <= this.#droppedSeen) return;
    this.statistics.dropped(dropped - this.#droppedSeen);
    this.#droppedSeen = dropped;
  }
}

const rowsOfPayload: RowsOfRecord = ({ signal, parts }) => rowsOfRecord(signal, parts);

function isFatal(error: unknown): boolean {
  const code = error instanceof SightglassError ? error.code : undefined;
  return code === "config_invalid" || code === "data_mismatch";
}
