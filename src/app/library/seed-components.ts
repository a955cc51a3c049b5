import { systemClock } from "#core/clock.ts";
import type { PostgresqlDestination } from "#destinations/postgresql/destination.ts";
import {
  getPartitionKey,
  PARTITION_FORMATS,
  type Partitioning,
  partitionEvents,
} from "#pipeline/object-storage/partitions.ts";
import { type EventColumns, extractRowData } from "#pipeline/relational/event-columns.ts";
import { typeOf } from "#sdk/event-pipeline/component-types.ts";
import { DestinationComponent } from "#sdk/event-pipeline/destination-component.ts";
import type {
  EventComponentConfig,
  EventComponentKind,
  PipelineEvent,
} from "#sdk/event-pipeline/event-component.ts";
import { ProcessorComponent } from "#sdk/event-pipeline/processor-component.ts";
import { SourceComponent } from "#sdk/event-pipeline/source-component.ts";
import { eventPipelineHost } from "./event-pipeline-host.ts";

// Seed 003's classes of components. A pipeline that one is added to makes it work there; by itself it
// does what `SourceComponent`, `ProcessorComponent` and `DestinationComponent` say.

function optionsOf(kind: EventComponentKind, word: string, config: EventComponentConfig) {
  const { type, className } = typeOf(kind, word, []);
  return { type, options: { config, usualName: className, nowMs: systemClock.nowMs() } };
}

function sourceClass(word: string) {
  return class extends SourceComponent {
    constructor(config: EventComponentConfig = {}) {
      const { type, options } = optionsOf("source", word, config);
      super(type, eventPipelineHost, options);
    }
  };
}

function processorClass(word: string) {
  return class extends ProcessorComponent {
    constructor(config: EventComponentConfig = {}) {
      const { type, options } = optionsOf("processor", word, config);
      super(type, eventPipelineHost, options);
    }
  };
}

function destinationClass(word: string) {
  return class extends DestinationComponent {
    constructor(config: EventComponentConfig = {}) {
      const { type, options } = optionsOf("destination", word, config);
      super(type, eventPipelineHost, options);
    }
  };
}

export const EventStreamSource = sourceClass("event-stream");
export const FileWatcherSource = sourceClass("file-watcher");
export const PassthroughProcessor = processorClass("passthrough");
export const EnricherProcessor = processorClass("enricher");
export const SamplerProcessor = processorClass("sampler");
export const FilterProcessor = processorClass("filter");
export const PIIRedactorProcessor = processorClass("pii-redactor");
export const JSONLDestination = destinationClass("jsonl");
export const ConsoleDestination = destinationClass("console");
export const WebhookDestination = destinationClass("webhook");

/**
 * Stores events in a table of PostgreSQL.
 *
 * @example
 * const destination = new PostgreSQLDestination({ database: "events", user: "me", password, retentionDays: 90 });
 * await destination.getEventCount();
 */
export class PostgreSQLDestination extends destinationClass("postgresql") {
  /** The columns of an event. */
  extractRowData(event: PipelineEvent): EventColumns {
    return extractRowData(event, systemClock.nowMs());
  }

  /** Events that the table has. Connects, until `shutdown`. */
  async getEventCount(): Promise<number> {
    return (await this.server()).getEventCount();
  }

  /** Deletes what is older than `retentionDays`, and resolves with how many rows; 0 without it. */
  async applyRetentionPolicy(): Promise<number> {
    return (await this.server()).applyRetentionPolicy();
  }

  private async server(): Promise<PostgresqlDestination> {
    const { destination } = await this.open();
    return destination as PostgresqlDestination;
  }
}

/**
 * Archives events as objects of S3.
 *
 * @example new S3Destination({ bucket: "b" }).getPartitionKey({ timestamp: "2025-01-15T10:00:00Z" });
 * // "year=2025/month=01/day=15"
 */
export class S3Destination extends destinationClass("s3") {
  /** The partition of an event by its `timestamp`, in UTC; of one without, that of now. */
  getPartitionKey(event: PipelineEvent): string {
    return getPartitionKey(event, this.partitions.partitionFormat, systemClock.nowMs());
  }

  /** Events by their partitions, in order; all of them in `default` without partitioning. */
  partitionEvents<Event extends PipelineEvent>(events: readonly Event[]): Record<string, Event[]> {
    return partitionEvents(events, this.partitions, systemClock.nowMs());
  }

  private get partitions(): Partitioning {
    const { partitioning, partitionFormat } = this.config;
    const format = PARTITION_FORMATS.find((one) => one === partitionFormat);
    return {
      partitioning: partitioning !== false,
      partitionFormat: format ?? PARTITION_FORMATS[0],
    };
  }
}
