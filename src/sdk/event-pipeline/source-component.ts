import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Batch, keptRows, releaseBatch } from "#core/batch.ts";
import type { Receiver } from "#pipeline/component.ts";
import { contextOf } from "#pipeline/graph/surroundings.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { rowOf, someRows } from "#pipeline/live/row-samples.ts";
import { wordOf } from "./component-types.ts";
import { type ComponentSight, EventComponent, type PipelineEvent } from "./event-component.ts";
import type { EventComponentOptions } from "./event-component.ts";
import { judgedAlone, LONE_DIR } from "./lone-component.ts";
import { eventFrom, type Origin } from "./origin-marks.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";

/**
 * A source of events. In a pipeline it brings them to it; by itself it emits `event` with each, which has
 * `_source: { name, type, timestamp }`.
 *
 * @example
 * const source = new EventStreamSource({ eventsDir: "coordination/events" });
 * source.on("event", (event) => console.log(event));
 * await source.start();
 */
export class SourceComponent extends EventComponent {
  private readonly host: EventPipelineHost;
  private receiver: Promise<Receiver> | undefined;
  private emitted = 0;
  private lastMs: number | undefined;

  constructor(type: string, host: EventPipelineHost, options: EventComponentOptions) {
    super("source", type, options);
    this.host = host;
  }

  get origin(): Origin {
    return { name: this.name, type: wordOf("source", this.type) };
  }

  /**
   * Begins to emit events, by itself. Where it is in its files it remembers in
   * `data/event-pipeline/alone/<name>`. @throws Error for wrong settings, and while it works in a pipeline.
   */
  async start(): Promise<void> {
    this.mustBeAlone("start");
    this.receiver ??= this.make().catch((error: unknown) => {
      this.receiver = undefined;
      throw error;
    });
    await this.receiver;
  }

  /** Emits nothing more of its own. Idempotent. */
  async stop(): Promise<void> {
    const { receiver } = this;
    this.receiver = undefined;
    await (await receiver)?.stop();
  }

  /** Emits an event as one of its own; in a pipeline that works, it is taken there. */
  emitEvent(event: PipelineEvent): void {
    const { clock } = this.host;
    this.emitted += 1;
    this.lastMs = clock.nowMs();
    this.emit("event", eventFrom(event, this.origin, clock));
  }

  protected override sightAlone(): ComponentSight | undefined {
    if (this.emitted === 0) return undefined;
    return { metrics: this.metricsOf(this.emitted, 0, this.lastMs) };
  }

  private async make(): Promise<Receiver> {
    const { host } = this;
    const { name, graph } = await judgedAlone(this, host);
    const surroundings = host.surroundings((warning) => this.fail(warning.error));
    const { timeWindow } = surroundings;
    const stateFolder = join(LONE_DIR, this.name.replaceAll(/[^\w-]/g, "_"));
    await mkdir(stateFolder, { recursive: true });
    const receiver = graph.receivers.get(name)!.create({
      ...contextOf(name, surroundings),
      name: this.name,
      push: async (batch) => this.take(batch),
      timeWindow,
      stateFolder,
    });
    await receiver.start();
    return receiver;
  }

  private take(batch: Batch): void {
    try {
      for (const row of someRows(batch, keptRows(batch)))
        this.emitEvent(jsonOfRow(rowOf(batch, row)));
    } finally {
      releaseBatch(batch);
    }
  }
}
