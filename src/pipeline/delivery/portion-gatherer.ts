import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "#core/clock.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { JournalConsumer, JournalRecord } from "../journal/journal.ts";
import type { DeliveryBounds, Row } from "./delivery.ts";
import { comparePositions, Portion } from "./portion.ts";
import type { Position, RecordOfRow, UnreadableRows } from "./portion.ts";

/** A row of a journal record. */
export interface RecordRow {
  readonly org: string;
  readonly row: Row;
  /** What it takes in the journal. */
  readonly bytes: number;
}

/** The rows of a record, in order. What it throws makes the rest of the record unreadable. */
export type RowsOfRecord = (record: JournalRecord) => Iterable<RecordRow>;

/** A portion as an earlier life planned it. */
export interface PlannedRange {
  readonly from: Position;
  readonly after: Position;
  readonly rows: number;
}

/** What the gatherer asks of who uses it, each time it looks. */
export interface GatherControl {
  /** Whether a portion could be sent now: one that is not full waits for company until then. */
  hasSlot(): boolean;
  /** Whether what is there is to be delivered without waiting for more. */
  isDraining(): boolean;
  readonly cancel: AbortSignal;
}

export interface GathererOptions {
  readonly consumer: JournalConsumer;
  readonly clock: Clock;
  readonly bounds: DeliveryBounds;
  readonly rowsOfRecord: RowsOfRecord;
  readonly onUnreadable: (record: JournalRecord, rows: number, error: unknown) => void;
  /** Which rows the destination is given; all when left out. It must not throw. */
  readonly isWanted?: ((row: Row) => boolean) | undefined;
  /**
   * Names what is wanted, in the keys of portions: the same range of the journal has other rows once
   * that is changed.
   */
  readonly wantedMark?: string | undefined;
  /** Is told how many rows a portion has, and how many were skipped on the way to them. */
  readonly onTaken: (rows: number, skipped: number) => void;
}

/** The record that rows are taken from. */
interface Source {
  readonly record: JournalRecord;
  readonly place: RecordOfRow;
  readonly rows: Iterator<RecordRow>;
  /** The next row, and its number. */
  next: RecordRow | undefined;
  isNextWanted: boolean;
  index: number;
  /** Rows at the end that could not be read. */
  missing: number;
}

/** A portion that is being filled. */
interface Draft {
  org: string | undefined;
  readonly from: Position;
  after: Position;
  readonly rows: Row[];
  readonly records: RecordOfRow[];
  readonly indexes: number[];
  readonly unreadable: UnreadableRows[];
  readonly skipped: { record: RecordOfRow; index: number; rows: number }[];
  bytes: number;
  dueMs: number;
}

/** While draining, how long a record that must be there is waited for at a time. */
const DRAIN_WAIT_MS = 250;
/** Rows that are looked at before other work has its turn. */
const ROWS_A_TURN = 2_000;
/** Stretches of skipped rows that a portion may have between and before its rows. */
const SKIPPED_STRETCHES_MAX = 10_000;

/**
 * Cuts the journal's rows into portions: of consecutive records without a gap between their numbers,
 * of one organization, within the bounds. What an earlier life planned is cut the same again, first.
 */
export class PortionGatherer {
  readonly #options: GathererOptions;
  #source: Source | undefined;
  #draft: Draft | undefined;
  #planned: PlannedRange[] = [];
  #start: Position | undefined;
  /** The last record that was taken. */
  #reached = 0;
  #wake = new AbortController();

  constructor(options: GathererOptions) {
    this.#options = options;
  }

  /** Before the first `gather`: rows before `start` are done, and these portions were begun. */
  resume(start: Position | undefined, planned: readonly PlannedRange[]): void {
    this.#start = start;
    this.#planned = [...planned];
  }

  /** Makes a waiting `gather` look again. */
  wake(): void {
    this.#wake.abort();
  }

