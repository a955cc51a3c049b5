import { z } from "zod";
import { GRAPH_LIMITS } from "#core/limits.ts";
import { ON_ERROR, type OnError } from "../component.ts";
import { deliverySettingsSchema } from "../delivery/delivery-settings.ts";
import { conditionSetting } from "../expression/condition.ts";
import { GROUP_TYPE, groupSettingsSchema, groupSpec } from "./destination-groups.ts";
import {
  BUILT_IN,
  type ComponentSpec,
  DEFAULT_PIPELINE,
  type DestinationSpec,
  type GraphSpec,
  type PipelineSpec,
  type ProcessorSpec,
} from "./graph-spec.ts";
import type { ComponentRegistry, KnownComponents } from "./registry.ts";

/** A graph as it is written: plain values, with the references in them resolved. */
export interface WrittenGraph {
  readonly receivers?: unknown;
  readonly processors?: unknown;
  readonly destinations?: unknown;
  readonly pipelines?: unknown;
}

/** One thing that is wrong with a graph. */
export interface GraphProblem {
  /** From the root of the configuration: `["destinations", "webhook/slack", "url"]`. */
  readonly path: readonly string[];
  /** Undefined when the value at the path says it. */
  readonly found?: string;
  readonly allowed: string;
  /** What may have been meant, of the names that are allowed. */
  readonly known?: readonly string[];
}

export type ParsedGraph =
  | { readonly success: true; readonly graph: GraphSpec }
  | { readonly success: false; readonly problems: readonly GraphProblem[] };

const NAME = /^[a-z][a-z0-9_]{0,63}(\/[a-z0-9][a-z0-9_-]{0,63})?$/;
const NAME_ALLOWED = `a type, or a type and a name of your own, such as webhook/slack, of at most ${GRAPH_LIMITS.nameCharactersMax} characters`;
const PIPELINE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Judges a graph whole: all that is wrong with it is told at once. */
export function parseGraph(written: WrittenGraph, registry: ComponentRegistry): ParsedGraph {
  const parser = new GraphParser();
  const graph = {
    receivers: parser.components("receivers", written.receivers, registry.receivers),
    processors: parser.processors(written.processors, registry.processors),
    destinations: parser.destinations(written.destinations, registry.destinations),
  };
  const pipelines = parser.pipelines(written.pipelines, graph);
  parser.holders(pipelines, graph);
  const { problems } = parser;
  return problems.length > 0
    ? { success: false, problems }
    : { success: true, graph: { ...graph, pipelines } };
}

type Components = Omit<GraphSpec, "pipelines">;
type Section = Readonly<Record<string, unknown>>;

class GraphParser {
  readonly problems: GraphProblem[] = [];

  components<Context, Component>(
    kind: "receivers" | "processors" | "destinations",
    written: unknown,
    known: KnownComponents<Context, Component>,
  ): Map<string, ComponentSpec<Context, Component>> {
    const specs = new Map<string, ComponentSpec<Context, Component>>();
    const section = this.section([kind], written);
    const names = Object.keys(section);
    if (names.length > GRAPH_LIMITS.componentsMax)
      this.add([kind], `${names.length} entries`, `at most ${GRAPH_LIMITS.componentsMax} entries`);
    for (const name of names.slice(0, GRAPH_LIMITS.componentsMax)) {
      const spec = this.component([kind, name], name, section[name], known);
      if (spec !== undefined) specs.set(name, spec);
    }
    return specs;
  }

  /** What every processor can be told stands beside its own settings. */
  processors(written: unknown, known: ComponentRegistry["processors"]): Map<string, ProcessorSpec> {
    const own: Record<string, unknown> = {};
    const behaviours = new Map<string, OnError | undefined>();
    const conditions = new Map<string, string | undefined>();
    for (const [name, value] of Object.entries(this.section(["processors"], written))) {
      const path = ["processors", name];
      const { onError, when, ...settings } = this.section(path, value);
      own[name] = settings;
      behaviours.set(name, this.parsed([...path, "onError"], onError, onErrorSchema));
      conditions.set(name, this.parsed([...path, "when"], when, whenSchema));
    }
    const specs = new Map<string, ProcessorSpec>();
    for (const [name, spec] of this.components("processors", own, known)) {
      const { onError: usual, holds = false } = known.get(spec.type)!;
      const when = conditions.get(name);
      const onError = behaviours.get(name) ?? usual;
      if (holds && when !== undefined)
        this.add(["processors", name, "when"], undefined, "none: it holds whole traces");
      specs.set(name, {
        ...spec,
        onError,
        ...(when === undefined ? {} : { when }),
        ...(holds ? { holds } : {}),
      });
    }
    return specs;
  }

