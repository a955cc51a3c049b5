import type { Clock } from "#core/clock.ts";
import { RateWindow } from "../delivery/rate-window.ts";
import type { JournalConsumer, JournalRecord } from "../journal/journal.ts";
import { totalRows } from "../journal/row-counts.ts";
import { type ComponentState, componentMetrics } from "./component-health.ts";
import type { TapRates } from "./component-tap.ts";

/** The same reader of a journal, which tells how many rows went through it: for one that settles them itself. */
export class WatchedConsumer implements JournalConsumer {
  readonly name: string;
  private readonly consumer: JournalConsumer;
  private readonly clock: Clock;
  private readonly createdMs: number;
  private readonly rowsIn: RateWindow;
  private readonly rowsStored: RateWindow;
  private readonly rowsDropped: RateWindow;
  /** What it had settled when that was last looked at. */
  private seen: { readonly stored: number; readonly dropped: number };
  private lastMs: number | undefined;

  constructor(consumer: JournalConsumer, clock: Clock) {
    this.name = consumer.name;
    this.consumer = consumer;
    this.clock = clock;
    this.createdMs = clock.nowMs();
    this.rowsIn = new RateWindow(clock);
    this.rowsStored = new RateWindow(clock);
    this.rowsDropped = new RateWindow(clock);
    this.seen = this.settled();
  }

  /** Rows a second over the last seconds: read, stored, and given up. */
  rates(): TapRates {
    this.look();
    return {
      in: this.rowsIn.perSecond(),
      out: this.rowsStored.perSecond(),
      dropped: this.rowsDropped.perSecond(),
    };
  }

  /** What it has settled since it was made. */
  metrics(): ComponentState["metrics"] {
    this.look();
    return componentMetrics({
      processed: this.rowsStored.total,
      failed: this.rowsDropped.total,
      lastMs: this.lastMs,
      createdMs: this.createdMs,
    });
  }

  async next(cancel: AbortSignal): Promise<JournalRecord | undefined> {
    const record = await this.consumer.next(cancel);
    if (record !== undefined) this.rowsIn.add(record.rows);
    return record;
  }

  async acknowledge(...given: Parameters<JournalConsumer["acknowledge"]>): Promise<void> {
    await this.consumer.acknowledge(...given);
    this.look();
  }

  read(from: number, to: number): AsyncIterable<JournalRecord> {
    return this.consumer.read(from, to);
  }

  seek(sequence: number): void {
    this.consumer.seek(sequence);
  }

  position(): number {
    return this.consumer.position();
  }

  counts(): ReturnType<JournalConsumer["counts"]> {
    return this.consumer.counts();
  }

  backlog(): ReturnType<JournalConsumer["backlog"]> {
    return this.consumer.backlog();
  }

  private settled(): { readonly stored: number; readonly dropped: number } {
    const { stored, dropped } = this.consumer.counts();
    return { stored: totalRows(stored), dropped: totalRows(dropped) };
  }

  private look(): void {
    const { stored, dropped } = this.settled();
    const { seen } = this;
    if (stored > seen.stored) this.lastMs = this.clock.nowMs();
    this.rowsStored.add(Math.max(0, stored - seen.stored));
    this.rowsDropped.add(Math.max(0, dropped - seen.dropped));
    this.seen = { stored, dropped };
  }
}
