import { EventEmitter } from "node:events";
import type { Batch } from "#core/batch.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { BUILT_IN, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { findMissingPackages } from "#pipeline/graph/missing-packages.ts";
import { type GraphProblem, parseGraph } from "#pipeline/graph/parse-graph.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { RunningPipeline } from "#pipeline/graph/running-pipeline.ts";
import { type RowNumber, rowOf } from "#pipeline/live/row-samples.ts";
import { cannotBeMade } from "./cannot-be-made.ts";
import { batchOfEvent } from "./custom-components.ts";
import {
  type ComponentHealth,
  EventComponent,
  type EventComponentKind,
  type PipelineEvent,
} from "./event-component.ts";
import { EventGraph } from "./event-graph.ts";
import type { ComponentWarning, EventPipelineHost } from "./event-pipeline-host.ts";
import type { CustomDestination, CustomProcessor, CustomSource } from "./custom-components.ts";

/** Events counted since the start; `events_delivered` counts each once for every destination. */
export interface EventPipelineMetrics {
  readonly events_received: number;
  readonly events_processed: number;
  readonly events_dropped: number;
  readonly events_delivered: number;
  readonly errors: number;
  /** RFC 3339. */
  readonly started_at: string | null;
}

export interface EventPipelineHealth {
  readonly name: string;
  readonly running: boolean;
  readonly metrics: EventPipelineMetrics;
  readonly components: {
    readonly sources: readonly ComponentHealth[];
    readonly processors: readonly ComponentHealth[];
    readonly destinations: readonly ComponentHealth[];
  };
  readonly timestamp: string;
}

export interface EventPipelineOptions {
  readonly name?: string;
  /** What must outlive the process is kept here: events that wait, and where sources are in their files. */
  readonly dataDir?: string;
}

const DATA_DIR = "data/event-pipeline";
const [DOOR] = BUILT_IN.receivers;

/**
 * Seed 003's pipeline of events, from code: sources, processors in their order, and destinations that
 * each follow at a cursor of their own. An event is durable before it is delivered.
 *
 * It emits `source_added`, `processor_added`, `destination_added`, `initialized`, `started`, `stopped`,
 * `event_dropped` with `{ event, processor }` for each event that a processor dropped, `destination_flush`
 * with `{ destination, count }` when a destination took some, `delivery_error` with
 * `{ destination, event, error }` for each event that one will not take, `processing_error` with
 * `{ event, error }` of `processEvent`, and `source_error`, `processor_error` and `destination_error` with
 * `{ name, error }`; a component of the pipeline emits that as `error` too where somebody listens for it.
 */
export class ObservabilityPipeline extends EventEmitter {
  readonly name: string;
  private readonly host: EventPipelineHost;
  private readonly folder: string;
  private readonly parts: EventGraph;
  private judged: GraphSpec | undefined;
  private graph: RunningGraph | undefined;
  private startedMs: number | undefined;
  private errors = 0;
  /** Events that processors dropped since the start. */
  private dropped = 0;
  /** Batches of `processEvent` on their way to the processors, with the event as it was given. */
  private readonly entering = new WeakMap<Batch, { readonly event: PipelineEvent }>();
  /** What its journal had accepted before this start. */
  private acceptedBefore = 0;
  private last: EventPipelineMetrics | undefined;

  constructor(host: EventPipelineHost, { name, dataDir }: EventPipelineOptions = {}) {
    super();
    this.host = host;
    this.name = name ?? "ObservabilityPipeline";
    this.folder = dataDir ?? DATA_DIR;
    this.parts = new EventGraph(host.clock, (kind, component, error) =>
      this.failed(kind, component, error),
    );
  }

  get running(): boolean {
    return this.startedMs !== undefined;
  }

  addSource(source: EventComponent | CustomSource): this {
    if (!(source instanceof EventComponent) && typeof source?.start !== "function")
      throw new Error("Invalid source: must implement start() method");
    return this.added("source", this.parts.add("source", source));
  }

  addProcessor(processor: EventComponent | CustomProcessor): this {
    if (!(processor instanceof EventComponent) && typeof processor?.process !== "function")
      throw new Error("Invalid processor: must implement process() method");
    return this.added("processor", this.parts.add("processor", processor));
  }

  addDestination(destination: EventComponent | CustomDestination): this {
    if (!(destination instanceof EventComponent) && typeof destination?.write !== "function")
      throw new Error("Invalid destination: must implement write() method");
    return this.added("destination", this.parts.add("destination", destination));
  }

  private added(kind: "source" | "processor" | "destination", name: string): this {
    this.emit(`${kind}_added`, { name });
    return this;
  }

  /** Judges the settings of all components. @throws Error with everything that is wrong with them. */
  async initialize(): Promise<void> {
    const { parts, host } = this;
    const problems = parts.problems();
    if (problems.length > 0) throw this.cannotBeMade(problems);
    const written = parts.written();
    const registry = parts.registry(await host.loadComponents(written));
    const parsed = parseGraph(written, registry);
    if (!parsed.success) throw this.cannotBeMade(parsed.problems);
    const missing = findMissingPackages(parsed.graph, host.installation);
    if (missing.length > 0) throw this.cannotBeMade(missing);
    this.judged = parts.filtered(parsed.graph);
    this.emit("initialized");
  }

  private cannotBeMade(problems: readonly GraphProblem[]): Error {
    return cannotBeMade(this.name, problems, (path) => this.parts.nameAt(path));
  }

