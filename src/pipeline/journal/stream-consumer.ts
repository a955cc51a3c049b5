import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { CursorFile, CursorState } from "./cursor-file.ts";
import { dropTarget } from "./drop-oldest.ts";
import { reasonOf } from "./files.ts";
import type {
  JournalBacklog,
  JournalConsumer,
  JournalConsumerOptions,
  JournalRecord,
} from "./journal.ts";
import type { PlacedRecord, RecentRecords } from "./recent-records.ts";
import { NO_ROWS, addRows, addSignalRows, rowsBetween, totalRows } from "./row-counts.ts";
import type { RowCounts } from "./row-counts.ts";
import type { Place, Segment } from "./segments.ts";
import { StreamReader, walkRecords } from "./stream-reader.ts";
import type { StreamReaderOptions } from "./stream-reader.ts";

/** What the consumers of one journal share with it. */
export interface ConsumerContext extends StreamReaderOptions {
  readonly recent: RecentRecords;
  readonly clock: Clock;
  /** Called when a consumer needs fewer records in memory or on disk than before. */
  readonly onProgress: () => void;
}

interface PlacedState extends CursorState {
  readonly place: Place;
}

/** Where reading goes on. */
interface Taken {
  readonly place: Place;
  /** Whether the place tells the rows before it exactly, so that missing ones can be counted. */
  readonly isExact: boolean;
}

/** Something between the cursor and the next record to be handed out. */
interface Pending {
  readonly place: Place;
  /** From where it was come upon, and so what may have been lost before it. */
  readonly from: Taken;
  /** 0 for a gap: records that were dropped or lost, and that nobody will acknowledge. */
  readonly bytes: number;
  /** Rows that are to be counted as dropped once the cursor passes. */
  readonly lost: RowCounts;
}

interface Acknowledgement {
  readonly sequence: number;
  readonly counts: { readonly stored: RowCounts; readonly dropped: RowCounts } | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const NO_COUNTS = { stored: NO_ROWS, dropped: NO_ROWS };

export class StreamConsumer implements JournalConsumer {
  readonly name: string;
  #options: JournalConsumerOptions;
  readonly #context: ConsumerContext;
  readonly #cursor: CursorFile;
  readonly #reader: StreamReader;
  /** As it is on disk. */
  #state: PlacedState;
  /** After the last record that was handed out, dropped or passed over. */
  #taken: Place;
  /** Grows when `#taken` moves other than by `next`: a read that was under way is then void. */
  #moves = 0;
  /** Whether `#taken` tells the rows before it exactly, so that missing ones can be counted. */
  #takenIsExact = true;
  #pending: Pending[] = [];
  /** Bytes of all of them, which every append asks for. */
  #pendingBytes = 0;
  #acknowledgements: Acknowledgement[] = [];
  #saving: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #reading: Promise<unknown> | undefined;
  #isDropping = false;
  #isClosed = false;

