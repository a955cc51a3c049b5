import { EventEmitter } from "node:events";
import { type ComponentMetrics, componentMetrics } from "#pipeline/live/component-health.ts";

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

/** What every component tells of itself, and some more than this. Times are RFC 3339. */
export interface ComponentHealth {
  readonly name: string;
  readonly enabled: boolean;
  readonly status: string;
  readonly metrics: ComponentMetrics;
  /** What it counts of itself, in the names of its documentation. */
  readonly stats?: Readonly<Record<string, number>>;
  readonly [detail: string]: unknown;
}

/** What is seen of a component while it works. */
export interface ComponentSight {
  readonly status?: string;
  readonly metrics?: ComponentMetrics;
  readonly stats?: Readonly<Record<string, number>>;
  readonly [detail: string]: unknown;
}

export interface EventComponentOptions {
  readonly config: EventComponentConfig;
  /** What it is called where its settings have no name. */
  readonly usualName: string;
  readonly nowMs: number;
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
  private last: ComponentSight = {};
  private working: { readonly pipeline: string; readonly look: () => ComponentSight } | undefined;

  constructor(
    kind: EventComponentKind,
    type: string,
    { config, usualName, nowMs }: EventComponentOptions,
  ) {
    super();
    this.kind = kind;
    this.type = type;
    this.config = config;
    this.name = config.name ?? usualName;
    this.enabled = config.enabled ?? true;
    this.createdMs = nowMs;
  }

  /** What it has done since it was made. */
  get metrics(): ComponentMetrics {
    return { ...this.metricsOf(0, 0, undefined), ...this.sight().metrics };
  }

  /** How it is doing, in seed 003's shape. */
  getHealth(): ComponentHealth {
    const { name, enabled, metrics } = this;
    return { status: "healthy", ...this.sight(), name, enabled, metrics };
  }

  /** A pipeline has it work from now on, and tells how it does there. */
  worksIn(pipeline: string, look: () => ComponentSight): void {
    this.working = { pipeline, look };
  }

  /** The pipeline has stopped; what was last seen of it stays. */
  leaves(): void {
    if (this.working === undefined) return;
    this.last = this.working.look();
    this.working = undefined;
  }

  /** Emits `error` where somebody listens for it: without that an emitter would throw. */
  fail(error: unknown): void {
    if (this.listenerCount("error") > 0) this.emit("error", error);
  }

  protected sight(): ComponentSight {
    return this.working?.look() ?? this.sightAlone() ?? this.last;
  }

  /** What is seen of it outside of a pipeline; undefined before it did something there. */
  protected sightAlone(): ComponentSight | undefined {
    return undefined;
  }

  protected metricsOf(
    processed: number,
    failed: number,
    lastMs: number | undefined,
  ): ComponentMetrics {
    return componentMetrics({ processed, failed, lastMs, createdMs: this.createdMs });
  }

  /** @throws Error while it works in a pipeline. */
  protected mustBeAlone(work: string): void {
    if (this.working === undefined) return;
    const { pipeline } = this.working;
    throw new Error(`${this.name} works in ${pipeline}: ${work} is for one that works by itself`);
  }
}
