import type { Batch } from "#core/batch.ts";
import { keptRows } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { SearchNode, SearchSignal } from "#core/search/search-node.ts";
import type { RowWatch } from "../row-watch.ts";
import { liveRowJson } from "./live-row.ts";
import { BatchView } from "./search/batch-view.ts";
import { compileSearch } from "./search/compile-search.ts";
import type { RowTest, SearchedBatch } from "./search/row-test.ts";

/** A row that became durable, for those who listen. */
export class LiveRow {
  /** As {@link liveRowJson} makes it. */
  readonly json: string;
  /** Its place among all rows that anyone was told of since the process started. */
  readonly sequence: number;
  /** For those who send it: what one of them has made of it is the same for all. */
  encoded: Buffer | undefined;

  constructor(json: string, sequence: number) {
    this.json = json;
    this.sequence = sequence;
  }
}

/** What is looked for. */
export interface RowInterest {
  readonly org: string;
  readonly signals: readonly SearchSignal[];
  /** Every row, when undefined. */
  readonly search: SearchNode | undefined;
}

/** Who is told. Nothing here may throw, or take long: senders wait. */
export interface RowListener {
  /** Rows that became durable, in the order in which they did. */
  onRows(rows: readonly LiveRow[]): void;
  /** Rows that are not told of. `rate`: too many matched. `busy`: they were not looked at. */
  onMissed(rows: number, because: "rate" | "busy"): void;
}

interface Interest {
  readonly org: string;
  readonly tests: ReadonlyMap<Batch["signal"], RowTest>;
  readonly listener: RowListener;
  readonly room: RowRoom;
}

/** What was found in batches that are not durable yet. */
interface Found {
  readonly interest: Interest;
  readonly rows: PendingRow[];
  missed: number;
}

/** Shared by all who found the row, so that it is made once. */
interface PendingRow {
  /** Among all rows of the batches that were looked at together. */
  readonly place: number;
  readonly json: string;
  live: LiveRow | undefined;
}

/**
 * Rows as they become durable, for those who search among them. While nobody does, it costs one comparison
 * a group; else batches are looked at before they are encoded, for a bounded part of the time.
 */
export class LiveRows implements RowWatch {
  private newest = 0;
  private readonly clock: Clock;
  private readonly budget: LookBudget;
  private readonly onError: (error: unknown) => void;
  private readonly interests = new Set<Interest>();

  /**
   * @param onError told when a search fails; the rows are durable all the same.
   * @param workedMs milliseconds that this thread has worked, by which looking is bounded; the clock's when left out.
   */
  constructor(
    clock: Clock,
    onError: (error: unknown) => void,
    workedMs: () => number = () => clock.monotonicMs(),
  ) {
    this.clock = clock;
    this.budget = new LookBudget(clock, workedMs);
    this.onError = onError;
  }

  /** Of the newest row that anyone was told of, or of what came behind it by {@link takeSequence}. */
  get sequence(): number {
    return this.newest;
  }

  /** Takes a place behind all rows that anyone was told of. Not to be called while rows are told. */
  takeSequence(): number {
    return ++this.newest;
  }

  /** Tells the listener of rows from now on, until what it returns is called. */
  listen({ org, signals, search }: RowInterest, listener: RowListener): () => void {
    const tests = signals.map((signal) => [signal, compileSearch(search, signal)] as const);
    const interest = { org, tests: new Map(tests), listener, room: new RowRoom(this.clock) };
    this.interests.add(interest);
    // No row from before has that of the beginning.
    this.takeSequence();
    return () => void this.interests.delete(interest);
  }