  /** What every destination can be told stands in `delivery` and `when`, beside its own settings. */
  destinations(
    written: unknown,
    known: ComponentRegistry["destinations"],
  ): Map<string, DestinationSpec> {
    const own: Record<string, unknown> = {};
    const groups: Record<string, Section> = {};
    const beside = new Map<string, Pick<DestinationSpec, "delivery" | "when">>();
    for (const [name, value] of Object.entries(this.section(["destinations"], written))) {
      const path = ["destinations", name];
      const { delivery, when, ...settings } = this.section(path, value);
      (isGroup(name) ? groups : own)[name] = settings;
      beside.set(name, this.besideDestination(path, delivery, when));
    }
    const specs = new Map<string, DestinationSpec>();
    for (const [name, { create, ...spec }] of this.components("destinations", own, known)) {
      const told = beside.get(name)!;
      specs.set(name, { ...spec, ...told, create: (contextOf) => create(contextOf(name)) });
    }
    for (const [name, settings] of Object.entries(groups)) {
      const spec = this.group(name, settings, specs);
      if (spec !== undefined)
        specs.set(name, groupSpec({ name, written: settings, ...beside.get(name)!, ...spec }));
    }
    return specs;
  }

  private besideDestination(
    path: readonly string[],
    delivery: unknown,
    when: unknown,
  ): Pick<DestinationSpec, "delivery" | "when"> {
    const place = [...path, "delivery"];
    const settings = this.parsed(place, this.section(place, delivery), deliverySettingsSchema);
    const condition = this.parsed([...path, "when"], when, destinationWhenSchema);
    return {
      // What is wrong was told: then there is no graph, and nothing is delivered by these.
      delivery: settings ?? deliverySettingsSchema.parse({}),
      ...(condition === undefined ? {} : { when: condition }),
    };
  }

  private group(name: string, written: Section, specs: ReadonlyMap<string, DestinationSpec>) {
    const path = ["destinations", name];
    if (!isName(name)) this.add(path, "this name", NAME_ALLOWED);
    const parsed = groupSettingsSchema.safeParse(written);
    if (!parsed.success) {
      this.issues(path, parsed.error.issues, groupSettingsSchema);
      return undefined;
    }
    const { order, members } = parsed.data;
    const known = new Map([...specs].filter(([one]) => !isGroup(one)));
    this.names([...path, "members"], members, known, []);
    for (const member of members)
      if (known.get(member)?.when !== undefined)
        this.add(["destinations", member, "when"], undefined, `none: it is a member of ${name}`);
    return { order, members: members.flatMap((member) => known.get(member) ?? []) };
  }

  pipelines(written: unknown, components: Components): Map<string, PipelineSpec> {
    if (written === undefined) return new Map([[DEFAULT_PIPELINE, everything(components)]]);
    const pipelines = new Map<string, PipelineSpec>();
    const section = this.section(["pipelines"], written);
    const names = Object.keys(section);
    if (names.length === 0 || names.length > GRAPH_LIMITS.pipelinesMax)
      this.add(
        ["pipelines"],
        `${names.length} pipelines`,
        `1 to ${GRAPH_LIMITS.pipelinesMax} pipelines`,
      );
    for (const name of names.slice(0, GRAPH_LIMITS.pipelinesMax)) {
      const pipeline = this.pipeline(name, section[name], components);
      if (pipeline !== undefined) pipelines.set(name, pipeline);
    }
    this.unused(pipelines, components);
    return pipelines;
  }

