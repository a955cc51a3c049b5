import type { Clock } from "#core/clock.ts";
import { DEFAULT_PIPELINE, BUILT_IN, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import type { GraphProblem, WrittenGraph } from "#pipeline/graph/parse-graph.ts";
import type { ComponentRegistry } from "#pipeline/graph/registry.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { entryOf, type GraphEntry, PASSTHROUGH, wordOf } from "./component-types.ts";
import { EventGroups } from "./event-groups.ts";
import { CUSTOM, type Custom, eventRegistry } from "./event-registry.ts";
import {
  type ComponentHealth,
  type ComponentSight,
  EventComponent,
  type EventComponentKind,
  KINDS,
  type PipelineEvent,
} from "./event-component.ts";
import { SourceComponent } from "./source-component.ts";

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
  /** What is to be undone when the graph stops. */
  private readonly leaving: (() => void)[] = [];

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
    const { groups } = this;
    const section = (kind: EventComponentKind) =>
      Object.fromEntries(this.working(kind).map((part) => [part.name, groups.settingsOf(part)]));
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
          destinations: names("destination").filter((name) => groups.groupOf(name) === undefined),
        },
      },
    };
  }

  /** What is wrong with it that its graph would not say in the names that people gave. */
  problems(): GraphProblem[] {
    return this.groups.problems();
  }

  private get groups(): EventGroups {
    return new EventGroups(this.parts.filter(({ kind }) => kind === "destination"));
  }

  /** With what the program brings itself. */
  registry(known: ComponentRegistry): ComponentRegistry {
    return eventRegistry(known, {
      clock: this.clock,
      originOf: (kind, name) => {
        const { shown, entry } = this.find(kind, name)!;
        return { name: shown, type: wordOf(kind, entry.type) };
      },
      customOf: (kind, name) => this.find(kind, name)!.custom!,
      onSourceError: (name, error) => this.onError("source", name, error),
    });
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

  /** The component of a name in the graph. */
  component(kind: EventComponentKind, name: string): EventComponent | undefined {
    return this.find(kind, name)?.component;
  }

  /** Which kind of component warned, where its name alone is known: a source or a processor. */
  kindOf(name: string): EventComponentKind | undefined {
    const kinds = ["source", "processor"] as const;
    return kinds.find((kind) => this.find(kind, name) !== undefined);
  }

  /**
   * Has each component tell how it does in this graph, until `leave`.
   *
   * @param onEvent is given what a program has a source emit, with the name of the source in the graph.
   */
  observe(
    pipeline: string,
    graph: RunningGraph,
    onEvent: (source: string, event: PipelineEvent) => void,
  ): void {
    for (const { kind, name, component } of this.parts) {
      const seen = (): ComponentSight => this.sightOf(graph, kind, name);
      component.worksIn(pipeline, () => {
        const { metrics, ...more } = seen();
        const created_at = new Date(component.createdMs).toISOString();
        return metrics === undefined ? more : { ...more, metrics: { ...metrics, created_at } };
      });
      if (!(component instanceof SourceComponent)) continue;
      const listener = (event: PipelineEvent): void => onEvent(name, event);
      component.on("event", listener);
      this.leaving.push(() => component.off("event", listener));
    }
  }

  /** The graph has stopped. */
  leave(): void {
    for (const { component } of this.parts) component.leaves();
    for (const leave of this.leaving.splice(0)) leave();
  }

  private sightOf(graph: RunningGraph, kind: EventComponentKind, name: string): ComponentSight {
    const { main, receivers } = graph;
    if (kind === "source") {
      const { status, metrics } = receivers.stateOf(name);
      return { status, metrics };
    }
    if (kind === "processor") {
      const view = main.processors.views().find((one) => one.name === name);
      return view === undefined
        ? {}
        : { status: view.status, metrics: view.metrics, stats: view.statistics };
    }
    const destination = main.destinations.find((one) => one.name === name);
    if (destination === undefined) return memberHealth(graph, this.groups.groupOf(name), name);
    const { health, statistics } = destination.live();
    const { status, metrics } = destination.getHealth();
    return { ...health, status, metrics, stats: statistics };
  }
}

/** Of a member only its group knows how it does; rows are counted by the group. */
function memberHealth(
  graph: RunningGraph,
  group: string | undefined,
  name: string,
): Partial<Pick<ComponentHealth, "status">> {
  const members = group === undefined ? undefined : graph.main.members(group);
  const member = members?.find((one) => one.name === name);
  return member === undefined || member.breaker === "closed" ? {} : { status: "unhealthy" };
}

function customComponent(
  kind: EventComponentKind,
  { name }: Custom,
  nowMs: number,
): EventComponent {
  const config = name === undefined ? {} : { name };
  return new EventComponent(kind, CUSTOM, { config, usualName: CUSTOM, nowMs });
}