  /**
   * The next portion, of no rows where records without any were passed. Undefined once it was
   * cancelled, the journal was closed, or nothing is left to drain. Rejects as `next` of the journal
   * does, and then goes on where it was.
   */
  async gather(control: GatherControl): Promise<Portion | undefined> {
    const { clock } = this.#options;
    while (!control.cancel.aborted) {
      const isFull = this.#fill();
      const draft = this.#draft;
      const isDue =
        isFull ||
        clock.monotonicMs() >= (draft?.dueMs ?? Number.POSITIVE_INFINITY) ||
        (control.isDraining() && this.#nothingLeft());
      if (draft !== undefined && isDue && control.hasSlot()) return this.#cut(draft);
      if (control.isDraining() && draft === undefined && this.#nothingLeft()) return undefined;
      if (!isFull && this.#source !== undefined) {
        await turn();
        continue;
      }
      const isOpen = isFull ? await this.#woken(control) : await this.#take(control);
      if (!isOpen) return undefined;
    }
    return undefined;
  }

  #nothingLeft(): boolean {
    const { consumer } = this.#options;
    const last = consumer.position() + consumer.backlog().records;
    return this.#source === undefined && Math.max(this.#reached, consumer.position()) >= last;
  }

  /**
   * Moves rows from the record at hand to the draft; true when the draft takes no more. When it does, and
   * the record is not at its end, it is time for other work.
   */
  #fill(): boolean {
    let looked = 0;
    for (let source = this.#source; source !== undefined; source = this.#source) {
      if (this.#mustCutBefore(source)) return true;
      if (looked++ === ROWS_A_TURN) return false;
      const draft = (this.#draft ??= this.#begin(source));
      if (source.next === undefined) {
        const { place, missing } = source;
        if (missing > 0) draft.unreadable.push({ record: place, rows: missing });
        draft.after = { sequence: place.sequence + 1, row: 0 };
        this.#source = undefined;
      } else {
        if (source.isNextWanted) this.#add(draft, source, source.next);
        else this.#skip(draft, source);
        source.index += 1;
        this.#draw(source);
        draft.after = { sequence: source.place.sequence, row: source.index };
      }
    }
    const draft = this.#draft;
    if (draft === undefined) return false;
    const planned = this.#planned[0];
    if (planned !== undefined) return comparePositions(draft.after, planned.after) >= 0;
    return draft.rows.length >= this.#options.bounds.rowsMax || hasSkippedMost(draft);
  }

  #mustCutBefore(source: Source): boolean {
    const draft = this.#draft;
    if (draft === undefined) return false;
    const { place, index } = source;
    const next = source.isNextWanted ? source.next : undefined;
    if (place.sequence > draft.after.sequence) return true;
    const planned = this.#planned[0];
    if (planned !== undefined) {
      if (comparePositions({ sequence: place.sequence, row: index }, planned.after) >= 0)
        return true;
    } else if (hasSkippedMost(draft)) {
      return true;
    } else if (next !== undefined && draft.rows.length > 0) {
      const { rowsMax, bytesMax } = this.#options.bounds;
      if (draft.rows.length >= rowsMax || draft.bytes + next.bytes > bytesMax) return true;
    }
    return next !== undefined && draft.org !== undefined && draft.org !== next.org;
  }

  #begin({ place, index }: Source): Draft {
    const from = { sequence: place.sequence, row: index };
    // A planned portion of which nothing is left: the journal dropped it meanwhile.
    while (this.#planned[0] !== undefined && comparePositions(this.#planned[0].after, from) <= 0)
      this.#planned.shift();
    const lists = { rows: [], records: [], indexes: [], unreadable: [], skipped: [] };
    return { org: undefined, from, after: from, ...lists, bytes: 0, dueMs: this.#newDueMs() };
  }

  #newDueMs(): number {
    if (this.#planned.length > 0) return Number.POSITIVE_INFINITY;
    const { clock, bounds } = this.#options;
    return clock.monotonicMs() + bounds.waitMsMax;
  }

  #add(draft: Draft, source: Source, { org, row, bytes }: RecordRow): void {
    // What was skipped before it does not wait for company.
    if (draft.rows.length === 0 && draft.skipped.length > 0) draft.dueMs = this.#newDueMs();
    draft.org = org;
    draft.rows.push(row);
    draft.records.push(source.place);
    draft.indexes.push(source.index);
    draft.bytes += bytes;
  }

  #skip(draft: Draft, { place, index }: Source): void {
    const last = draft.skipped.at(-1);
    if (last?.record === place && last.index + last.rows === index) last.rows += 1;
    else draft.skipped.push({ record: place, index, rows: 1 });
  }

