import type { Clock } from "#core/clock.ts";
import type { Row } from "./delivery.ts";
import { RateWindow } from "./rate-window.ts";

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

/** A row as it went by, for the live view. */
export interface SampledRow {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly org: string;
  readonly row: Row;
  readonly outcome: "delivered" | "dead_letter";
}

/** One row of each outcome is sampled in this time, and this many are kept. */
const SAMPLE_MS = 1_000;
const SAMPLES_MAX = 64;

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
  lastError: { readonly timeMs: number; readonly message: string } | undefined;
  readonly #clock: Clock;
  readonly #in: RateWindow;
  readonly #out: RateWindow;
  readonly #lost: RateWindow;
  readonly #samples: SampledRow[] = [];
  readonly #sampledMs = { delivered: -SAMPLE_MS, dead_letter: -SAMPLE_MS };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.createdMs = clock.nowMs();
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
    const message = error instanceof Error ? error.message : String(error);
    this.lastError = { timeMs: this.#clock.nowMs(), message };
  }

  /** Rows are settled: those of `dead` as dead letters, the others delivered. */
  settled(org: string, rows: readonly Row[], dead: ReadonlySet<number>): void {
    this.rowsDelivered += rows.length - dead.size;
    this.rowsDead += dead.size;
    this.#out.add(rows.length - dead.size);
    this.#lost.add(dead.size);
    if (rows.length > dead.size) this.lastProcessedMs = this.#clock.nowMs();
    this.#sample(org, rows, dead, "delivered");
    this.#sample(org, rows, dead, "dead_letter");
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

  /** From the oldest to the newest. */
  samples(): readonly SampledRow[] {
    return [...this.#samples];
  }

  #sample(
    org: string,
    rows: readonly Row[],
    dead: ReadonlySet<number>,
    outcome: SampledRow["outcome"],
  ): void {
    if (this.#clock.monotonicMs() - this.#sampledMs[outcome] < SAMPLE_MS) return;
    const row = rows.find((_, place) => dead.has(place) === (outcome === "dead_letter"));
    if (row === undefined) return;
    this.#sampledMs[outcome] = this.#clock.monotonicMs();
    this.#samples.push({ timeMs: this.#clock.nowMs(), org, row, outcome });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
  }
}
