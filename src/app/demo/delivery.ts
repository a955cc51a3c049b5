import type { Clock } from "#core/clock.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import type { Answer, Transport } from "./transport.ts";

/** Requests under way at once. */
export const IN_FLIGHT_MAX = 8;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
/** How long one request is tried. */
const GIVE_UP_AFTER_MS = 300_000;

export type RowCounts = Record<Signal, number>;

/** What became of the rows, exact at every moment. */
export interface DeliveryCounts {
  readonly acknowledged: RowCounts;
  /** Refused by the server for good, or left out by it (partial success). */
  readonly refused: RowCounts;
  /** Given up after many attempts, or because of the stop. */
  readonly givenUp: RowCounts;
  attempts: number;
  retries: number;
  lastError: string;
}

export interface DeliveryOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly inFlightMax?: number;
}

/**
 * Delivers export requests, several at once: those that the server cannot take now are tried again
 * after the time that it asks for, or with growing pauses.
 */
export class Delivery {
  readonly counts: DeliveryCounts = {
    acknowledged: noRows(),
    refused: noRows(),
    givenUp: noRows(),
    attempts: 0,
    retries: 0,
    lastError: "",
  };
  private readonly options: Required<DeliveryOptions>;
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(options: DeliveryOptions) {
    this.options = { inFlightMax: IN_FLIGHT_MAX, ...options };
  }

  /** Takes the request over; resolves as soon as there is room for another one. */
  async push(signal: Signal, rows: number, gzipped: Uint8Array): Promise<void> {
    const delivered = this.deliver(signal, rows, gzipped);
    this.underWay.add(delivered);
    void delivered.finally(() => this.underWay.delete(delivered));
    while (this.underWay.size >= this.options.inFlightMax) await Promise.race(this.underWay);
  }

  /** Resolves when every request that was pushed is acknowledged, refused or given up. */
  async drain(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** From now on nothing is tried again; requests that are on the wire still get their answer. */
  stopRetrying(): void {
    this.stopping.abort();
  }

  /** Never rejects. */
  private async deliver(signal: Signal, rows: number, gzipped: Uint8Array): Promise<void> {
    const { transport, clock } = this.options;
    const beganMs = clock.monotonicMs();
    for (let attempt = 1; ; attempt++) {
      this.counts.attempts++;
      const answer = await transport.send(signal, gzipped);
      if (answer.message !== "") this.counts.lastError = answer.message;
      if (answer.outcome !== "retry") {
        this.count(signal, rows, answer);
        return;
      }
      const late = clock.monotonicMs() - beganMs > GIVE_UP_AFTER_MS;
      if (late || !(await this.pause(attempt, answer.retryAfterMs))) {
        this.counts.givenUp[signal] += rows;
        return;
      }
      this.counts.retries++;
    }
  }

  private count(signal: Signal, rows: number, { outcome, rejected }: Answer): void {
    const accepted = outcome === "accepted" ? rows - rejected : 0;
    this.counts.acknowledged[signal] += accepted;
    this.counts.refused[signal] += rows - accepted;
  }

  /** False when the delivery was stopped meanwhile. */
  private pause(attempt: number, askedMs: number | undefined): Promise<boolean> {
    const { clock, random } = this.options;
    const grownMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (attempt - 1));
    // A little more than asked for, so that not all come back in the same moment.
    const waitMs = (askedMs ?? grownMs) + grownMs * random() * 0.5;
    const { signal } = this.stopping;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const stop = (): void => {
        timer.cancel();
        resolve(false);
      };
      const timer = clock.setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve(true);
      }, waitMs);
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}

export function noRows(): RowCounts {
  return { traces: 0, logs: 0, metrics: 0 };
}

export function totalRows(counts: RowCounts): number {
  return SIGNALS.reduce((sum, signal) => sum + counts[signal], 0);
}
