import { systemClock } from "#core/clock.ts";
import { typeOf } from "#sdk/event-pipeline/component-types.ts";
import {
  EventComponent,
  type EventComponentConfig,
  type EventComponentKind,
} from "#sdk/event-pipeline/event-component.ts";

/** Seed 003's classes of components: how each is set. The pipeline that one is added to makes it work. */
function seedClass(kind: EventComponentKind, word: string) {
  const { type, className } = typeOf(kind, word, []);
  return class extends EventComponent {
    constructor(config: EventComponentConfig = {}) {
      super(kind, type, { config, usualName: className, nowMs: systemClock.nowMs() });
    }
  };
}

export const EventStreamSource = seedClass("source", "event-stream");
export const FileWatcherSource = seedClass("source", "file-watcher");
export const PassthroughProcessor = seedClass("processor", "passthrough");
export const EnricherProcessor = seedClass("processor", "enricher");
export const SamplerProcessor = seedClass("processor", "sampler");
export const FilterProcessor = seedClass("processor", "filter");
export const PIIRedactorProcessor = seedClass("processor", "pii-redactor");
export const JSONLDestination = seedClass("destination", "jsonl");
export const ConsoleDestination = seedClass("destination", "console");
export const PostgreSQLDestination = seedClass("destination", "postgresql");
export const S3Destination = seedClass("destination", "s3");
export const WebhookDestination = seedClass("destination", "webhook");
