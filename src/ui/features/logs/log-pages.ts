import type { LogHistogramAnswer, LogsAnswer, StoredLogRecord } from "#api/contract/logs.ts";
import type { LogIndex, PlacedStretch, Stretch } from "./log-index.ts";

/** What a list is read by. Each rejects when `cancel` is aborted. */
export interface LogQuestions {
  rows(
    stretch: Stretch,
    page: { limit: number; cursor: string | undefined },
    cancel: AbortSignal,
  ): Promise<LogsAnswer>;
  counts(stretch: Stretch, steps: number, cancel: AbortSignal): Promise<LogHistogramAnswer>;
}

/** A stretch with no more rows than this is read as one page. */
const PAGE_ROWS_MAX = 400;
/** What a stretch is cut into has about so many rows. */
const PAGE_ROWS_AIM = 200;
/** The most that one request brings. */
const REQUEST_ROWS_MAX = 1_000;
/** Rows of one nanosecond, which cannot be told apart by time; the rest is not shown. */
const MOMENT_ROWS_MAX = 5_000;
const STEPS_MAX = 500;
/** Pages that are kept; the one that was shown longest ago goes first. */
const PAGES_MAX = 40;
const REQUESTS_AT_ONCE_MAX = 2;
const ATTEMPTS_MAX = 3;

interface Loading {
  readonly stretch: Stretch;
  readonly cancel: AbortController;
}

/**
 * The rows of a long list, read as they are looked at: the pages of what is in view are asked for, those that
 * have been scrolled past are left, and few are kept.
 */
export class LogPages {
  private readonly index: LogIndex;
  private readonly questions: LogQuestions;
  private readonly onChange: (failure?: unknown) => void;
  private readonly pages = new Map<string, readonly StoredLogRecord[]>();
  private readonly loading = new Map<string, Loading>();
  private readonly attempts = new Map<string, number>();
  private window = { first: 0, end: 0 };

  /** @param onChange is told of each page that came, or of why none does. */
  constructor(index: LogIndex, questions: LogQuestions, onChange: (failure?: unknown) => void) {
    this.index = index;
    this.questions = questions;
    this.onChange = onChange;
  }

  get total(): number {
    return this.index.total;
  }

  /** The row of this number, the newest being 0; undefined while it is not there. */
  row(number: number): StoredLogRecord | undefined {
    const stretch = this.index.at(number);
    if (stretch === undefined) return undefined;
    const key = keyOf(stretch);
    const page = this.pages.get(key);
    if (page === undefined) return undefined;
    // What was looked at last is kept longest.
    this.pages.delete(key);
    this.pages.set(key, page);
    return page[number - stretch.first];
  }

  /** The number of a row with this id among those that are there; undefined where it is not. */
  find(id: string): number | undefined {
    const timeNs = /^\d{1,19}/.exec(id)?.[0];
    if (timeNs === undefined) return undefined;
    const near = this.index.at(this.index.rowAt(BigInt(timeNs)));
    if (near === undefined) return undefined;
    const at = this.pages.get(keyOf(near))?.findIndex((row) => row.id === id) ?? -1;
    return at === -1 ? undefined : near.first + at;
  }

  /** Every row that is there, the newest first, up to a number of them. */
  loaded(max: number): StoredLogRecord[] {
    const rows: StoredLogRecord[] = [];
    for (let number = 0; number < this.total && rows.length < max;) {
      const stretch = this.index.at(number)!;
      rows.push(...(this.pages.get(keyOf(stretch)) ?? []));
      number = stretch.first + stretch.count;
    }
    return rows.slice(0, max);
  }

  /** Says which rows are in view: they are asked for, and what else was is left. */
  show(first: number, end: number): void {
    this.window = { first, end };
    const wanted = this.wanted();
    for (const [key, { stretch, cancel }] of this.loading)
      if (!wanted.some((one) => overlap(one, stretch))) {
        cancel.abort();
        this.loading.delete(key);
      }
    this.load(wanted);
  }

  /** Leaves what is being asked for; a later {@link show} asks anew. */
  close(): void {
    for (const { cancel } of this.loading.values()) cancel.abort();
    this.loading.clear();
  }

  /** Tries again what had failed. */
  retry(): void {
    this.attempts.clear();
    this.load(this.wanted());
  }

  /** The stretches of the rows in view that are not there. */
  private wanted(): PlacedStretch[] {
    const found: PlacedStretch[] = [];
    for (let number = this.window.first; number < this.window.end;) {
      const stretch = this.index.at(number);
      if (stretch === undefined) break;
      if (!this.pages.has(keyOf(stretch))) found.push(stretch);
      number = stretch.first + stretch.count;
    }
    return found;
  }

  private load(wanted: readonly PlacedStretch[]): void {
    for (const stretch of wanted) {
      const key = keyOf(stretch);
      if (this.loading.size >= REQUESTS_AT_ONCE_MAX) return;
      if (this.loading.has(key) || (this.attempts.get(key) ?? 0) >= ATTEMPTS_MAX) continue;
      const cancel = new AbortController();
      this.loading.set(key, { stretch, cancel });
      void this.answer(stretch, key, cancel.signal);
    }
  }

  private async answer(stretch: PlacedStretch, key: string, cancel: AbortSignal): Promise<void> {
    let failure: unknown;
    try {
      if (isTooLong(stretch)) await this.divide(stretch, cancel);
      else await this.read(stretch, key, cancel);
      this.attempts.delete(key);
    } catch (error) {
      if (cancel.aborted) return;
      failure = error;
      this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1);
    }
    if (cancel.aborted) return;
    this.loading.delete(key);
    this.onChange(failure);
    this.load(this.wanted());
  }

  private async divide(stretch: PlacedStretch, cancel: AbortSignal): Promise<void> {
    const steps = Math.min(STEPS_MAX, Math.ceil(stretch.count / PAGE_ROWS_AIM) + 1);
    const counts = await this.questions.counts(stretch, steps, cancel);
    if (!cancel.aborted) this.index.split(stretch, counts);
  }

  private async read(stretch: PlacedStretch, key: string, cancel: AbortSignal): Promise<void> {
    const rows: StoredLogRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.questions.rows(stretch, { limit: REQUEST_ROWS_MAX, cursor }, cancel);
      rows.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && rows.length < MOMENT_ROWS_MAX);
    if (cancel.aborted) return;
    this.pages.set(key, rows);
    this.index.correct(stretch, rows.length);
    while (this.pages.size > PAGES_MAX) this.pages.delete(this.pages.keys().next().value!);
  }
}

/** Whether a stretch is to be cut before it is read; one of a nanosecond cannot be. */
function isTooLong({ count, fromNs, toNs }: Stretch): boolean {
  return count > PAGE_ROWS_MAX && toNs > fromNs;
}

/** Stays the same when the count is corrected. */
function keyOf({ fromNs, toNs }: Stretch): string {
  return `${fromNs}-${toNs}`;
}

function overlap(a: Stretch, b: Stretch): boolean {
  return a.fromNs <= b.toNs && b.fromNs <= a.toNs;
}