  constructor(
    options: JournalConsumerOptions,
    context: ConsumerContext,
    cursor: CursorFile,
    state: CursorState | undefined,
  ) {
    this.name = options.name;
    this.#options = options;
    this.#context = context;
    this.#cursor = cursor;
    this.#reader = new StreamReader(context);
    this.#state =
      state === undefined
        ? { place: this.#beginning(), stored: NO_ROWS, dropped: NO_ROWS }
        : { ...state, place: this.#placeOnDisk(state.place) };
    this.#taken = this.#state.place;
  }

  async next(cancel: AbortSignal): Promise<JournalRecord | undefined> {
    if (this.#reading !== undefined) {
      throw new SightglassError("internal", `consumer ${this.name}: one next at a time is allowed`);
    }
    const reading = this.#nextRecord(cancel);
    this.#reading = reading;
    try {
      return await reading;
    } finally {
      this.#reading = undefined;
    }
  }

  async *read(from: number, to: number): AsyncGenerator<JournalRecord> {
    for await (const { record } of walkRecords(this.#context, from, to)) yield record;
  }

  seek(sequence: number): void {
    const before = Math.max(sequence - 1, this.#state.place.sequence);
    if (before === this.#taken.sequence) return;
    this.#moves += 1;
    const { place, isExact } = this.#placeToSeek(before);
    this.#takenIsExact = isExact;
    this.#taken = { ...place, sequence: before };
    this.#context.onProgress();
    this.wake();
  }

  acknowledge(sequence: number, counts?: Acknowledgement["counts"]): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(new SightglassError("stopping", "The journal is closed"));
    }
    const last = this.#context.head().sequence;
    if (!Number.isInteger(sequence) || sequence > last) {
      const message = `consumer ${this.name}: acknowledged record ${sequence}, but the last one is ${last}`;
      return Promise.reject(new SightglassError("internal", message));
    }
    if (sequence <= this.#state.place.sequence) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#acknowledgeLater({ sequence, counts, resolve, reject });
    });
  }

  position(): number {
    return this.#state.place.sequence;
  }

  counts(): { stored: RowCounts; dropped: RowCounts } {
    return { stored: this.#state.stored, dropped: this.#state.dropped };
  }

  backlog(): JournalBacklog {
    const head = this.#context.head();
    const { sequence, accepted } = this.#state.place;
    const rowsBySignal = rowsBetween(accepted, head.accepted);
    const oldestMs = this.#oldestWrittenMs();
    return {
      records: Math.max(0, head.sequence - sequence),
      rows: totalRows(rowsBySignal),
      rowsBySignal,
      bytes: this.backlogBytes(),
      oldestAgeMs: oldestMs === undefined ? 0 : Math.max(0, this.#context.clock.nowMs() - oldestMs),
    };
  }

  backlogBytes(): number {
    return this.#pendingBytes + this.#context.table.bytesAfter(this.#taken);
  }

  /** Whether an append must be refused for this consumer's sake. */
  isBlocking(moreBytes: number): boolean {
    return (
      this.#options.policy === "block" && this.backlogBytes() + moreBytes >= this.#options.bytesMax
    );
  }

  /** The last sequence that this consumer does not need in memory any more. */
  takenSequence(): number {
    return this.#taken.sequence;
  }

  needs(segment: Segment): boolean {
    return (
      this.#taken.sequence < segment.end.sequence ||
      this.#pending.some(({ place, bytes }) => bytes > 0 && place.segment === segment.first)
    );
  }

  /** Drops the oldest unread records of a consumer that may lose them, down to its bounds. */
  enforceBounds(): void {
    if (this.#options.policy !== "drop_oldest" || this.#isClosed) return;
    const target = dropTarget(this.#context.table, {
      from: this.#taken,
      bytesMax: this.#options.bytesMax - this.#pendingBytes,
      writtenMsMin: this.#writtenMsMin(),
    });
    if (target === undefined) return;
    const rows = rowsBetween(this.#taken.accepted, target.accepted);
    this.#reportDropping();
    this.#moves += 1;
    this.#skipTo(target, rows);
    this.#context.onProgress();
  }

  /** Makes a waiting `next` look again. */
  wake(): void {
    this.#wake?.();
  }

  /** Other bounds, or another policy, from now on. */
  change(options: JournalConsumerOptions): void {
    this.#options = options;
    this.enforceBounds();
  }

  /** Creates the cursor's file, so that acknowledging needs no space later. */
  async createCursor(): Promise<void> {
    try {
      await this.#cursor.save(this.#state);
    } catch (error) {
      throw asRefusal(error, this.#context.limits.retryAfterSeconds);
    }
  }

  /** Removes the cursor's file, durably; call it after `close`. */
  async removeCursor(): Promise<void> {
    try {
      await this.#cursor.remove();
    } catch (error) {
      const message = `the cursor cannot be removed (${reasonOf(error)})`;
      this.#context.report({ kind: "write_failed", file: this.name, message });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.wake();
    await this.#reading?.catch(() => {});
    await this.#saving;
    await this.#reader.close();
    await this.#cursor.close();
  }

  /** The best known place at or before a sequence; what is pending after it is so no more. */
  #placeToSeek(before: number): Taken {
    const isForward = before > this.#taken.sequence;
    const next = this.#pending.find((pending) => pending.place.sequence > before);
    this.#keepPending((pending) => pending.place.sequence <= before);
    const place = isForward
      ? (this.#context.table.placeBefore(before) ?? this.#taken)
      : (this.#pending.at(-1)?.place ?? this.#state.place);
    // What was lost before the next one is counted again when that is come upon again.
    const from = next?.from;
    const isFromHere =
      from !== undefined && from.place.sequence >= place.sequence && from.place.sequence <= before;
    return isFromHere ? from : { place, isExact: place.sequence === before };
  }

  async #nextRecord(cancel: AbortSignal): Promise<JournalRecord | undefined> {
    while (!this.#isClosed && !cancel.aborted) {
      if (this.#taken.sequence >= this.#context.head().sequence) {
        this.#isDropping = false;
        await this.#arrival(cancel);
        continue;
      }
      const record = await this.#advance();
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** Takes the next record; undefined when what follows was lost, dropped or moved away meanwhile. */
  async #advance(): Promise<JournalRecord | undefined> {
    const recent = this.#context.recent.after(this.#taken.sequence);
    if (recent !== undefined) return this.#take(recent);
    const moves = this.#moves;
    const step = await this.#reader.step(this.#taken);
    if (moves !== this.#moves || this.#isClosed) return undefined;
    if ("placed" in step) return this.#take(step.placed);
    this.#skipTo(step.skippedTo, this.#lostBefore(step.skippedTo.accepted));
    return undefined;
  }

  #take({ record, place, bytes }: PlacedRecord): JournalRecord | undefined {
    const rows = addSignalRows(NO_ROWS, record.signal, record.rows);
    const from = { place: this.#taken, isExact: this.#takenIsExact };
    const lost = this.#lostBefore(rowsBetween(rows, place.accepted));
    if (record.writtenMs < this.#writtenMsMin()) {
      this.#reportDropping();
      this.#skipTo(place, addRows(lost, rows));
      return undefined;
    }
    this.#pending.push({ place, from, bytes, lost });
    this.#pendingBytes += bytes;
    this.#taken = place;
    this.#takenIsExact = true;
    this.#context.onProgress();
    return record;
  }

  /** Rows that were accepted after `#taken` and are not there any more. */
  #lostBefore(accepted: RowCounts): RowCounts {
    if (!this.#takenIsExact) return NO_ROWS;
    const lost = rowsBetween(this.#taken.accepted, accepted);
    const rows = totalRows(lost);
    if (rows > 0) {
      const message = `${rows} accepted rows after record ${this.#taken.sequence} cannot be read`;
      this.#context.report({ kind: "damaged", file: this.name, message, rows });
    }
    return lost;
  }

  #skipTo(place: Place, lost: RowCounts): void {
    const from = { place: this.#taken, isExact: this.#takenIsExact };
    this.#taken = place;
    this.#takenIsExact = true;
    if (totalRows(lost) === 0) return;
    const last = this.#pending.at(-1);
    // While a save is under way it may have counted the last gap already.
    const merged = last?.bytes === 0 && this.#saving === undefined ? last : undefined;
    if (merged !== undefined) this.#pending.pop();
    this.#pending.push({
      place,
      from: merged?.from ?? from,
      bytes: 0,
      lost: addRows(merged?.lost ?? NO_ROWS, lost),
    });
    this.#passLeadingGap();
  }

  /** A gap right after the cursor has nobody else to acknowledge it. */
  #passLeadingGap(): void {
    const gap = this.#pending[0];
    if (gap === undefined || gap.bytes > 0 || this.#saving !== undefined) return;
    this.#acknowledgeLater({
      sequence: gap.place.sequence,
      counts: undefined,
      resolve: () => {},
      reject: (error) => this.#reportSaveFailure(error),
    });
  }

  async #arrival(cancel: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel.removeEventListener("abort", done);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = done;
      cancel.addEventListener("abort", done);
    });
  }

  #acknowledgeLater(acknowledgement: Acknowledgement): void {
    this.#acknowledgements.push(acknowledgement);
    this.#saving ??= this.#saveAll();
  }

  /** Acknowledgements that come while one is being synced share the next write. */
  async #saveAll(): Promise<void> {
    await Promise.resolve();
    let hasFailed = false;
    while (this.#acknowledgements.length > 0) {
      const group = this.#acknowledgements.splice(0);
      try {
        const state = await this.#stateAfter(group);
        await this.#cursor.save(state);
        this.#apply(state);
        for (const { resolve } of group) resolve();
      } catch (error) {
        hasFailed = true;
        const refusal = asRefusal(error, this.#context.limits.retryAfterSeconds);
        for (const { reject } of group) reject(refusal);
      }
    }
    this.#saving = undefined;
    // Gaps may have come up meanwhile. After a failure they wait for the next acknowledgement.
    if (!hasFailed && !this.#isClosed) this.#passLeadingGap();
  }

  async #stateAfter(group: readonly Acknowledgement[]): Promise<PlacedState> {
    let { stored, dropped } = this.#state;
    let reached = this.#state.place.sequence;
    for (const { sequence, counts = NO_COUNTS } of group) {
      if (sequence <= reached) continue;
      reached = sequence;
      stored = addRows(stored, counts.stored);
      dropped = addRows(dropped, counts.dropped);
    }
    const passed = await this.#passTo(reached);
    return { place: passed.place, stored, dropped: addRows(dropped, passed.lost) };
  }

  /** The place after record `sequence` and what follows it that nobody will acknowledge. */
  async #passTo(sequence: number): Promise<{ place: Place; lost: RowCounts }> {
    let { place } = this.#state;
    let lost: RowCounts = NO_ROWS;
    let index = 0;
    for (; index < this.#pending.length; index += 1) {
      const pending = this.#pending[index]!;
      if (pending.place.sequence > sequence) break;
      place = pending.place;
      lost = addRows(lost, pending.lost);
    }
    if (place.sequence < sequence) {
      // Not handed out by `next`: it was replayed by `read`, or lies in a gap of the numbers.
      for await (const placed of walkRecords(this.#context, place.sequence + 1, sequence)) {
        const { record } = placed;
        const rows = addSignalRows(NO_ROWS, record.signal, record.rows);
        const before = rowsBetween(rows, placed.place.accepted);
        lost = addRows(lost, rowsBetween(place.accepted, before));
        place = placed.place;
      }
    }
    for (; this.#pending[index]?.bytes === 0; index += 1) {
      place = this.#pending[index]!.place;
      lost = addRows(lost, this.#pending[index]!.lost);
    }
    return { place, lost };
  }

  #apply(state: PlacedState): void {
    this.#state = state;
    this.#keepPending(({ place }) => place.sequence > state.place.sequence);
    if (this.#taken.sequence < state.place.sequence) {
      this.#moves += 1;
      this.#taken = state.place;
      this.#takenIsExact = true;
    }
    this.#context.onProgress();
  }

  #beginning(): Place {
    const head = this.#context.head();
    return this.#options.begins === "end" ? head : (this.#context.table.all[0]?.start ?? head);
  }

  /** Where to read on after the cursor's record. */
  #placeOnDisk(place: CursorState["place"]): Place {
    const near = this.#context.table.placeBefore(place.sequence) ?? this.#context.head();
    return { ...near, ...place };
  }

  #keepPending(isKept: (pending: Pending) => boolean): void {
    this.#pending = this.#pending.filter(isKept);
    this.#pendingBytes = this.#pending.reduce((total, { bytes }) => total + bytes, 0);
  }

