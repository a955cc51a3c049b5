import { messageOf } from "#core/errors.ts";
import type { Clock } from "#core/clock.ts";
import type { Row } from "./delivery.ts";
import { RowSamples, sampledRow } from "../live/row-samples.ts";
import { RateWindow } from "./rate-window.ts";
import { signalOf } from "./row-facts.ts";

/** What became of an attempt. */
export type AttemptOutcome =
  | "delivered"
  | "partial"
  | "refused"
  | "retry_after"
  | "timeout"
  | "failed";
export const ATTEMPT_OUTCOMES: readonly AttemptOutcome[] = [
  "delivered",
  "partial",
  "refused",
  "retry_after",
  "timeout",
  "failed",
];

/** What one destination has done since it was created. Rows are counted once, attempts each. */
export class DeliveryStatistics {
  readonly createdMs: number;
  readonly attempts: Record<AttemptOutcome, number>;
  rowsIn = 0;
  rowsDelivered = 0;
  rowsDead = 0;
  /** Lost for good: the journal dropped them, or they could not be read. */
  rowsDropped = 0;
  lastProcessedMs: number | undefined;
  /** Rows as they were settled, while somebody asks. */
  readonly samples: RowSamples;
  lastError: { readonly timeMs: number; readonly message: string } | undefined;
  readonly #clock: Clock;
  readonly #isShown: (row: Row) => boolean;
  readonly #in: RateWindow;
  readonly #out: RateWindow;
  readonly #lost: RateWindow;

  /** @param isShown Whether a row may be sampled; every one when left out. */
  constructor(clock: Clock, isShown: (row: Row) => boolean = () => true) {
    this.#clock = clock;
    this.#isShown = isShown;
    this.createdMs = clock.nowMs();
    this.samples = new RowSamples(clock);
    this.attempts = { delivered: 0, partial: 0, refused: 0, retry_after: 0, timeout: 0, failed: 0 };
    this.#in = new RateWindow(clock);
    this.#out = new RateWindow(clock);
    this.#lost = new RateWindow(clock);
  }

  taken(rows: number): void {
    this.rowsIn += rows;
    this.#in.add(rows);
  }

  attempted(outcome: AttemptOutcome, error?: unknown): void {
    this.attempts[outcome] += 1;
    if (outcome === "delivered") return;
    const message = messageOf(error);
    this.lastError = { timeMs: this.#clock.nowMs(), message };
  }

  /** Rows are settled: those of `dead` as dead letters, the others delivered. */
  settled(org: string, rows: readonly Row[], dead: ReadonlySet<number>): void {
    this.rowsDelivered += rows.length - dead.size;
    this.rowsDead += dead.size;
    this.#out.add(rows.length - dead.size);
    this.#lost.add(dead.size);
    if (rows.length > dead.size) this.lastProcessedMs = this.#clock.nowMs();
    this.#sample(org, rows, dead);
  }

  dropped(rows: number): void {
    this.rowsDropped += rows;
    this.#lost.add(rows);
  }

  /** Rows a second over the last seconds. */
  rates(): { readonly in: number; readonly out: number; readonly dropped: number } {
    return {
      in: this.#in.perSecond(),
      out: this.#out.perSecond(),
      dropped: this.#lost.perSecond(),
    };
  }

  /** Those that are dead come first: they are few, and what people look for. */
  #sample(org: string, rows: readonly Row[], dead: ReadonlySet<number>): void {
    const room = this.samples.room();
    if (room === 0) return;
    const lives = rows.flatMap((_, place) => (dead.has(place) ? [] : [place]));
    const timeMs = this.#clock.nowMs();
    const shown = [...dead, ...lives].filter((place) => this.#isShown(rows[place]!));
    for (const place of shown.slice(0, room)) {
      const row = rows[place]!;
      const outcome = dead.has(place) ? "dead_letter" : "delivered";
      this.samples.add({ timeMs, org, signal: signalOf(row), outcome, after: sampledRow(row) });
    }
  }
}