  /** Has the next row of the record at hand. What it lacks of its count is unreadable. */
  #draw(source: Source): void {
    const { isWanted = () => true } = this.#options;
    source.next = this.#drawn(source);
    source.isNextWanted = source.next !== undefined && isWanted(source.next.row);
  }

  #drawn(source: Source): RecordRow | undefined {
    let error: unknown;
    try {
      const step = source.rows.next();
      if (step.done !== true) return step.value;
    } catch (thrown) {
      error = thrown;
    }
    source.missing = Math.max(0, source.record.rows - source.index);
    if (source.missing > 0) {
      const cause = error ?? new RangeError(`${source.missing} rows are missing`);
      this.#options.onUnreadable(source.record, source.missing, cause);
    }
    return undefined;
  }

  #cut(draft: Draft): Portion {
    const planned = this.#planned.shift();
    this.#draft = undefined;
    const { onTaken, wantedMark = "" } = this.#options;
    onTaken(
      draft.rows.length,
      draft.skipped.reduce((sum, { rows }) => sum + rows, 0),
    );
    const isWhole = planned === undefined || planned.rows === draft.rows.length;
    const mark = isWhole ? wantedMark : `${wantedMark}-${draft.rows.length}`;
    return new Portion({ ...draft, org: draft.org ?? DEFAULT_ORG, mark });
  }

  /** Takes the next record; false when the journal was closed. */
  async #take(control: GatherControl): Promise<boolean> {
    const { clock, consumer } = this.#options;
    const wake = this.#newWake();
    const waitMs = this.#waitMs(control);
    const timer = Number.isFinite(waitMs)
      ? clock.setTimeout(() => wake.abort(), Math.max(0, waitMs))
      : undefined;
    const onCancel = (): void => wake.abort();
    control.cancel.addEventListener("abort", onCancel);
    try {
      const record = await consumer.next(wake.signal);
      if (record !== undefined) this.#open(record);
      return record !== undefined || wake.signal.aborted;
    } finally {
      timer?.cancel();
      control.cancel.removeEventListener("abort", onCancel);
    }
  }

  /** Without a slot there is nothing to be in time for: a slot that becomes free wakes. */
  #waitMs(control: GatherControl): number {
    if (control.isDraining()) return DRAIN_WAIT_MS;
    if (this.#draft === undefined || !control.hasSlot()) return Number.POSITIVE_INFINITY;
    return this.#draft.dueMs - this.#options.clock.monotonicMs();
  }

  #open(record: JournalRecord): void {
    const { sequence, signal, writtenMs } = record;
    const rows = lazily(() => this.#options.rowsOfRecord(record));
    const place = { sequence, signal, writtenMs };
    const begun = { next: undefined, isNextWanted: false, index: 0, missing: 0 };
    const source: Source = { record, place, rows, ...begun };
    const doneRows = this.#doneRowsOf(record);
    this.#draw(source);
    while (source.index < doneRows && source.next !== undefined) {
      source.index += 1;
      this.#draw(source);
    }
    this.#reached = sequence;
    this.#source = source;
  }

  #doneRowsOf({ sequence, rows }: JournalRecord): number {
    const start = this.#start;
    if (start === undefined || sequence > start.sequence) return 0;
    return sequence < start.sequence ? rows : start.row;
  }

  #woken(control: GatherControl): Promise<boolean> {
    const wake = this.#newWake();
    return new Promise((resolve) => {
      const done = (): void => {
        control.cancel.removeEventListener("abort", done);
        resolve(true);
      };
      wake.signal.addEventListener("abort", done);
      control.cancel.addEventListener("abort", done);
    });
  }

  #newWake(): AbortController {
    this.#wake = new AbortController();
    return this.#wake;
  }
}

function hasSkippedMost({ skipped }: Draft): boolean {
  return skipped.length >= SKIPPED_STRETCHES_MAX;
}

/** What making the rows throws, drawing the first of them throws. */
function* lazily<T>(make: () => Iterable<T>): Generator<T, void> {
  yield* make();
}
