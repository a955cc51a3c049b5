import type { Clock } from "#core/clock.ts";
import { DEFAULT_PIPELINE, BUILT_IN, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import type { WrittenGraph } from "#pipeline/graph/parse-graph.ts";
import type { ComponentRegistry, KnownComponents, Registered } from "#pipeline/graph/registry.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { z } from "zod";
import { entryOf, type GraphEntry, PASSTHROUGH } from "./component-types.ts";
import {
  type CustomDestination,
  customDestination,
  type CustomProcessor,
  customProcessor,
  customReceiver,
  type CustomSource,
} from "./custom-components.ts";
import {
  type ComponentHealth,
  EventComponent,
  type EventComponentKind,
  KINDS,
} from "./event-component.ts";

/** The type in the graph of what a program brings itself. */
const CUSTOM = "custom";

type Custom = CustomSource | CustomProcessor | CustomDestination;

interface Part {
  readonly kind: EventComponentKind;
  /** Its name in the graph. */
  readonly name: string;
  /** What people call it. */
  readonly shown: string;
  readonly component: EventComponent;
  readonly entry: GraphEntry;
  readonly custom?: Custom;
}

/** The components of an event pipeline, as the graph that they are. */
export class EventGraph {
  private readonly onError: (kind: EventComponentKind, name: string, error: unknown) => void;
  private readonly clock: Clock;
  private readonly parts: Part[] = [];

  constructor(
    clock: Clock,
    onError: (kind: EventComponentKind, name: string, error: unknown) => void,
  ) {
    this.clock = clock;
    this.onError = onError;
  }

  /** @returns what people call it. */
  add(kind: EventComponentKind, given: EventComponent | Custom): string {
    const isOwn = given instanceof EventComponent;
    const component = isOwn ? given : customComponent(kind, given, this.clock.nowMs());
    const entry = isOwn
      ? entryOf(kind, component.type, component.config)
      : { type: CUSTOM, settings: {} };
    const number = this.parts.filter((part) => part.kind === kind).length + 1;
    const name = `${entry.type}/${number}`;
    const part = { kind, name, shown: component.name, component, entry };
    this.parts.push(isOwn ? part : { ...part, custom: given });
    return component.name;
  }

  /** Those that work: what is not enabled, and what changes nothing, is left out. */
  private working(kind: EventComponentKind): Part[] {
    return this.parts.filter(
      (part) => part.kind === kind && part.component.enabled && part.entry.type !== PASSTHROUGH,
    );
  }

  /** The graph as a configuration has it. */
  written(): WrittenGraph {
    const section = (kind: EventComponentKind) =>
      Object.fromEntries(this.working(kind).map(({ name, entry }) => [name, entry.settings]));
    const names = (kind: EventComponentKind) => this.working(kind).map(({ name }) => name);
    return {
      receivers: section("source"),
      processors: section("processor"),
      destinations: section("destination"),
      pipelines: {
        [DEFAULT_PIPELINE]: {
          // What `processEvent` is given comes in by the built-in one.
          receivers: [...BUILT_IN.receivers, ...names("source")],
          processors: names("processor"),
          destinations: names("destination"),
        },
      },
    };
  }

  /** With what the program brings itself. */
  registry({ receivers, processors, destinations }: ComponentRegistry): ComponentRegistry {
    return {
      receivers: withCustom(receivers, (context) => {
        const { custom, shown } = this.find("source", context.name)!;
        return customReceiver(custom as CustomSource, context, (error) =>
          this.onError("source", shown, error),
        );
      }),
      processors: withCustom(processors, ({ name }) =>
        customProcessor(this.find("processor", name)!.custom as CustomProcessor),
      ),
      destinations: withCustom(destinations, ({ name }) =>
        customDestination(this.find("destination", name)!.custom as CustomDestination),
      ),
    };
  }

  /** The graph, with each destination given the events only that its `customFilter` wants. */
  filtered(graph: GraphSpec): GraphSpec {
    const destinations = new Map(graph.destinations);
    for (const { name, entry } of this.working("destination")) {
      const spec = destinations.get(name);
      const { customFilter } = entry;
      if (spec === undefined || customFilter === undefined) continue;
      destinations.set(name, {
        ...spec,
        isWanted: (row) => customFilter(jsonOfRow(row)),
      });
    }
    return { ...graph, destinations };
  }

  private find(kind: EventComponentKind, name: string): Part | undefined {
    return this.parts.find((part) => part.kind === kind && part.name === name);
  }

  /** What people call a component of the graph. */
  shownName(kind: EventComponentKind, name: string): string {
    return this.find(kind, name)?.shown ?? name;
  }

  /** A place in the graph, by the name that people gave the component. */
  nameAt([section, name, ...rest]: readonly string[]): string {
    const part = this.parts.find((one) => KINDS[one.kind] === section && one.name === name);
    const shown = part === undefined ? [section, name] : [`${part.kind} ${part.shown}`];
    return [...shown, ...rest].join(".");
  }

  counts(): { sources: number; processors: number; destinations: number } {
    const count = (kind: EventComponentKind): number => this.working(kind).length;
    return {
      sources: count("source"),
      processors: count("processor"),
      destinations: count("destination"),
    };
  }

  health(): {
    sources: ComponentHealth[];
    processors: ComponentHealth[];
    destinations: ComponentHealth[];
  } {
    const of = (kind: EventComponentKind): ComponentHealth[] =>
      this.parts.filter((part) => part.kind === kind).map(({ component }) => component.getHealth());
    return { sources: of("source"), processors: of("processor"), destinations: of("destination") };
  }

  /** Has each component tell how it does in this graph. */
  observe(graph: RunningGraph): void {
    for (const { kind, name, component } of this.parts) {
      if (kind === "processor")
        component.look = () => processorHealth(graph, name, component.createdMs);
      if (kind === "destination")
        component.look = () =>
          graph.main.destinations.find((one) => one.name === name)?.getHealth() ?? {};
    }
  }
}

function processorHealth(
  graph: RunningGraph,
  name: string,
  createdMs: number,
): Pick<ComponentHealth, "metrics"> | Record<string, never> {
  const counts = graph.main.processors.counts().find((one) => one.name === name);
  if (counts === undefined) return {};
  return {
    metrics: {
      events_processed: counts.rowsIn,
      events_failed: counts.failures,
      last_processed_at: null,
      created_at: new Date(createdMs).toISOString(),
    },
  };
}

function customComponent(
  kind: EventComponentKind,
  { name }: Custom,
  nowMs: number,
): EventComponent {
  const config = name === undefined ? {} : { name };
  return new EventComponent(kind, CUSTOM, { config, usualName: CUSTOM, nowMs });
}

function withCustom<Context, Component>(
  known: KnownComponents<Context, Component>,
  create: (context: Context) => Component,
): KnownComponents<Context, Component> {
  const custom: Registered<Context, Component> = {
    type: CUSTOM,
    summary: "A component of the program.",
    signals: { logs: "stable" },
    settings: z.strictObject({}),
    onError: "pass",
    parse: () => ({ success: true, create, claims: [] }),
  };
  return {
    types: known.types,
    get: (type) => (type === CUSTOM ? custom : known.get(type)),
  };
}