  private component<Context, Component>(
    path: readonly string[],
    name: string,
    written: unknown,
    known: KnownComponents<Context, Component>,
  ): ComponentSpec<Context, Component> | undefined {
    const type = name.split("/", 1)[0]!;
    const registered = known.get(type);
    if (!isName(name) || registered === undefined) {
      const allowed = `${NAME_ALLOWED}; the types are ${known.types.join(", ")}`;
      this.problems.push({ path, found: "an unknown component", allowed, known: known.types });
      return undefined;
    }
    const settings = this.section(path, written);
    const parsed = registered.parse(settings);
    if (parsed.success) {
      const { success: _, ...made } = parsed;
      return { name, type, written: settings, ...made };
    }
    this.issues(path, parsed.issues, registered.settings);
    return undefined;
  }

  private pipeline(
    name: string,
    written: unknown,
    components: Components,
  ): PipelineSpec | undefined {
    const path = ["pipelines", name];
    if (!PIPELINE_NAME.test(name))
      this.add(path, "this name", "letters, digits, _ and -, at most 64 of them");
    const parsed = pipelineSchema.safeParse(written);
    if (!parsed.success) {
      this.issues(path, parsed.error.issues, pipelineSchema);
      return undefined;
    }
    const { receivers, processors, destinations } = parsed.data;
    this.names([...path, "receivers"], receivers, components.receivers, BUILT_IN.receivers);
    this.names([...path, "processors"], processors, components.processors, []);
    this.names(
      [...path, "destinations"],
      destinations,
      components.destinations,
      BUILT_IN.destinations,
    );
    return { name, receivers, processors, destinations };
  }

  private names(
    path: readonly string[],
    names: readonly string[],
    declared: ReadonlyMap<string, unknown>,
    builtIn: readonly string[],
  ): void {
    const known = [...builtIn, ...declared.keys()];
    for (const [index, name] of names.entries()) {
      const place = [...path, String(index)];
      const allowed = known.length === 0 ? "none: none is declared" : known.join(", ");
      if (!known.includes(name)) this.problems.push({ path: place, allowed, known });
      else if (names.indexOf(name) !== index) this.add(place, `"${name}" again`, "each name once");
    }
  }

  /** What holds traces gives them on as they are: nothing can come after it. */
  holders(pipelines: ReadonlyMap<string, PipelineSpec>, { processors }: Components): void {
    for (const { name, processors: names } of pipelines.values())
      for (const [index, one] of names.slice(0, -1).entries())
        if (processors.get(one)?.holds === true)
          this.add(
            ["pipelines", name, "processors", String(index)],
            `"${one}" before ${names.slice(index + 1).join(", ")}`,
            "a processor that holds traces as the last one",
          );
  }

  /** What is declared and in no pipeline would do nothing, which nobody means. */
  private unused(pipelines: ReadonlyMap<string, PipelineSpec>, components: Components): void {
    for (const kind of ["receivers", "processors", "destinations"] as const) {
      const used = new Set([...pipelines.values()].flatMap((pipeline) => pipeline[kind]));
      const members = kind === "destinations" ? membersOf(components.destinations) : new Set();
      for (const name of components[kind].keys()) {
        if (members.has(name) && used.has(name))
          this.add([kind, name], "a member of a group in a pipeline too", "one of the two");
        if (members.has(name) || used.has(name)) continue;
        this.add([kind, name], "a component in no pipeline", `its name in pipelines.*.${kind}`);
      }
    }
  }

  /** Undefined, and told, where the value is wrong. */
  private parsed<T>(path: readonly string[], value: unknown, schema: z.ZodType<T>): T | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.issues(path, parsed.error.issues, schema);
    return undefined;
  }

  private section(path: readonly string[], written: unknown): Section {
    if (written === undefined || written === null) return {};
    if (typeof written === "object" && !Array.isArray(written)) return written as Section;
    this.add(path, undefined, "a section of settings");
    return {};
  }

  private issues(
    path: readonly string[],
    issues: readonly z.core.$ZodIssue[],
    schema: z.ZodType,
  ): void {
    for (const issue of issues) {
      const place = [...path, ...issue.path.map(String)];
      if (issue.code !== "unrecognized_keys") {
        this.add(place, undefined, issue.message);
        continue;
      }
      const known = issue.path.length === 0 && schema instanceof z.ZodObject ? schema.shape : {};
      const keys = Object.keys(known);
      const allowed = keys.length === 0 ? "a setting of this component" : keys.join(", ");
      for (const key of issue.keys)
        this.problems.push({
          path: [...place, key],
          found: "an unknown setting",
          allowed,
          known: keys,
          ...aboutDelivery(place, key),
        });
    }
  }

  private add(path: readonly string[], found: string | undefined, allowed: string): void {
    this.problems.push({ path, allowed, ...(found === undefined ? {} : { found }) });
  }
}

