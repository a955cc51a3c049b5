import { EventComponent, type ComponentSight, type PipelineEvent } from "./event-component.ts";
import type { EventComponentOptions } from "./event-component.ts";
import { wordOf } from "./component-types.ts";
import { EventBuffer, type Sent } from "./event-buffer.ts";
import { LoneDestination, type NotTaken } from "./lone-destination.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";
import { DESTINATION_FIELD, markOf } from "./origin-marks.ts";

/**
 * A destination of events. In a pipeline its events are durable before it sends them; by itself it keeps
 * them in memory until it has enough of them, or is flushed. Each gets `_destination: { name, type, timestamp }`.
 *
 * @example
 * const destination = new JSONLDestination({ outputPath: "events.jsonl", bufferSize: 10 });
 * destination.startAutoFlush();
 * await destination.write({ type: "task_done" });
 * await destination.shutdown();
 */
export class DestinationComponent extends EventComponent {
  protected readonly host: EventPipelineHost;
  private made: Promise<LoneDestination> | undefined;
  private lone: LoneDestination | undefined;
  private readonly buffer: EventBuffer<PipelineEvent>;

  constructor(type: string, host: EventPipelineHost, options: EventComponentOptions) {
    super("destination", type, options);
    this.host = host;
    this.buffer = new EventBuffer(host.clock, {
      send: async (events) => this.sendBy(await this.open(), events),
      onError: (error) => this.fail(error),
    });
  }

  /** Judges its settings, and connects. @throws Error with all that is wrong with them. */
  async initialize(): Promise<void> {
    await this.open();
  }

  /**
   * Keeps an event until the next flush; with as many as `bufferSize` it flushes at once.
   *
   * @throws Error while it works in a pipeline, when that flush fails, and when too many events wait.
   */
  async write(event: PipelineEvent): Promise<void> {
    const lone = await this.ready("write");
    if (lone.wants(event)) await this.buffer.add(this.marked(event), lone.bounds.rowsMax);
  }

  /** Sends one event now, with retries. @throws Error when it was not taken. */
  send(event: PipelineEvent): Promise<void> {
    return this.sendBatch([event]);
  }

  /** Sends events now, with retries, past those that wait. @throws Error when some were not taken. */
  async sendBatch(events: readonly PipelineEvent[]): Promise<void> {
    const lone = await this.ready("send");
    const wanted = events.filter((event) => lone.wants(event)).map((event) => this.marked(event));
    const { error } = await this.sendBy(lone, wanted);
    if (error !== undefined) throw error;
  }

  /**
   * Sends what waits. @throws Error when some was not taken: what may be taken yet waits on, and what never
   * will is emitted as `delivery_error`.
   */
  async flush(): Promise<void> {
    await this.ready("flush");
    await this.buffer.flush();
  }

  /** Flushes every `flushInterval` from now on. What fails is emitted as `error`, and tried again. */
  startAutoFlush(): void {
    this.mustBeAlone("startAutoFlush");
    void this.open().then(
      ({ bounds }) => this.buffer.flushEvery(bounds.waitMsMax),
      (error: unknown) => this.fail(error),
    );
  }

  /** Flushes a last time, and disconnects. Idempotent. @throws Error when what waits was not taken. */
  async shutdown(): Promise<void> {
    const { made } = this;
    this.made = undefined;
    this.buffer.stop();
    if (made === undefined) return;
    const lone = await made;
    try {
      await this.buffer.flushWith((events) => this.sendBy(lone, events));
    } finally {
      await lone.stop();
    }
  }

  /** What it counts of itself, in the names of its documentation. */
  getStats(): Readonly<Record<string, number>> {
    return this.sight().stats ?? {};
  }

  protected override sightAlone(): ComponentSight | undefined {
    const { lone } = this;
    if (lone === undefined) return undefined;
    const { processed, failed, lastMs } = lone.counts();
    return {
      ...lone.destination.health?.(),
      metrics: this.metricsOf(processed, failed, lastMs),
      stats: lone.destination.statistics?.() ?? {},
    };
  }

  /** By itself: what is opened is closed by `shutdown`. */
  protected open(): Promise<LoneDestination> {
    this.made ??= LoneDestination.open(this, this.host, (error) => this.fail(error)).then(
      (lone) => (this.lone = lone),
      (error: unknown) => {
        this.made = undefined;
        throw error;
      },
    );
    return this.made;
  }

  private async sendBy(
    lone: LoneDestination,
    events: readonly PipelineEvent[],
  ): Promise<Sent<PipelineEvent>> {
    const left = await lone.send(events);
    const count = events.length - left.length;
    if (count > 0) this.emit("flush", { count });
    for (const { event, reason, isFinal } of left)
      if (isFinal) this.emit("delivery_error", { event, error: new Error(reason) });
    const again = left.filter(({ isFinal }) => !isFinal).map(({ event }) => event);
    return { again, error: failureOf(left, events.length) };
  }

  private ready(work: string): Promise<LoneDestination> {
    this.mustBeAlone(work);
    return this.open();
  }

  private marked(event: PipelineEvent): PipelineEvent {
    const origin = { name: this.name, type: wordOf("destination", this.type) };
    return { ...event, [DESTINATION_FIELD]: markOf(origin, this.host.clock) };
  }
}

function failureOf([first, ...others]: readonly NotTaken[], events: number): Error | undefined {
  if (first === undefined) return undefined;
  const count = others.length + 1;
  return new Error(`${count} of ${events} events were not taken: ${first.reason}`);
}