  #writtenMsMin(): number {
    const { policy, ageMsMax } = this.#options;
    if (policy !== "drop_oldest" || ageMsMax === undefined) return 0;
    return this.#context.clock.nowMs() - ageMsMax;
  }

  #oldestWrittenMs(): number | undefined {
    const handed = this.#pending.find(({ bytes }) => bytes > 0);
    if (handed !== undefined) return handed.place.writtenMs;
    if (this.#taken.sequence >= this.#context.head().sequence) return undefined;
    const recent = this.#context.recent.after(this.#taken.sequence);
    return recent?.place.writtenMs ?? this.#taken.writtenMs;
  }

  #reportDropping(): void {
    if (this.#isDropping) return;
    this.#isDropping = true;
    const message = `consumer ${this.name} is over its bound and loses its oldest records until it is in step`;
    this.#context.report({ kind: "dropped", file: this.name, message });
  }

  #reportSaveFailure(error: unknown): void {
    const message = `the cursor cannot be written (${reasonOf(error)})`;
    this.#context.report({ kind: "write_failed", file: this.name, message });
  }
}

function asRefusal(error: unknown, retryAfterSeconds: number): SightglassError {
  if (error instanceof SightglassError) return error;
  return new SightglassError(
    "storage_full",
    `The journal's cursor cannot be written (${reasonOf(error)})`,
    { cause: error, retryAfterSeconds },
  );
}