  /** Resolves when destinations, processors and sources work. */
  async start(): Promise<void> {
    if (this.running) return;
    if (this.judged === undefined) await this.initialize();
    const graph = this.host.createGraph(this.folder, (warning) => this.warned(warning));
    await graph.open(this.judged!);
    this.acceptedBefore = acceptedOf(graph.main);
    this.graph = graph;
    this.dropped = 0;
    this.listen(graph);
    this.parts.observe(this.name, graph, (source, event) => void this.takeFrom(source, event));
    try {
      await graph.start();
      this.startedMs = this.host.clock.nowMs();
      await graph.startReceivers();
    } catch (error) {
      await this.stopGraph();
      throw error;
    }
    this.emit("started", this.parts.counts());
  }

  /** Stops the sources, lets destinations deliver for some seconds; what is left is delivered after the next start. */
  async stop(): Promise<void> {
    if (!this.running) return;
    await this.stopGraph();
    this.emit("stopped");
  }

  private async stopGraph(): Promise<void> {
    const { graph } = this;
    if (graph === undefined) return;
    await graph.stopReceivers();
    await graph.stop();
    this.parts.leave();
    this.last = this.count();
    this.startedMs = undefined;
  }

  /**
   * Takes one event. Resolves when it is durable, or was dropped by a processor; never rejects: what
   * goes wrong is told as `processing_error`. Before `start` and after `stop` it does nothing.
   */
  async processEvent(event: PipelineEvent): Promise<void> {
    if (!this.running) return;
    try {
      await this.push(DOOR, event);
    } catch (error) {
      this.errors += 1;
      this.emit("processing_error", { event, error });
    }
  }

  /** Takes an event that a program had one of the sources emit. */
  private async takeFrom(source: string, event: PipelineEvent): Promise<void> {
    try {
      await this.push(source, event);
    } catch (error) {
      this.failed("source", source, error);
    }
  }

  private async push(receiver: string, event: PipelineEvent): Promise<void> {
    const { clock } = this.host;
    const batch = batchOfEvent(event, { nowMs: clock.nowMs(), window: this.host.timeWindow() });
    const entry = { event };
    this.entering.set(batch, entry);
    try {
      await this.graph!.fanOut(receiver).push(batch, DEFAULT_ORG);
    } finally {
      // The batch may be another event's by now: they are used again.
      if (this.entering.get(batch) === entry) this.entering.delete(batch);
    }
  }

  getHealth(): EventPipelineHealth {
    return {
      name: this.name,
      running: this.running,
      metrics: this.count(),
      components: this.parts.health(),
      timestamp: new Date(this.host.clock.nowMs()).toISOString(),
    };
  }

  /** `uptime` is in milliseconds. */
  getMetrics(): EventPipelineMetrics & { readonly uptime: number } {
    const uptime = this.startedMs === undefined ? 0 : this.host.clock.nowMs() - this.startedMs;
    return { ...this.count(), uptime };
  }

  private count(): EventPipelineMetrics {
    const { graph, startedMs, errors } = this;
    if (graph === undefined || startedMs === undefined) return this.last ?? { ...NOTHING, errors };
    const { main } = graph;
    const processed = acceptedOf(main) - this.acceptedBefore;
    const delivered = main.destinations.map((one) => one.getHealth().metrics.events_processed);
    return {
      events_received: processed + this.dropped,
      events_processed: processed,
      events_dropped: this.dropped,
      events_delivered: delivered.reduce((all, rows) => all + rows, 0),
      errors,
      started_at: new Date(startedMs).toISOString(),
    };
  }

  /** Has the graph tell what becomes of events, from where it happens. */
  private listen({ main }: RunningGraph): void {
    main.processors.onFailure = (processor, error) => this.failed("processor", processor, error);
    main.processors.onDropped = (processor, batch, rows) => this.onDropped(processor, batch, rows);
    for (const destination of main.destinations) {
      const { name } = destination;
      const shown = this.parts.shownName("destination", name);
      destination.watch({
        attempted: ({ taken, error }) => {
          if (taken > 0) this.emit("destination_flush", { destination: shown, count: taken });
          if (error !== undefined) this.failed("destination", name, error);
        },
        buried: (letters) => {
          for (const { row, reason } of letters) {
            const event = jsonOfRow(row);
            this.emit("delivery_error", { destination: shown, event, error: new Error(reason) });
          }
        },
        failed: (error) => this.failed("destination", name, error),
      });
    }
  }

  /** Of an event of `processEvent` the event that was given is told, of any other what the processor had of it. */
  private onDropped(name: string, batch: Batch, rows: readonly RowNumber[]): () => void {
    const processor = this.parts.shownName("processor", name);
    const given = this.entering.get(batch)?.event;
    const isHeard = this.listenerCount("event_dropped") > 0;
    const events = isHeard ? rows.map((row) => given ?? jsonOfRow(rowOf(batch, row))) : [];
    return () => {
      this.dropped += rows.length;
      for (const event of events) this.emit("event_dropped", { event, processor });
    };
  }

  private warned({ kind, component, error }: ComponentWarning): void {
    const found = kind ?? (component === undefined ? undefined : this.parts.kindOf(component));
    this.failed(found ?? "source", component ?? this.name, error);
  }

  /** @param component Its name in the graph. */
  private failed(kind: EventComponentKind, component: string, error: unknown): void {
    const name = this.parts.shownName(kind, component);
    this.errors += 1;
    this.emit(`${kind}_error`, { [kind]: name, name, error });
    this.parts.component(kind, component)?.fail(error);
  }
}

const NOTHING: EventPipelineMetrics = {
  events_received: 0,
  events_processed: 0,
  events_dropped: 0,
  events_delivered: 0,
  errors: 0,
  started_at: null,
};

function acceptedOf({ journal }: RunningPipeline): number {
  const { traces, logs, metrics } = journal.acceptedRows();
  return traces + logs + metrics;
}