  look(batches: readonly Batch[], org: string): (() => void) | undefined {
    if (this.interests.size === 0) return undefined;
    const interested = [...this.interests].filter((one) => one.org === org);
    if (interested.length === 0) return undefined;
    try {
      const found = this.search(batches, interested);
      return found.length === 0 ? undefined : () => this.tell(found);
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }

  private search(batches: readonly Batch[], interested: readonly Interest[]): Found[] {
    const all = interested.map((interest): Found => ({ interest, rows: [], missed: 0 }));
    let first = 0;
    for (const batch of batches) {
      if (batch.signal === "metrics") continue;
      const view = new BatchView();
      const rows = new PendingRows(batch, first);
      first += batch.rows;
      for (const found of all) {
        const test = found.interest.tests.get(batch.signal);
        if (test === undefined) continue;
        const startedMs = this.budget.begin();
        if (startedMs === undefined) {
          found.interest.listener.onMissed(keptRows(batch), "busy");
          continue;
        }
        searchBatch(batch, view, test, found, rows);
        this.budget.end(startedMs);
      }
    }
    return all.filter(({ rows, missed }) => rows.length > 0 || missed > 0);
  }

  private tell(found: readonly Found[]): void {
    this.number(found);
    for (const { interest, rows, missed } of found) {
      // Who has left meanwhile is told nothing.
      if (!this.interests.has(interest)) continue;
      const told = rows.flatMap(({ live }) => live ?? []);
      try {
        if (told.length > 0) interest.listener.onRows(told);
        if (missed > 0) interest.listener.onMissed(missed, "rate");
      } catch (error) {
        this.onError(error);
      }
    }
  }

  /** In the order of the rows and not of who is told first: whoever comes back goes on behind a number. */
  private number(found: readonly Found[]): void {
    const rows = [...new Set(found.flatMap((one) => one.rows))];
    for (const row of rows.toSorted((a, b) => a.place - b.place))
      row.live = new LiveRow(row.json, ++this.newest);
  }
}

/** The rows of a batch that somebody found. */
class PendingRows {
  private readonly batch: SearchedBatch;
  private readonly first: number;
  private readonly found = new Map<number, PendingRow>();

  /** @param first the place of its first row. */
  constructor(batch: SearchedBatch, first: number) {
    this.batch = batch;
    this.first = first;
  }

  at(row: number): PendingRow {
    let pending = this.found.get(row);
    if (pending === undefined) {
      pending = { place: this.first + row, json: liveRowJson(this.batch, row), live: undefined };
      this.found.set(row, pending);
    }
    return pending;
  }
}

/** Adds what a search finds in a batch, as far as there is room for it; the rest is counted. */
function searchBatch(
  batch: SearchedBatch,
  view: BatchView,
  test: RowTest,
  found: Found,
  rows: PendingRows,
): void {
  const verdict = test.bind(batch, view);
  if (verdict === "none") return;
  const { room } = found.interest;
  const { selection } = batch;
  let isFull = false;
  for (let row = 0; row < batch.rows; row++) {
    if (!selection.has(row) || (verdict === "some" && !test.matches(row))) continue;
    isFull ||= !room.take();
    if (isFull) {
      found.missed++;
      continue;
    }
    found.rows.push(rows.at(row));
  }
}

const SECOND_MS = 1_000;

/** How many more rows one search may have: a second's worth at once, and then as they come in evenly. */
class RowRoom {
  private readonly clock: Clock;
  private rows: number = LIVE_LIMITS.rowsPerSecondMax;
  private atMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.atMs = clock.monotonicMs();
  }

  take(): boolean {
    if (this.rows < 1) this.refill();
    if (this.rows < 1) return false;
    this.rows--;
    return true;
  }

  private refill(): void {
    const nowMs = this.clock.monotonicMs();
    const gained = ((nowMs - this.atMs) / SECOND_MS) * LIVE_LIMITS.rowsPerSecondMax;
    this.rows = Math.min(LIVE_LIMITS.rowsPerSecondMax, this.rows + gained);
    this.atMs = nowMs;
  }
}

/** Bounds the part of the time that looking takes: a little of it may be saved up, for a large batch. */
class LookBudget {
  private readonly clock: Clock;
  private readonly workedMs: () => number;
  private leftMs: number = SAVED_MS_MAX;
  private atMs: number;

  constructor(clock: Clock, workedMs: () => number) {
    this.clock = clock;
    this.workedMs = workedMs;
    this.atMs = clock.monotonicMs();
  }

  /** When looking begins; undefined while there is no time left for it. */
  begin(): number | undefined {
    const nowMs = this.clock.monotonicMs();
    const gained = (nowMs - this.atMs) * LIVE_LIMITS.lookShareMax;
    this.leftMs = Math.min(SAVED_MS_MAX, this.leftMs + gained);
    this.atMs = nowMs;
    return this.leftMs > 0 ? this.workedMs() : undefined;
  }

  end(startedMs: number): void {
    this.leftMs -= this.workedMs() - startedMs;
  }
}

/** Of the work that was not needed so far, so much may be done at once. */
const SAVED_MS_MAX = 150;
