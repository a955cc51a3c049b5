import {
  type EventPipelineOptions,
  ObservabilityPipeline as EventPipeline,
} from "#sdk/event-pipeline/event-pipeline.ts";
import {
  ConfigBuilder,
  DEBUG_EVENT_PIPELINE,
  DEFAULT_EVENT_PIPELINE,
  type EventPipelineJson,
} from "#sdk/event-pipeline/pipeline-config-builder.ts";
import { eventPipelineHost } from "./event-pipeline-host.ts";

/** Seed 003's pipeline of events; see {@link EventPipeline}. */
export class ObservabilityPipeline extends EventPipeline {
  constructor(options: EventPipelineOptions = {}) {
    super(eventPipelineHost, options);
  }
}

/** Seed 003's builder of pipelines; see {@link ConfigBuilder}. */
export class PipelineConfigBuilder extends ConfigBuilder {
  constructor(options: EventPipelineOptions = {}) {
    super(eventPipelineHost, options);
  }

  /** The pipeline that JSON describes: `{ sources: [{ type, config }], processors, destinations }`. */
  static fromJSON(json: EventPipelineJson, options: EventPipelineOptions = {}): EventPipeline {
    return new PipelineConfigBuilder(options).addAll(json).build();
  }

  /** Events of `coordination/events`, with time and host, into one file a day. */
  static createDefaultPipeline(options: EventPipelineOptions = {}): EventPipeline {
    return PipelineConfigBuilder.fromJSON(DEFAULT_EVENT_PIPELINE, options);
  }

  /** Events of `coordination/events`, on the console. */
  static createDebugPipeline(options: EventPipelineOptions = {}): EventPipeline {
    return PipelineConfigBuilder.fromJSON(DEBUG_EVENT_PIPELINE, options);
  }
}
