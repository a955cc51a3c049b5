import { keptRows, releaseBatch } from "#core/batch.ts";
import { eventOfLogRow } from "#core/event-record.ts";
import { logRow } from "#core/row-views.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Outcome, Processor } from "#pipeline/component.ts";
import { ProcessorChain } from "#pipeline/graph/processor-chain.ts";
import { contextOf } from "#pipeline/graph/surroundings.ts";
import { RowCondition } from "#pipeline/graph/row-condition.ts";
import { PASSTHROUGH } from "./component-types.ts";
import { batchOfEvent } from "./custom-components.ts";
import { type ComponentSight, EventComponent, type PipelineEvent } from "./event-component.ts";
import type { EventComponentOptions } from "./event-component.ts";
import { judgedAlone } from "./lone-component.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";

interface Lone {
  readonly chain: ProcessorChain;
  readonly processor: Processor;
}

/**
 * A processor of events. In a pipeline it is one of its processors; by itself it takes one event after
 * the other.
 *
 * @example
 * const redactor = new PIIRedactorProcessor({ redactionMode: "remove" });
 * await redactor.process({ message: "mail bob@example.com" }); // { message: "mail [REDACTED]", … }
 */
export class ProcessorComponent extends EventComponent {
  private readonly host: EventPipelineHost;
  private made: Promise<Lone | undefined> | undefined;
  private lone: Lone | undefined;
  private processed = 0;
  private lastMs: number | undefined;

  constructor(type: string, host: EventPipelineHost, options: EventComponentOptions) {
    super("processor", type, options);
    this.host = host;
  }

  /** Judges its settings, and makes it ready to `process`. @throws Error with all that is wrong with them. */
  async initialize(): Promise<void> {
    await this.chain();
  }

  /**
   * The event as the processor leaves it, or null where it drops it. An event at which it fails is left as
   * it is; with `dropOnError` it is dropped.
   */
  async process(event: PipelineEvent): Promise<PipelineEvent | null> {
    const { clock } = this.host;
    const lone = await this.chain();
    this.processed += 1;
    this.lastMs = clock.nowMs();
    if (lone === undefined) return event;
    const window = this.host.timeWindow();
    const batch = batchOfEvent(event, { nowMs: clock.nowMs(), window });
    try {
      const outcomes: Outcome[] = [];
      lone.chain.process(batch, DEFAULT_ORG, { outcomes });
      for (const outcome of outcomes) outcome.accepted?.();
      return keptRows(batch) === 0 ? null : eventOfLogRow(logRow(batch, 0));
    } finally {
      releaseBatch(batch);
    }
  }

  /** Lets go of what it holds, such as timers. Idempotent; `process` begins anew. */
  async shutdown(): Promise<void> {
    const { made } = this;
    this.made = undefined;
    await (await made)?.processor.stop?.();
  }

  /** What it counts of itself, in the names of its documentation. */
  getStats(): Readonly<Record<string, number>> {
    return this.sight().stats ?? {};
  }

  protected override sightAlone(): ComponentSight | undefined {
    if (this.processed === 0) return undefined;
    const rowsFailed = this.lone?.chain.failures()[0]?.rowsFailed ?? 0;
    return {
      metrics: this.metricsOf(this.processed, rowsFailed, this.lastMs),
      stats: this.lone?.processor.statistics?.() ?? {},
    };
  }

  private chain(): Promise<Lone | undefined> {
    this.made ??= this.make().catch((error: unknown) => {
      this.made = undefined;
      throw error;
    });
    return this.made;
  }

  /** Undefined for one that changes nothing. */
  private async make(): Promise<Lone | undefined> {
    const { host } = this;
    if (this.type === PASSTHROUGH) return undefined;
    const { name, graph } = await judgedAlone(this, host);
    const { create, onError, when } = graph.processors.get(name)!;
    const surroundings = host.surroundings((warning) => this.fail(warning.error));
    const processor = create({
      ...contextOf(name, surroundings),
      // What it makes beside events, such as metrics, is for a pipeline.
      emit: async (batch) => releaseBatch(batch),
      timeWindow: surroundings.timeWindow,
    });
    await processor.start?.();
    const condition = when === undefined ? undefined : new RowCondition(when);
    const chain = new ProcessorChain([{ name, processor, onError, when: condition }]);
    chain.onFailure = (_, error) => this.fail(error);
    return (this.lone = { chain, processor });
  }
}
