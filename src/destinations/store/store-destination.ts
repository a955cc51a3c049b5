import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#core/clock.ts";
import { messageOf } from "#core/errors.ts";
import { STORE_INSERT_LIMITS } from "#core/limits.ts";
import { BLOCK_COLUMNS } from "#core/native/block-columns.ts";
import type { ReplayOutcome } from "#pipeline/delivery/delivering-destination.ts";
import type { JournalConsumer, JournalRecord } from "#pipeline/journal/journal.ts";
import { addRows, NO_ROWS, rowsBetween } from "#pipeline/journal/row-counts.ts";
import type { BlockWriter } from "#store/block-writer.ts";
import { BlockLetters } from "./block-letters.ts";
import { type Gathered, InsertFiles } from "./insert-files.ts";
import { type InsertEvents, PlanInserter } from "./insert-range.ts";
import { type Plan, PlanFolder } from "./plan.ts";
import { SpareFiles } from "./spare-files.ts";

/** The places at which a fault test may kill the process. */
export type CrashPoint = "after-plan" | "after-insert" | "in-recovery";

/** What the destination tells of its work. */
export interface StoreDestinationEvents extends InsertEvents {
  /** Plans of an earlier life that are carried out again. */
  recovering(plans: number): void;
  /** Dead letters went because of their bounds. */
  lettersDropped(letters: number): void;
  /** The journal or the plan folder failed; it is tried again. */
  failed(error: unknown): void;
}

export interface StoreDestinationOptions {
  readonly pipeline: string;
  readonly consumer: JournalConsumer;
  readonly writer: BlockWriter;
  /** `<data>/store`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: StoreDestinationEvents;
  readonly limits?: Partial<Record<keyof typeof STORE_INSERT_LIMITS, number>>;
  /** Called where a fault test may kill the process; does nothing otherwise. */
  readonly crashPoint?: (point: CrashPoint) => Promise<void> | undefined;
}

/** One plan under way. */
interface UnderWay {
  readonly plan: Plan;
  done: boolean;
}

/** Where in the folder of a store its dead letters are. */
export const DEAD_FOLDER = "dead";
const FAILURE_PAUSE_MS = 1_000;
/** While draining, how long a record that must be there is waited for at a time. */
const DRAIN_WAIT_MS = 250;

/**
 * Moves journal records into the store exactly once: gathers consecutive ones, makes the plan of
 * their inserts durable, carries it out, and only then moves the cursor. After a crash the plans
 * that were begun are carried out again, identical to the byte, before anything new.
 */
export class StoreDestination {
  /** What the store would not take. */
  readonly deadLetters: BlockLetters;
  private readonly options: StoreDestinationOptions;
  private readonly limits: Record<keyof typeof STORE_INSERT_LIMITS, number>;
  private readonly plans: PlanFolder;
  private readonly inserter: PlanInserter;
  private readonly filesFolder: string;
  private readonly spares: SpareFiles;
  private readonly cancel = new AbortController();
  private readonly underWay: UnderWay[] = [];
  private wake = new AbortController();
  private readonly carrying = new Set<Promise<void>>();
  /** Ids of dead letters that are being inserted again. */
  private readonly replaying = new Set<string>();
  private acknowledging: Promise<void> = Promise.resolve();
  private drainUntilMs: number | undefined;
  private loop: Promise<void> | undefined;

  constructor(options: StoreDestinationOptions) {
    this.options = options;
    this.limits = { ...STORE_INSERT_LIMITS, ...options.limits };
    this.filesFolder = join(options.folder, "inserts");
    this.spares = new SpareFiles(this.filesFolder);
    this.plans = new PlanFolder(join(options.folder, "plans"));
    this.deadLetters = new BlockLetters({
      folder: join(options.folder, DEAD_FOLDER),
      clock: options.clock,
      onDropped: (letters) => options.events.lettersDropped(letters),
    });
    this.inserter = new PlanInserter({
      ...options,
      limits: this.limits,
      plans: this.plans,
      spares: this.spares,
      deadLetters: this.deadLetters,
    });
  }

  /** Carries out what an earlier life planned, then begins to follow the journal. */
  async start(): Promise<void> {
    const { folder } = this.options;
    for (const name of ["inserts", "plans", DEAD_FOLDER])
      await mkdir(join(folder, name), { recursive: true });
    await this.deadLetters.open();
    for (const name of await readdir(this.filesFolder))
      await rm(join(this.filesFolder, name), { force: true });
    const plans = await this.plans.list();
    this.loop = this.recover(plans).then(() => this.follow());
  }

