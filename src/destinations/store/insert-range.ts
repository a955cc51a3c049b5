import type { Clock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { type BlockTable, BLOCK_COLUMNS } from "#core/native/block-columns.ts";
import type { JournalConsumer } from "#pipeline/journal/journal.ts";
import { NO_ROWS, type RowCounts } from "#pipeline/journal/row-counts.ts";
import type { BlockWriter } from "#store/block-writer.ts";
import type { BlockLetters } from "./block-letters.ts";
import { type Gathered, InsertFiles, type UnreadableRecord } from "./insert-files.ts";
import type { Plan, PlanFolder } from "./plan.ts";
import type { SpareFiles } from "./spare-files.ts";

/** What the store destination tells of its inserts, for metrics and the log. */
export interface InsertEvents {
  /** One insert succeeded; `attempts` is 1 without retries. */
  inserted(event: {
    table: BlockTable;
    rows: number;
    bytes: number;
    durationMs: number;
    attempts: number;
  }): void;
  /** An attempt failed and will be made again. */
  retrying(event: { table: BlockTable; attempt: number; error: unknown }): void;
  /** Rows were given up; `file` holds their block. */
  deadLetter(event: { table: BlockTable; rows: number; file: string; error: unknown }): void;
  /** A record is left out, and its rows are counted as dropped. */
  unreadable(record: UnreadableRecord): void;
}

export interface PlanInserterOptions {
  readonly consumer: JournalConsumer;
  readonly writer: BlockWriter;
  readonly plans: PlanFolder;
  readonly pipeline: string;
  readonly spares: SpareFiles;
  readonly deadLetters: BlockLetters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: InsertEvents;
  readonly limits: { readonly retryMsMin: number; readonly retryMsMax: number };
}

/** Tables whose rows are what senders sent; the others only describe or count them. */
const SIGNAL_OF_TABLE: Partial<Record<BlockTable, keyof RowCounts>> = {
  spans: "traces",
  logs: "logs",
  points: "metrics",
  histograms: "metrics",
};

/**
 * Carries out plans: inserts each table in order, tries again for as long as it takes what can
 * succeed, and cuts in two what cannot until the record at fault stands alone. That is kept as a dead letter.
 */
export class PlanInserter {
  private readonly options: PlanInserterOptions;

  constructor(options: PlanInserterOptions) {
    this.options = options;
  }

  /** Resolves when all of the plan is stored or given up; rejects only when `cancel` is aborted. */
  async insert({ plan, inserts }: Gathered, cancel: AbortSignal): Promise<void> {
    for (const { insert, path } of inserts) {
      await this.insertRange(plan, plan.from, plan.to, { ...insert, path }, cancel);
    }
  }

  private async insertRange(
    plan: Plan,
    from: number,
    to: number,
    insert: {
      table: BlockTable;
      day: number;
      rows: number;
      bytes: number;
      token: string;
      path: string;
    },
    cancel: AbortSignal,
  ): Promise<void> {
    if (plan.dead.some(({ token }) => token === insert.token)) return;
    if (!plan.split.includes(insert.token)) {
      const failure = await this.attempt(insert, cancel);
      if (failure === undefined) return;
      if (from === to) {
        await this.giveUp(plan, insert, failure);
        return;
      }
      plan.split.push(insert.token);
      await this.options.plans.write(plan);
    }
    const middle = from + Math.floor((to - from) / 2);
    await this.insertHalf(plan, from, middle, insert, cancel);
    await this.insertHalf(plan, middle + 1, to, insert, cancel);
  }

  private async insertHalf(
    plan: Plan,
    from: number,
    to: number,
    { table, day }: { table: BlockTable; day: number },
    cancel: AbortSignal,
  ): Promise<void> {
    const { consumer, spares, pipeline } = this.options;
    const files = new InsertFiles({
      spares,
      pipeline,
      only: { table, day },
      range: { from, to },
      // It was told of when the whole range was gathered.
      onUnreadable: () => {},
    });
    for await (const record of consumer.read(from, to)) await files.add(record);
    const half = await files.close();
    try {
      for (const { insert, path } of half.inserts) {
        await this.insertRange(plan, from, to, { ...insert, path }, cancel);
      }
    } finally {
      await half.discard();
    }
  }

  /** Tries until it succeeds (undefined) or can never succeed (the error). */
  private async attempt(
    insert: { table: BlockTable; rows: number; bytes: number; token: string; path: string },
    cancel: AbortSignal,
  ): Promise<PermanentError | undefined> {
    const { writer, clock, events, random, limits } = this.options;
    const { table, rows, bytes, token, path } = insert;
    for (let attempt = 1; ; attempt++) {
      cancel.throwIfAborted();
      const beganMs = clock.monotonicMs();
      try {
        await writer.insert({ table, rows, token, path, columns: BLOCK_COLUMNS[table] });
        events.inserted({
          table,
          rows,
          bytes,
          durationMs: clock.monotonicMs() - beganMs,
          attempts: attempt,
        });
        return undefined;
      } catch (error) {
        if (error instanceof PermanentError) return error;
        events.retrying({ table, attempt, error });
        const waitMs = Math.min(limits.retryMsMax, limits.retryMsMin * 2 ** (attempt - 1));
        await pause(clock, waitMs * (0.5 + random() / 2), cancel);
      }
    }
  }

  private async giveUp(
    plan: Plan,
    insert: { table: BlockTable; rows: number; token: string; path: string },
    error: PermanentError,
  ): Promise<void> {
    const { deadLetters, events, plans } = this.options;
    const { table, rows: count, token, path } = insert;
    const reason = error.message;
    const file = await deadLetters.keep({ token, table, rows: count, path, reason });
    const signal = SIGNAL_OF_TABLE[insert.table];
    const rows = signal === undefined ? NO_ROWS : { ...NO_ROWS, [signal]: insert.rows };
    plan.dead.push({ token: insert.token, rows });
    await plans.write(plan);
    events.deadLetter({ table: insert.table, rows: insert.rows, file, error });
  }
}

/** Waits, unless `cancel` is aborted first: then it rejects. */
function pause(clock: Clock, ms: number, cancel: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timer.cancel();
      reject(cancel.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      cancel.removeEventListener("abort", abort);
      resolve();
    }, ms);
    cancel.addEventListener("abort", abort, { once: true });
  });
}
