import type { Clock, Timer } from "#core/clock.ts";

/** Events that may wait in memory: more are refused. */
export const BUFFERED_EVENTS_MAX = 10_000;

/** What became of events that were sent. */
export interface Sent<Event> {
  /** To be sent again with the next flush. */
  readonly again: readonly Event[];
  /** Undefined when all were taken. */
  readonly error: Error | undefined;
}

type Send<Event> = (events: readonly Event[]) => Promise<Sent<Event>>;

export interface EventBufferOptions<Event> {
  /** When it rejects, all are sent again. */
  readonly send: Send<Event>;
  /** Told when a flush that nobody waits for has failed. */
  readonly onError: (error: unknown) => void;
}

/** Events that wait in memory until there are enough of them, or it is time. One flush works at a time. */
export class EventBuffer<Event> {
  private readonly clock: Clock;
  private readonly options: EventBufferOptions<Event>;
  private waiting: Event[] = [];
  private flushing: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;
  private isStopped = false;

  constructor(clock: Clock, options: EventBufferOptions<Event>) {
    this.clock = clock;
    this.options = options;
  }

  /** Adds an event, and flushes when there are `enough`. @throws Error when there is no room. */
  async add(event: Event, enough: number): Promise<void> {
    if (this.waiting.length >= BUFFERED_EVENTS_MAX)
      throw new Error(`no more events are kept in memory: ${BUFFERED_EVENTS_MAX} wait already`);
    this.waiting.push(event);
    if (this.waiting.length >= enough) await this.flush();
  }

  /** Sends what waits. @throws what `send` says: what is to be sent again waits on, before what came meanwhile. */
  flush(): Promise<void> {
    return this.flushWith(this.options.send);
  }

  /** The same with another way to send. */
  flushWith(send: Send<Event>): Promise<void> {
    const flushed = this.flushing.then(() => this.sendAll(send));
    this.flushing = flushed.catch(() => {});
    return flushed;
  }

  /** Flushes every so often from now on. */
  flushEvery(ms: number): void {
    this.isStopped = false;
    this.timer?.cancel();
    this.timer = this.clock.setTimeout(() => {
      void this.flush()
        .catch(this.options.onError)
        .finally(() => {
          if (!this.isStopped) this.flushEvery(ms);
        });
    }, ms);
  }

  /** Flushes no more by itself. */
  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private async sendAll(send: Send<Event>): Promise<void> {
    const events = this.waiting;
    if (events.length === 0) return;
    this.waiting = [];
    let sent: Sent<Event> | undefined;
    try {
      sent = await send(events);
    } finally {
      this.waiting = [...(sent?.again ?? events), ...this.waiting];
    }
    if (sent.error !== undefined) throw sent.error;
  }
}