  /**
   * Goes on inserting until the journal is stored or `drainMsMax` has passed, finishes what is under
   * way, and stops. Idempotent, and safe before `start`.
   */
  async stop(): Promise<void> {
    this.drainUntilMs ??= this.options.clock.monotonicMs() + this.limits.drainMsMax;
    this.wake.abort();
    const budget = this.options.clock.setTimeout(
      () => this.cancel.abort(new Error("stopping")),
      this.limits.drainMsMax,
    );
    await this.loop;
    budget.cancel();
    await this.spares.clear();
  }

  /**
   * Inserts dead letters again, as they are; those that the store takes are deleted. One that was stored
   * before, though nobody heard of it, is stored once: its insert has the name that it had.
   */
  async replay(ids: readonly string[]): Promise<ReplayOutcome> {
    const failed: { id: string; reason: string }[] = [];
    for (const id of ids) {
      const reason = this.replaying.has(id)
        ? "it is being inserted again already"
        : await this.replayOne(id);
      if (reason !== undefined) failed.push({ id, reason });
    }
    return { delivered: ids.length - failed.length, failed };
  }

  /** Why a dead letter was not stored; undefined when it was. */
  private async replayOne(id: string): Promise<string | undefined> {
    this.replaying.add(id);
    try {
      const letter = this.deadLetters.block(id);
      if (letter === undefined) return "there is no such dead letter";
      const { table, rows, file: path } = letter.block;
      const columns = BLOCK_COLUMNS[table];
      await this.options.writer.insert({ table, rows, token: id, path, columns });
      await this.deadLetters.remove([id]);
      return undefined;
    } catch (error) {
      return messageOf(error);
    } finally {
      this.replaying.delete(id);
    }
  }

  private get draining(): boolean {
    return this.drainUntilMs !== undefined;
  }

  private async recover(plans: readonly Plan[]): Promise<void> {
    const { consumer, events } = this.options;
    const begun = plans.filter((plan) => plan.to > consumer.position());
    if (begun.length > 0) events.recovering(begun.length);
    for (const plan of plans) {
      if (plan.to > consumer.position()) await this.persist(() => this.carryOutAgain(plan));
      else await this.plans.remove(plan);
    }
    if (begun.length > 0) consumer.seek(begun.at(-1)!.to + 1);
  }

  private async carryOutAgain(plan: Plan): Promise<void> {
    const { consumer, crashPoint } = this.options;
    const files = this.newFiles(plan);
    try {
      for await (const record of consumer.read(plan.from, plan.to)) await files.add(record);
      await crashPoint?.("in-recovery");
      await this.inserter.insert({ ...(await files.close()), plan }, this.cancel.signal);
      await this.acknowledge(plan);
    } finally {
      await files.abandon();
    }
  }

  private newFiles(range?: { from: number; to: number }): InsertFiles {
    const { pipeline, events } = this.options;
    return new InsertFiles({
      spares: this.spares,
      pipeline,
      onUnreadable: (record) => events.unreadable(record),
      ...(range === undefined ? {} : { range: { from: range.from, to: range.to } }),
    });
  }

  /** Runs until stopped; what fails is told and tried again, for nothing but a stop may end it. */
  private async follow(): Promise<void> {
    while (!this.cancel.signal.aborted) {
      try {
        const gathered = await this.gather();
        if (gathered === undefined) break;
        await this.begin(gathered);
      } catch (error) {
        if (this.cancel.signal.aborted) break;
        this.options.events.failed(error);
        await this.sleep(FAILURE_PAUSE_MS);
        this.options.consumer.seek(this.nextSequence());
      }
    }
    await Promise.all(this.carrying);
  }

  /** The first sequence that no plan under way covers. */
  private nextSequence(): number {
    return (this.underWay.at(-1)?.plan.to ?? this.options.consumer.position()) + 1;
  }

  /** The next plan's files, once they are full or old enough; undefined when it is time to end. */
  private async gather(): Promise<Gathered | undefined> {
    const { clock } = this.options;
    const files = this.newFiles();
    let dueMs = Number.POSITIVE_INFINITY;
    try {
      for (;;) {
        // Plans that a stop has ended never make room for another.
        this.cancel.signal.throwIfAborted();
        const full = files.rows >= this.limits.rowsMax || files.bytes >= this.limits.bytesMax;
        const slotFree = this.slotFree(full);
        const due =
          full ||
          clock.monotonicMs() >= dueMs ||
          (this.draining && files.last >= this.lastSequence());
        if (!files.isEmpty && due && slotFree) return await files.close();
        if (this.draining && files.isEmpty && this.nothingLeft()) return undefined;
        if (full) {
          await this.changed();
          continue;
        }
        // Without a free slot there is nothing to be in time for: its end wakes.
        const record = await this.next(slotFree ? dueMs : Number.POSITIVE_INFINITY);
        if (record === "closed") {
          await files.abandon();
          return undefined;
        }
        if (record === undefined) continue;
        if (files.isEmpty) dueMs = clock.monotonicMs() + this.limits.ageMsMax;
        await files.add(record);
      }
    } catch (error) {
      await files.abandon();
      throw error;
    }
  }

