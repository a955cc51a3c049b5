import type { JournalConsumer } from "../journal/journal.ts";
import { addRows, addSignalRows, NO_ROWS, totalRows } from "../journal/row-counts.ts";
import type { RowCounts } from "../journal/row-counts.ts";
import type { DeliveryState, DeliveryStateFile } from "./delivery-state-file.ts";
import type { PlannedRange } from "./portion-gatherer.ts";
import { comparePositions } from "./portion.ts";
import type { Portion, Position, RecordOfRow } from "./portion.ts";

/** What became of rows. */
interface Tally {
  readonly stored: RowCounts;
  readonly dropped: RowCounts;
}

/** A portion that is under way. */
export interface PlannedPortion {
  readonly portion: Portion;
  /** Once it is settled: the places of the rows that were not taken. */
  dead: ReadonlySet<number> | undefined;
}

const NOTHING: Tally = { stored: NO_ROWS, dropped: NO_ROWS };

/**
 * Which portions are under way, and which rows are settled. What is begun is durable before the first
 * attempt, so that after a crash the same rows are sent under the same key; the journal's cursor moves
 * only over what is settled, and each row is counted once as stored or dropped, crashes included.
 */
export class DeliveryPlan {
  readonly #consumer: JournalConsumer;
  readonly #file: DeliveryStateFile;
  #identity = "";
  #underWay: PlannedPortion[] = [];
  /** What an earlier life had begun, and this one has not yet: a crash meanwhile must not forget it. */
  #inherited: readonly PlannedRange[] = [];
  #position: Position | undefined;
  /** `#position` as it is on disk. */
  #savedPosition: Position | undefined;
  /** Of the settled rows that are not acknowledged, by record. */
  #tallies = new Map<number, Tally>();
  /** The record up to which the journal is being told. */
  #acknowledging: number | undefined;
  #droppedTold = 0;
  #saving: Promise<void> | undefined;
  #nextSave: Promise<void> | undefined;
  #committing: Promise<void> = Promise.resolve();

  constructor(consumer: JournalConsumer, file: DeliveryStateFile) {
    this.#consumer = consumer;
    this.#file = file;
  }

  /** Part of every key. */
  get identity(): string {
    return this.#identity;
  }

  /** Rows that the journal was told are dropped, since this was created. */
  get droppedTold(): number {
    return this.#droppedTold;
  }

