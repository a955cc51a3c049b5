import { EventEmitter } from "node:events";
import { BUILT_IN, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { findMissingPackages } from "#pipeline/graph/missing-packages.ts";
import { type GraphProblem, parseGraph } from "#pipeline/graph/parse-graph.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { RunningPipeline } from "#pipeline/graph/running-pipeline.ts";
import { pushEvent } from "./custom-components.ts";
import { type ComponentHealth, EventComponent, type PipelineEvent } from "./event-component.ts";
import { EventGraph } from "./event-graph.ts";
import type { EventPipelineFailure, EventPipelineHost } from "./event-pipeline-host.ts";
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
 * `event_dropped`, `processing_error` (of `processEvent`), and `source_error`, `processor_error` and
 * `destination_error` with `{ name, message, error }`.
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
    const lines = problems.map(
      ({ path, found, allowed }) =>
        `${this.parts.nameAt(path)}: ${found === undefined ? "" : `${found}; `}allowed: ${allowed}`,
    );
    return new Error(`${this.name} cannot be made:\n${lines.join("\n")}`);
  }

  /** Resolves when destinations, processors and sources work. */
  async start(): Promise<void> {
    if (this.running) return;
    if (this.judged === undefined) await this.initialize();
    const graph = this.host.createGraph(this.folder, (failure) => this.failedInGraph(failure));
    await graph.open(this.judged!);
    this.acceptedBefore = acceptedOf(graph.main);
    this.graph = graph;
    this.parts.observe(graph);
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
    this.last = this.count();
    this.startedMs = undefined;
  }

  /**
   * Takes one event. Resolves when it is durable, or was dropped by a processor; never rejects: what
   * goes wrong is told as `processing_error`. Before `start` and after `stop` it does nothing.
   */
  async processEvent(event: PipelineEvent): Promise<void> {
    if (!this.running) return;
    const { clock } = this.host;
    const before = this.count().events_dropped;
    try {
      await pushEvent(event, this.graph!.fanOut(DOOR).push, {
        nowMs: clock.nowMs(),
        window: this.host.timeWindow(),
      });
      if (this.count().events_dropped > before) this.emit("event_dropped", { event });
    } catch (error) {
      this.errors += 1;
      this.emit("processing_error", { event, error });
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
    const [first] = main.processors.counts();
    const last = main.processors.counts().at(-1);
    const dropped = first === undefined || last === undefined ? 0 : first.rowsIn - last.rowsOut;
    const delivered = main.destinations.map((one) => one.getHealth().metrics.events_processed);
    return {
      events_received: processed + dropped,
      events_processed: processed,
      events_dropped: dropped,
      events_delivered: delivered.reduce((all, rows) => all + rows, 0),
      errors,
      started_at: new Date(startedMs).toISOString(),
    };
  }

  private failedInGraph({ kind, component, message, error }: EventPipelineFailure): void {
    const shown = component === undefined ? this.name : this.parts.shownName(kind, component);
    this.failed(kind, shown, error ?? message);
  }

  private failed(kind: string, name: string, error: unknown): void {
    this.errors += 1;
    this.emit(`${kind}_error`, { [kind]: name, name, error });
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
