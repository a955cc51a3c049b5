import type { Clock } from "#core/clock.ts";
import { EndpointRefusedError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { pause } from "#pipeline/delivery/pause.ts";
import { acknowledgedOf, errorOf } from "./answers.ts";
import type { Collector } from "./collector.ts";
import type { Fates } from "./fates.ts";

/** From one question to the next, twice as long each time. */
const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 8_000;
/** How long one attempt asks, which is less than an attempt may take; the next one goes on asking. */
const ATTEMPT_MS_MAX = 30_000;
const AGAIN_MS = 1_000;
/** Deliveries of which acknowledgements are waited for at once; the oldest goes first, and is sent again. */
const PENDING_MAX = 64;

/** A delivery that was sent and that no indexer has acknowledged in full. */
export interface Pending {
  readonly fates: Fates;
  /** Requests that are not indexed yet. */
  readonly ackIds: Set<number>;
  /** Of the clock that only grows. */
  readonly sentMs: number;
  /** Why the rows that are to be sent again are. */
  readonly error: Error | undefined;
}

/**
 * Waits for indexers' acknowledgements
 * (https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment).
 * `false` means that a request is not indexed yet or not known, and `true` is said once: so what was sent is
 * remembered from attempt to attempt, and only sent again when it was not acknowledged in all that time.
 */
export class Acknowledgements {
  readonly #collector: Collector;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, Pending>();
  #checked = false;

  constructor(collector: Collector, clock: Clock, timeoutMs: number) {
    this.#collector = collector;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Asks once whether the token acknowledges, before anything is sent that would be sent for ever.
   *
   * @throws EndpointRefusedError when it does not, and the other errors of an answer when nobody can tell.
   */
  async check(cancel: AbortSignal): Promise<void> {
    if (this.#checked) return;
    const answer = await this.#collector.acks([0], cancel);
    const error = errorOf(answer, this.#clock.nowMs());
    if (error !== undefined) throw error;
    this.#checked = true;
  }

  /** What an earlier attempt has sent of the delivery with this key. */
  pendingOf(key: string): Pending | undefined {
    return this.#pending.get(key);
  }

  remember(key: string, pending: Pending): void {
    this.#pending.set(key, pending);
    if (this.#pending.size <= PENDING_MAX) return;
    const [oldest] = this.#pending.keys();
    this.#pending.delete(oldest!);
  }

  /**
   * Resolves when every request of the delivery is indexed.
   *
   * @throws RetryAfterError when it is not yet, and the next attempt is to ask again.
   * @throws Error when that has taken too long: the next attempt is to send again.
   */
  async settled(key: string, pending: Pending, cancel: AbortSignal): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    let waitMs = WAIT_MS_MIN;
    while (pending.ackIds.size > 0) {
      await pause(this.#clock, waitMs, cancel);
      cancel.throwIfAborted();
      waitMs = Math.min(WAIT_MS_MAX, waitMs * 2);
      await this.#ask(pending.ackIds, cancel);
      if (pending.ackIds.size > 0) this.#mustBeEarly(key, pending, startMs);
    }
    this.#pending.delete(key);
  }

  #mustBeEarly(key: string, { sentMs }: Pending, startMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - sentMs >= this.#timeoutMs) {
      this.#pending.delete(key);
      throw new Error(`indexers have not acknowledged within ${this.#timeoutMs} ms`);
    }
    if (nowMs - startMs >= ATTEMPT_MS_MAX)
      throw new RetryAfterError("indexers have not acknowledged yet", AGAIN_MS);
  }

  /** An answer that fails says nothing of the rows: it is asked again. */
  async #ask(ackIds: Set<number>, cancel: AbortSignal): Promise<void> {
    try {
      const answer = await this.#collector.acks([...ackIds], cancel);
      const error = errorOf(answer, this.#clock.nowMs());
      if (error instanceof EndpointRefusedError) throw error;
      for (const id of acknowledgedOf(answer.body) ?? []) ackIds.delete(id);
    } catch (error) {
      if (cancel.aborted || error instanceof EndpointRefusedError) throw error;
    }
  }
}
