import type { Clock } from "#core/clock.ts";
import { pause } from "../delivery/pause.ts";
import type { JournalConsumer, JournalRecord } from "../journal/journal.ts";

/** A wait for the next record that takes as long as this means that there is none. */
const IN_STEP_MS = 1_000;
/** After a read that failed. */
const RETRY_MS = 1_000;

/** The sequence of the last record of a journal. */
export function lastOf(consumer: JournalConsumer): number {
  return consumer.position() + consumer.backlog().records;
}

/** Reads a journal one record ahead, for a loop that has other things to do at times. */
export class InputReader {
  private readonly input: JournalConsumer;
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  private readonly onError: (error: unknown) => void;
  private arrived: JournalRecord | undefined;
  /** When the next record was asked for, by the monotonic clock; undefined while none is. */
  private askedMs: number | undefined;
  private taken: number;
  private hasEnded = false;
  private wakeUp: () => void = () => {};

  constructor(
    input: JournalConsumer,
    clock: Clock,
    signal: AbortSignal,
    onError: (error: unknown) => void,
  ) {
    this.input = input;
    this.clock = clock;
    this.signal = signal;
    this.onError = onError;
    this.taken = input.position();
    signal.addEventListener("abort", () => this.wake());
  }

  /** Whether the journal was closed, or reading was cancelled. */
  get ended(): boolean {
    return this.hasEnded || this.signal.aborted;
  }

  /** The sequence of the last record that was given out; at first that of the cursor. */
  get lastTaken(): number {
    return this.taken;
  }

  /** Whether all that the journal has was given out. */
  get isInStep(): boolean {
    if (this.arrived !== undefined) return false;
    if (this.taken >= lastOf(this.input)) return true;
    // The last records may be lost, so that they never come.
    return this.askedMs !== undefined && this.clock.monotonicMs() - this.askedMs >= IN_STEP_MS;
  }

  /** The next record; undefined when none came in time, when it was woken, or when it has ended. */
  async next(waitMs: number): Promise<JournalRecord | undefined> {
    this.ask();
    if (this.arrived === undefined && waitMs > 0 && !this.ended) await this.sleep(waitMs);
    const record = this.arrived;
    this.arrived = undefined;
    if (record !== undefined) this.taken = record.sequence;
    return record;
  }

  /** Ends a wait. */
  wake(): void {
    this.wakeUp();
  }

  private ask(): void {
    if (this.askedMs !== undefined || this.arrived !== undefined || this.ended) return;
    this.askedMs = this.clock.monotonicMs();
    void this.read().finally(() => {
      this.askedMs = undefined;
      this.wake();
    });
  }

  private async read(): Promise<void> {
    try {
      this.arrived = await this.input.next(this.signal);
      this.hasEnded = this.arrived === undefined;
    } catch (error) {
      this.onError(error);
      await pause(this.clock, RETRY_MS, this.signal);
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.setTimeout(() => this.wake(), ms);
      this.wakeUp = () => {
        timer.cancel();
        this.wakeUp = () => {};
        resolve();
      };
    });
  }
}