/** For who writes beside a destination's settings what stands in its `delivery`, as seed 003's options do. */
function aboutDelivery(place: readonly string[], key: string): Partial<GraphProblem> {
  const isDestination = place.length === 2 && place[0] === "destinations";
  if (!isDestination || !Object.hasOwn(deliverySettingsSchema.shape, key)) return {};
  return {
    found: "a setting of delivery",
    allowed: `delivery.${key}: it stands in the destination's section delivery`,
    known: [],
  };
}

export const onErrorSchema = z
  .enum(ON_ERROR, { error: `one of ${ON_ERROR.join(", ")}` })
  .optional()
  .describe("What becomes of rows at which it fails: they pass, are dropped, or are refused.");

export const whenSchema = conditionSetting()
  .optional()
  .describe(
    "An expression: only rows for which it is true are given to this processor. The others pass by it as they are, and so do all rows of signals that have not the fields which it names.",
  )
  .meta({
    examples: [
      "severity_number < SEVERITY_NUMBER_ERROR",
      'resource.attributes["service.name"] == "shop"',
    ],
  });

export const destinationWhenSchema = conditionSetting()
  .optional()
  .describe(
    "An expression: only rows for which it is true are sent to this destination. The others are skipped and counted as such, and so are all rows of signals that have not the fields which it names. Rows that wait in the journal are read with the condition that holds then.",
  )
  .meta({
    examples: [
      "severity_number >= SEVERITY_NUMBER_ERROR",
      'status.code == STATUS_CODE_ERROR and resource.attributes["service.name"] == "shop"',
    ],
  });

const names = (what: string) =>
  z.array(z.string({ error: "a name" }), { error: `a list of names of ${what}` });

export const pipelineSchema = z.strictObject(
  {
    receivers: names("receivers")
      .min(1, { error: "at least one receiver" })
      .describe("Names of receivers; `otlp` is always there.")
      .meta({ examples: [["otlp", "syslog"]] }),
    processors: names("processors")
      .default([])
      .describe("Names of processors, in the order in which they work."),
    destinations: names("destinations")
      .min(1, { error: "at least one destination" })
      .describe("Names of destinations and groups; `store` is always there.")
      .meta({ examples: [["store", "webhook/chat"]] }),
  },
  { error: (issue) => (issue.code === "unrecognized_keys" ? undefined : "a section of settings") },
);

/** Without pipelines, everything that is declared is in one, in the order in which it is written. */
function everything({ receivers, processors, destinations }: Components): PipelineSpec {
  return {
    name: DEFAULT_PIPELINE,
    receivers: [...BUILT_IN.receivers, ...receivers.keys()],
    processors: [...processors.keys()],
    destinations: [
      ...BUILT_IN.destinations,
      ...[...destinations.keys()].filter((name) => !membersOf(destinations).has(name)),
    ],
  };
}

/** Whether it can be a component's. Files have it too, and those that were put aside are called damaged. */
function isName(name: string): boolean {
  const isShort = name.length <= GRAPH_LIMITS.nameCharactersMax;
  return isShort && NAME.test(name) && !name.endsWith("/damaged");
}

function isGroup(name: string): boolean {
  return name.split("/", 1)[0] === GROUP_TYPE;
}

/** The names of destinations that work as a part of a group. */
function membersOf(destinations: Components["destinations"]): Set<string> {
  const groups = [...destinations.values()].flatMap(({ members = [] }) => members);
  return new Set(groups.map(({ name }) => name));
}