  /** A second plan beside the first only when it is full: while in step, few large inserts cost less than many small. */
  private slotFree(full: boolean): boolean {
    return this.underWay.length === 0 || (full && this.underWay.length < this.limits.plansMax);
  }

  private nothingLeft(): boolean {
    return (
      this.options.clock.monotonicMs() >= this.drainUntilMs! ||
      this.lastSequence() < this.nextSequence()
    );
  }

  /** The last sequence that the journal has now. */
  private lastSequence(): number {
    const { consumer } = this.options;
    return consumer.position() + consumer.backlog().records;
  }

  /** The next record, or undefined once it is due or something has changed. */
  private async next(dueMs: number): Promise<JournalRecord | "closed" | undefined> {
    const { clock, consumer } = this.options;
    const wake = new AbortController();
    this.wake = wake;
    const waitMs = this.draining ? DRAIN_WAIT_MS : dueMs - clock.monotonicMs();
    const timer = Number.isFinite(waitMs)
      ? clock.setTimeout(() => wake.abort(), Math.max(0, waitMs))
      : undefined;
    try {
      const record = await consumer.next(wake.signal);
      return record === undefined && !wake.signal.aborted ? "closed" : record;
    } finally {
      timer?.cancel();
    }
  }

  /** Makes the plan durable and lets it be carried out beside the others. */
  private async begin(gathered: Gathered): Promise<void> {
    // The very same plan until it is written: another one for the same records must never exist.
    await this.persist(() => this.plans.write(gathered.plan));
    this.cancel.signal.throwIfAborted();
    await this.options.crashPoint?.("after-plan");
    const entry: UnderWay = { plan: gathered.plan, done: false };
    this.underWay.push(entry);
    const carrying = this.carryOut(gathered, entry);
    this.carrying.add(carrying);
    void carrying.finally(() => this.carrying.delete(carrying));
  }

  /** Never rejects. */
  private async carryOut(gathered: Gathered, entry: UnderWay): Promise<void> {
    await this.persist(() => this.inserter.insert(gathered, this.cancel.signal));
    if (this.cancel.signal.aborted) return;
    await this.options.crashPoint?.("after-insert");
    entry.done = true;
    this.acknowledging = this.acknowledging.then(() => this.persist(() => this.acknowledgeDone()));
    await this.acknowledging;
    await this.persist(() => gathered.discard());
  }

  /** Acknowledges, in the order of the journal, the plans that are done. */
  private async acknowledgeDone(): Promise<void> {
    while (this.underWay[0]?.done === true) {
      await this.acknowledge(this.underWay[0].plan);
      this.underWay.shift();
      this.wake.abort();
    }
  }

  private async acknowledge(plan: Plan): Promise<void> {
    const dead = plan.dead.reduce((sum, { rows }) => addRows(sum, rows), NO_ROWS);
    const counts = {
      stored: rowsBetween(dead, plan.rows),
      dropped: addRows(dead, plan.unreadable),
    };
    await this.options.consumer.acknowledge(plan.to, counts);
    await this.plans.remove(plan);
  }

  /** Tries until it succeeds or the destination is stopped. */
  private async persist(action: () => Promise<void>): Promise<void> {
    while (!this.cancel.signal.aborted) {
      try {
        await action();
        return;
      } catch (error) {
        if (this.cancel.signal.aborted) return;
        this.options.events.failed(error);
        await this.sleep(FAILURE_PAUSE_MS);
      }
    }
  }

  /** Resolves when a plan has ended, or shortly after. */
  private changed(): Promise<void> {
    const wake = new AbortController();
    this.wake = wake;
    return new Promise((resolve) => {
      const timer = this.options.clock.setTimeout(resolve, FAILURE_PAUSE_MS);
      wake.signal.addEventListener("abort", () => {
        timer.cancel();
        resolve();
      });
    });
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.setTimeout(resolve, ms);
      this.cancel.signal.addEventListener("abort", () => {
        timer.cancel();
        resolve();
      });
    });
  }
}
