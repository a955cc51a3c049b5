import type { Clock } from "#core/clock.ts";
import { messageOf, PermanentError } from "#core/errors.ts";
import type { Destination } from "../component.ts";
import { attempt, AttemptTimeoutError } from "./attempt.ts";
import { backoffMs } from "./backoff.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import type { DeliverySettings } from "./delivery-settings.ts";
import type { DeliveryStatistics } from "./delivery-statistics.ts";
import { pause } from "./pause.ts";
import type { Portion } from "./portion.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How it ended with a portion. */
export type SendOutcome =
  /** All rows are settled: those of `dead` will never be taken, each with the reason. */
  | { readonly kind: "settled"; readonly dead: ReadonlyMap<number, string> }
  /** The rows cannot be taken together. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "stopped" };

/** An attempt that ended by itself: not because of a stop. */
export interface EndedAttempt {
  readonly durationMs: number;
  /** Rows that were taken. */
  readonly taken: number;
  /** Undefined when all of them were. */
  readonly error: unknown;
}

export interface PortionSenderOptions {
  readonly destination: Destination;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly breaker: CircuitBreaker;
  readonly statistics: DeliveryStatistics;
  /** Whether waiting is over: what is not settled at the next try stays for the next start. */
  readonly isDraining: () => boolean;
  readonly cancel: AbortSignal;
  readonly onAttempt: (attempt: EndedAttempt) => void;
}

/** A look at the breaker or the rate at least this often: what others do may end the wait early. */
const WAIT_MS_MAX = 1_000;
/** What the reason of a row begins with which might be taken yet, but was tried often enough. */
export const GIVEN_UP = "given up after";
const STOPPED: SendOutcome = { kind: "stopped" };

/** Sends a portion until it is settled: with retries, within the rates, past a breaker. */
export class PortionSender {
  readonly #options: PortionSenderOptions;
  readonly #sends: TokenBucket | undefined;
  readonly #rows: TokenBucket | undefined;

  constructor(options: PortionSenderOptions) {
    const { settings, clock } = options;
    this.#options = options;
    if (settings.sendsPerSecond !== undefined)
      this.#sends = new TokenBucket(settings.sendsPerSecond, clock);
    if (settings.rowsPerSecond !== undefined)
      this.#rows = new TokenBucket(settings.rowsPerSecond, clock);
  }

  /** @param prefix What every key starts with. */
  async send(whole: Portion, prefix: string): Promise<SendOutcome> {
    const dead = new Map<number, string>();
    const all = whole.rows.map((_, place) => place);
    // Lists of places that are still to be sent. Only what a partial delivery left is cut here: the
    // whole is cut by the caller, who makes that durable.
    const queue = [all];
    for (let places = queue.shift(); places !== undefined; places = queue.shift()) {
      const outcome = await this.#settle(whole, places, prefix, dead);
      if (outcome === "stopped") return STOPPED;
      if (outcome === "settled") continue;
      const { left, reason } = outcome;
      if (left.length === all.length) return { kind: "refused", reason };
      const middle = left.length >>> 1;
      if (left.length === 1) dead.set(left[0]!, reason);
      else queue.unshift(left.slice(0, middle), left.slice(middle));
    }
    return { kind: "settled", dead };
  }

