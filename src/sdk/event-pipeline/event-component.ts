import { EventEmitter } from "node:events";

/** What seed 003 calls the kinds of components, and what each is in a graph. */
export const KINDS = {
  source: "receivers",
  processor: "processors",
  destination: "destinations",
} as const;
export type EventComponentKind = keyof typeof KINDS;

/** A plain event: what `JSON.parse` makes of an object. It need have none of the fields that are named. */
export interface PipelineEvent {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly event_type?: unknown;
  readonly level?: unknown;
  readonly message?: unknown;
  readonly timestamp?: unknown;
  readonly [field: string]: unknown;
}

/** How a component is set: by its own settings, and what every component may have. */
export interface EventComponentConfig {
  /** What people call it; the name of its class when left out. */
  readonly name?: string;
  /** False leaves it out of the pipeline. */
  readonly enabled?: boolean;
  /** Of a destination: which events it gets. Of a filter also an expression. */
  readonly customFilter?: string | ((event: PipelineEvent) => boolean);
  readonly [setting: string]: unknown;
}

/** What every component tells of itself. Times are RFC 3339. */
export interface ComponentHealth {
  readonly name: string;
  readonly enabled: boolean;
  readonly status: string;
  readonly metrics: {
    readonly events_processed: number;
    readonly events_failed: number;
    readonly last_processed_at: string | null;
    readonly created_at: string;
  };
}

/**
 * A component of an event pipeline, as it is set; the pipeline makes it work. It emits `error` when it
 * is listened for.
 */
export class EventComponent extends EventEmitter {
  readonly kind: EventComponentKind;
  /** Its word in the configuration, such as `pii-redactor`. */
  readonly type: string;
  readonly config: EventComponentConfig;
  readonly name: string;
  readonly enabled: boolean;
  readonly createdMs: number;
  /** Set by the pipeline in which it works. */
  look: (() => Partial<Omit<ComponentHealth, "name" | "enabled">>) | undefined;

  constructor(
    kind: EventComponentKind,
    type: string,
    {
      config,
      usualName,
      nowMs,
    }: { config: EventComponentConfig; usualName: string; nowMs: number },
  ) {
    super();
    this.kind = kind;
    this.type = type;
    this.config = config;
    this.name = config.name ?? usualName;
    this.enabled = config.enabled ?? true;
    this.createdMs = nowMs;
  }

  /** How it is doing, in seed 003's shape. */
  getHealth(): ComponentHealth {
    const { name, enabled } = this;
    const usual = {
      events_processed: 0,
      events_failed: 0,
      last_processed_at: null,
      created_at: new Date(this.createdMs).toISOString(),
    };
    const seen = this.look?.() ?? {};
    return {
      status: "healthy",
      ...seen,
      name,
      enabled,
      metrics: { ...usual, ...seen.metrics },
    };
  }
}