  /**
   * Takes up what an earlier life left: tells the journal what it may not have heard, and gives where
   * to go on and what had been begun.
   */
  async recover(
    newIdentity: () => string,
  ): Promise<{ start: Position | undefined; planned: PlannedRange[] }> {
    const state = await this.#file.load();
    // Another may have read ahead at this cursor, before the graph was changed.
    this.#consumer.seek(this.#consumer.position() + 1);
    if (state === undefined) {
      this.#identity = newIdentity();
      await this.save();
      return { start: undefined, planned: [] };
    }
    this.#identity = state.identity;
    // What is remembered of other records must not be taken for these; sending twice is the lesser evil.
    if (this.#consumer.position() < state.cursor) return { start: undefined, planned: [] };
    const { passed, partial, position } = state;
    for (const one of passed)
      if (one.sequence > this.#consumer.position())
        await this.#consumer.acknowledge(one.sequence, one);
    const cursor = this.#consumer.position();
    if (position !== undefined && position.sequence > cursor) this.#position = position;
    this.#savedPosition = this.#position;
    if (partial !== undefined && partial.sequence > cursor)
      this.#tallies.set(partial.sequence, partial);
    const acknowledged = { sequence: cursor + 1, row: 0 };
    const planned = state.planned.filter(({ after }) => comparePositions(after, acknowledged) > 0);
    this.#inherited = planned;
    return { start: this.#position, planned };
  }

  /** Adds a portion; it may be attempted once `save` has resolved. */
  begin(portion: Portion): PlannedPortion {
    const { sequence = 0 } = this.#position ?? {};
    // The journal has lost the record that was settled in part, and counts all of it as dropped.
    if (portion.from.sequence > sequence && this.#underWay.length === 0)
      this.#tallies.delete(sequence);
    this.#inherited = this.#inherited.filter(
      ({ after }) => comparePositions(after, portion.after) > 0,
    );
    const entry: PlannedPortion = { portion, dead: undefined };
    this.#underWay.push(entry);
    return entry;
  }

  /** Puts two portions in the place of one; they may be attempted once `save` has resolved. */
  split(entry: PlannedPortion): [PlannedPortion, PlannedPortion] {
    const [left, right] = entry.portion.halves();
    const halves: [PlannedPortion, PlannedPortion] = [
      { portion: left, dead: undefined },
      { portion: right, dead: undefined },
    ];
    this.#underWay.splice(this.#underWay.indexOf(entry), 1, ...halves);
    return halves;
  }

  /**
   * Makes the present state durable. Calls that come while one is being written share the next write.
   */
  save(): Promise<void> {
    if (this.#saving === undefined) {
      this.#saving = this.#write().finally(() => {
        this.#saving = undefined;
      });
      return this.#saving;
    }
    this.#nextSave ??= this.#saving
      .catch(() => {})
      .then(() => {
        this.#nextSave = undefined;
        return this.save();
      });
    return this.#nextSave;
  }

  /** Every row was taken, or is kept as a dead letter: those of `dead`, by their places. */
  settle(entry: PlannedPortion, dead: ReadonlySet<number>): void {
    entry.dead = dead;
    for (let first = this.#underWay[0]; first?.dead !== undefined; first = this.#underWay[0]) {
      this.#count(first.portion, first.dead);
      this.#position = first.portion.after;
      this.#underWay.shift();
    }
  }

  /**
   * Tells the journal of the records that are settled. Where the last is settled in part, it waits
   * until that is saved, which the portion with the rest of it does. When it rejects it may be called
   * again.
   */
  commit(): Promise<void> {
    const commit = this.#committing.catch(() => {}).then(() => this.#commit());
    this.#committing = commit;
    return commit;
  }

  /** As `commit`, but waits for nothing. */
  async finish(): Promise<void> {
    if ((this.#position?.row ?? 0) > 0) await this.save();
    await this.commit();
    await this.#file.close();
  }

  async #commit(): Promise<void> {
    // Acknowledging and remembering what is done of the next record are two writes: that the second
    // was not made after a crash, the first must tell.
    const position = this.#position?.row === 0 ? this.#position : this.#savedPosition;
    const sequence = (position?.sequence ?? 1) - 1;
    const cursor = this.#consumer.position();
    if (sequence <= cursor) return;
    this.#acknowledging = sequence;
    try {
      const counts = this.#countsBetween(cursor, sequence);
      await this.#consumer.acknowledge(sequence, counts);
      this.#droppedTold += totalRows(counts.dropped);
    } finally {
      this.#acknowledging = undefined;
    }
    for (const record of this.#tallies.keys()) if (record <= sequence) this.#tallies.delete(record);
  }

  /** Of the records after `from`, up to and including `to`. */
  #countsBetween(from: number, to: number): Tally {
    let tally = NOTHING;
    for (const [record, { stored, dropped }] of this.#tallies)
      if (record > from && record <= to)
        tally = {
          stored: addRows(tally.stored, stored),
          dropped: addRows(tally.dropped, dropped),
        };
    return tally;
  }

  #count({ rows, records, unreadable, skipped }: Portion, dead: ReadonlySet<number>): void {
    let from = 0;
    while (from < rows.length) {
      const record = records[from]!;
      let to = from;
      let dropped = 0;
      for (; to < rows.length && records[to]!.sequence === record.sequence; to += 1)
        if (dead.has(to)) dropped += 1;
      this.#add(record, to - from - dropped, dropped);
      from = to;
    }
    for (const { record, rows: lost } of unreadable) this.#add(record, 0, lost);
    // Nothing is left to do with them, which is all that the journal asks.
    for (const { record, rows: passed } of skipped) this.#add(record, passed, 0);
  }

  #add({ sequence, signal }: RecordOfRow, stored: number, dropped: number): void {
    const before = this.#tallies.get(sequence) ?? NOTHING;
    this.#tallies.set(sequence, {
      stored: addSignalRows(before.stored, signal, stored),
      dropped: addSignalRows(before.dropped, signal, dropped),
    });
  }

  async #write(): Promise<void> {
    const position = this.#position;
    const partial = position === undefined ? undefined : this.#tallies.get(position.sequence);
    await this.#file.save({
      version: 1,
      identity: this.#identity,
      cursor: this.#consumer.position(),
      planned: [
        ...this.#underWay.map(({ portion: { from, after, rows } }) => ({
          from,
          after,
          rows: rows.length,
        })),
        ...this.#inherited,
      ],
      passed: this.#untold(),
      ...(position === undefined ? {} : { position }),
      ...(position === undefined || partial === undefined
        ? {}
        : { partial: { sequence: position.sequence, ...partial } }),
    });
    this.#savedPosition = position;
  }

  /**
   * What the journal has to be told, up to each record that its cursor may have come to when this is read
   * after a crash: what it is being told now, what it may be told while this is being written, and the rest.
   */
  #untold(): DeliveryState["passed"] {
    const settled = (this.#position?.sequence ?? 1) - 1;
    const saved = (this.#savedPosition?.sequence ?? 1) - 1;
    let from = this.#consumer.position();
    const untold: DeliveryState["passed"] = [];
    for (const sequence of [this.#acknowledging ?? 0, saved, settled].toSorted((a, b) => a - b)) {
      if (sequence <= from) continue;
      untold.push({ sequence, ...this.#countsBetween(from, sequence) });
      from = sequence;
    }
    return untold;
  }
}
