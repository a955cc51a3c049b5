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

/** Rows a second: those it was to look at, took, will never take, and was not to be given. */
export interface DeliveryRates {
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
  readonly skipped: number;
}

/** What one destination has done since it was created. Rows are counted once, attempts each. */
export class DeliveryStatistics {
  readonly createdMs: number;
  readonly attempts: Record<AttemptOutcome, number>;
  rowsDead = 0;
  /** Lost for good: the journal dropped them, or they could not be read. */
  rowsDropped = 0;
  lastProcessedMs: number | undefined;
  /** Rows as they were settled, while somebody asks. */
  readonly samples: RowSamples;
  lastError: { readonly timeMs: number; readonly message: string } | undefined;
  readonly #clock: Clock;
  readonly #in: RateWindow;
  readonly #out: RateWindow;
  readonly #lost: RateWindow;
  readonly #skipped: RateWindow;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.createdMs = clock.nowMs();
    this.samples = new RowSamples(clock);
    this.attempts = { delivered: 0, partial: 0, refused: 0, retry_after: 0, timeout: 0, failed: 0 };
    this.#in = new RateWindow(clock);
    this.#out = new RateWindow(clock);
    this.#lost = new RateWindow(clock);
    this.#skipped = new RateWindow(clock);
  }

  get rowsIn(): number {
    return this.#in.total;
  }

  /** Of those in: not for this destination, as its condition says. */
  get rowsSkipped(): number {
    return this.#skipped.total;
  }

  get rowsDelivered(): number {
    return this.#out.total;
  }

  /** Rows are to be sent, and others were skipped on the way to them. */
  taken(rows: number, skipped: number): void {
    this.#in.add(rows + skipped);
    this.#skipped.add(skipped);
  }

  attempted(outcome: AttemptOutcome, error?: unknown): void {
    this.attempts[outcome] += 1;
    if (outcome === "delivered") return;
    const message = messageOf(error);
    this.lastError = { timeMs: this.#clock.nowMs(), message };
  }

  /** Rows are settled: those of `dead` as dead letters, the others delivered. */
  settled(org: string, rows: readonly Row[], dead: ReadonlySet<number>): void {
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
  rates(): DeliveryRates {
    return {
      in: this.#in.perSecond(),
      out: this.#out.perSecond(),
      dropped: this.#lost.perSecond(),
      skipped: this.#skipped.perSecond(),
    };
  }

  /** Those that are dead come first: they are few, and what people look for. */
  #sample(org: string, rows: readonly Row[], dead: ReadonlySet<number>): void {
    const room = this.samples.room();
    if (room === 0) return;
    const lives = rows.flatMap((_, place) => (dead.has(place) ? [] : [place]));
    const timeMs = this.#clock.nowMs();
    for (const place of [...dead, ...lives].slice(0, room)) {
      const row = rows[place]!;
      const outcome = dead.has(place) ? "dead_letter" : "delivered";
      this.samples.add({ timeMs, org, signal: signalOf(row), outcome, after: sampledRow(row) });
    }
  }
}
