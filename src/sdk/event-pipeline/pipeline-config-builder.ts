import { typeOf } from "./component-types.ts";
import { createComponent } from "./create-component.ts";
import type {
  EventComponent,
  EventComponentConfig,
  EventComponentKind,
} from "./event-component.ts";
import { type EventPipelineOptions, ObservabilityPipeline } from "./event-pipeline.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";

/** A pipeline as JSON has it. */
export interface EventPipelineJson {
  readonly sources?: readonly WrittenComponent[];
  readonly processors?: readonly WrittenComponent[];
  readonly destinations?: readonly WrittenComponent[];
}

interface WrittenComponent {
  readonly type: string;
  readonly config?: EventComponentConfig;
}

/**
 * Seed 003's builder of pipelines. A type is a word of seed 003 (`event-stream`, `pii-redactor`) or one
 * of a graph (`syslog`, `redact`).
 *
 * @example
 * const pipeline = new PipelineConfigBuilder()
 *   .addSource("event-stream", { eventsDir: "coordination/events" })
 *   .addProcessor("pii-redactor", { redactionMode: "hash" })
 *   .addDestination("jsonl", { outputPath: "events.jsonl" })
 *   .build();
 * await pipeline.initialize();
 * await pipeline.start();
 */
export abstract class ConfigBuilder {
  private readonly host: EventPipelineHost;
  private readonly options: EventPipelineOptions;
  private readonly components: EventComponent[] = [];

  protected constructor(host: EventPipelineHost, options: EventPipelineOptions) {
    this.host = host;
    this.options = options;
  }

  /** @throws Error `Unknown source type: …` */
  addSource(type: string, config: EventComponentConfig = {}): this {
    return this.add("source", type, config);
  }

  /** @throws Error `Unknown processor type: …` */
  addProcessor(type: string, config: EventComponentConfig = {}): this {
    return this.add("processor", type, config);
  }

  /** @throws Error `Unknown destination type: …` */
  addDestination(type: string, config: EventComponentConfig = {}): this {
    return this.add("destination", type, config);
  }

  /** Adds what JSON names, in its order. */
  addAll({ sources = [], processors = [], destinations = [] }: EventPipelineJson): this {
    for (const { type, config } of sources) this.addSource(type, config);
    for (const { type, config } of processors) this.addProcessor(type, config);
    for (const { type, config } of destinations) this.addDestination(type, config);
    return this;
  }

  /** The pipeline; its settings are judged by `initialize`. */
  build(): ObservabilityPipeline {
    const pipeline = new ObservabilityPipeline(this.host, this.options);
    for (const component of this.components) {
      if (component.kind === "source") pipeline.addSource(component);
      else if (component.kind === "processor") pipeline.addProcessor(component);
      else pipeline.addDestination(component);
    }
    return pipeline;
  }

  private add(kind: EventComponentKind, word: string, config: EventComponentConfig): this {
    const { type, className } = typeOf(kind, word, this.host.types(kind));
    const nowMs = this.host.clock.nowMs();
    const options = { config, usualName: className, nowMs };
    this.components.push(createComponent(kind, type, this.host, options));
    return this;
  }
}

/** Events of a folder, with time and host, into one file a day. */
export const DEFAULT_EVENT_PIPELINE: EventPipelineJson = {
  sources: [
    {
      type: "event-stream",
      config: { name: "CortexEvents", eventsDir: "coordination/events", eventTypes: ["all"] },
    },
  ],
  processors: [
    {
      type: "enricher",
      config: { name: "EventEnricher", enrichments: ["timestamp", "hostname"] },
    },
  ],
  destinations: [
    {
      type: "jsonl",
      config: {
        name: "ObservabilityLogs",
        outputPath: "coordination/observability/pipeline-events.jsonl",
        rotateDaily: true,
        bufferSize: 100,
        flushInterval: 5_000,
      },
    },
  ],
};

/** Events of a folder, on the console. */
export const DEBUG_EVENT_PIPELINE: EventPipelineJson = {
  sources: DEFAULT_EVENT_PIPELINE.sources ?? [],
  processors: [{ type: "enricher", config: { name: "EventEnricher", enrichments: ["timestamp"] } }],
  destinations: [{ type: "console", config: { name: "ConsoleOutput", pretty: true } }],
};