  /** Sends some rows of a portion until they are delivered, dead or refused together. */
  async #settle(
    whole: Portion,
    all: readonly number[],
    prefix: string,
    dead: Map<number, string>,
  ): Promise<"stopped" | "settled" | { left: readonly number[]; reason: string }> {
    let places = all;
    for (let tries = 1; ; tries += 1) {
      if (!(await this.#admitted(places.length))) return "stopped";
      const portion = places.length === whole.rows.length ? whole : whole.only(places);
      const error = await this.#attempt(portion, prefix, tries);
      if (error === undefined) return "settled";
      if (this.#options.cancel.aborted) return "stopped";
      if (error instanceof PermanentError) {
        const reason = error.message;
        if (!(error instanceof EndpointRefusedError)) return { left: places, reason };
        for (const place of places) dead.set(place, reason);
        return "settled";
      }
      if (error instanceof PartialDeliveryError) {
        const left = leftOf(places, error, dead);
        if (left.length === 0) return "settled";
        // What was refused is no matter of retries: it is cut, as a whole that is refused would be.
        if (isRefusal(error.cause)) return { left, reason: error.cause.message };
        if (left.length < places.length) tries = 1;
        places = left;
      }
      if (tries > (this.#options.settings.maxRetries ?? Number.POSITIVE_INFINITY)) {
        const reason = `${GIVEN_UP} ${tries} attempts: ${messageOf(error)}`;
        for (const place of places) dead.set(place, reason);
        return "settled";
      }
      if (!(await this.#waited(this.#waitMs(error, tries)))) return "stopped";
    }
  }

  /** The error of an attempt; undefined when all was taken. */
  async #attempt(portion: Portion, prefix: string, number: number): Promise<unknown> {
    const { destination, clock, cancel, settings, breaker, statistics } = this.#options;
    const { org, rows } = portion;
    const startMs = clock.monotonicMs();
    let error: unknown;
    try {
      const key = portion.key(prefix);
      const rowKey = (index: number): string => portion.rowKey(prefix, index);
      const delivery = { org, rows, key, rowKey, attempt: number };
      await attempt(destination, delivery, { clock, msMax: settings.attemptTimeout, cancel });
    } catch (thrown) {
      error = thrown ?? new Error("failed without an error");
    }
    if (error !== undefined && cancel.aborted) {
      breaker.abandoned();
      return error;
    }
    if (error === undefined) breaker.succeeded();
    else this.#judge(error);
    statistics.attempted(outcomeOf(error), error);
    const taken = rows.length - notTaken(rows.length, error);
    this.#options.onAttempt({ durationMs: clock.monotonicMs() - startMs, taken, error });
    return error;
  }

  /** Whoever refuses rows is well, and so is who asks to wait; anything else tells against it. */
  #judge(error: unknown): void {
    const { breaker } = this.#options;
    if (isRefusal(error) || error instanceof PartialDeliveryError) breaker.succeeded();
    else if (error instanceof RetryAfterError) breaker.abandoned();
    else breaker.failed();
  }

  /** As long as the other side asks for, and never less than the backoff: it may ask for no time at all. */
  #waitMs(error: unknown, retry: number): number {
    const { settings, random } = this.#options;
    const asked = Math.min(settings.retryAfterMax, retryAfterOf(error) ?? 0);
    return Math.max(asked, backoffMs(retry, settings, random));
  }

  /** Waits until the breaker and the rates let an attempt through; false when it is time to stop. */
  async #admitted(rows: number): Promise<boolean> {
    const { breaker, cancel, clock } = this.#options;
    for (;;) {
      if (cancel.aborted) return false;
      const waitMs = Math.max(this.#sends?.waitMs(1) ?? 0, this.#rows?.waitMs(rows) ?? 0);
      const breakerMs = waitMs > 0 ? 0 : breaker.admit();
      if (waitMs === 0 && breakerMs === 0) break;
      if (breakerMs > 0 && this.#options.isDraining()) return false;
      await pause(clock, Math.min(WAIT_MS_MAX, Math.max(waitMs, breakerMs)), cancel);
    }
    this.#sends?.take(1);
    this.#rows?.take(rows);
    return true;
  }

  /** Waits; false when it is time to stop. */
  async #waited(ms: number): Promise<boolean> {
    const { cancel, clock } = this.#options;
    const dueMs = clock.monotonicMs() + ms;
    for (;;) {
      if (cancel.aborted || this.#options.isDraining()) return false;
      const restMs = dueMs - clock.monotonicMs();
      if (restMs <= 0) return true;
      await pause(clock, Math.min(WAIT_MS_MAX, restMs), cancel);
    }
  }
}

/** The places to be sent again after a partial delivery; what was refused is dead. */
function leftOf(
  places: readonly number[],
  error: PartialDeliveryError,
  dead: Map<number, string>,
): readonly number[] {
  const refused = error.refused.filter(({ index }) => places[index] !== undefined);
  for (const { index, reason } of refused) dead.set(places[index]!, reason);
  // In the rows' order, and each once: what a destination names need not be so.
  const again = new Set(error.again);
  return places.filter((place, index) => again.has(index) && !dead.has(place));
}

/** How many of an attempt's rows the other side did not take. */
function notTaken(rows: number, error: unknown): number {
  if (error === undefined) return 0;
  if (!(error instanceof PartialDeliveryError)) return rows;
  const refused = error.refused.map(({ index }) => index);
  return new Set([...error.again, ...refused].filter((index) => index >= 0 && index < rows)).size;
}

function outcomeOf(error: unknown): Parameters<DeliveryStatistics["attempted"]>[0] {
  if (error === undefined) return "delivered";
  if (error instanceof PartialDeliveryError) return "partial";
  if (error instanceof PermanentError) return "refused";
  if (error instanceof RetryAfterError) return "retry_after";
  return error instanceof AttemptTimeoutError ? "timeout" : "failed";
}

/** Whether rows were refused for what they are. */
function isRefusal(error: unknown): error is PermanentError {
  return error instanceof PermanentError && !(error instanceof EndpointRefusedError);
}

/** A partial delivery may have ended with a request to wait. */
function retryAfterOf(error: unknown): number | undefined {
  if (error instanceof RetryAfterError) return error.afterMs;
  return error instanceof Error && error.cause instanceof RetryAfterError
    ? error.cause.afterMs
    : undefined;
}
