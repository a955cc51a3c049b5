import { existsSync } from "node:fs";
import { z } from "zod";
import { examplesOf, type Schema, schemaOf } from "#pipeline/conformance/settings-schema.ts";
import { deliverySettingsSchema } from "#pipeline/delivery/delivery-settings.ts";
import { GROUP_TYPE, groupSettingsSchema } from "#pipeline/graph/destination-groups.ts";
import { destinationWhenSchema, onErrorSchema, whenSchema } from "#pipeline/graph/parse-graph.ts";
import type { Registered } from "#pipeline/graph/registry.ts";
import { type ComponentFigures, figuresOf } from "./component-figures.ts";
import { allComponents } from "./components.ts";
import { settingsTables } from "./settings-tables.ts";

type Kind = keyof typeof KINDS;
type Described = Pick<Registered<never, unknown>, "type" | "summary" | "signals" | "settings">;

const KINDS = {
  receivers: "receiver",
  processors: "processor",
  destinations: "destination",
} as const;

const GENERATED =
  "<!-- Generated from the components' settings by scripts/generate.ts: do not edit. -->";
const ROOT = new URL("../../", import.meta.url);

/** The reference page of every component, in Markdown, by its path below `docs/components/`. */
export async function componentPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const { receivers, processors, destinations } = await allComponents();
  for (const one of receivers)
    pages.set(`receivers/${one.type}.md`, pageOf("receivers", one, figuresOf(one)));
  for (const one of processors)
    pages.set(`processors/${one.type}.md`, pageOf("processors", one, figuresOf(one)));
  for (const one of destinations)
    pages.set(`destinations/${one.type}.md`, pageOf("destinations", one, figuresOf(one)));
  pages.set(`destinations/${GROUP_TYPE}.md`, groupPage());
  pages.set(
    "README.md",
    overviewOf({ receivers, processors, destinations: [...destinations, GROUP] }),
  );
  return pages;
}

/** Made of other destinations, and so no component that is registered. */
const GROUP: Pick<Described, "type" | "summary"> = {
  type: GROUP_TYPE,
  summary:
    "Several destinations as one: another takes over when one fails, or they share the load.",
};

function overviewOf(components: Readonly<Record<Kind, readonly (typeof GROUP)[]>>): string {
  const lines = [
    GENERATED,
    "# Components",
    "",
    "What `receivers`, `processors` and `destinations` of the configuration may name: a type, or a type and a name",
    "of your own (`webhook/slack`), of which there may be many. OTLP and the store are always there, and are set",
    "in [the configuration](../configuration.md), which also says what [`pipelines`](../configuration.md#pipelines) are.",
  ];
  for (const kind of ["receivers", "processors", "destinations"] as const) {
    lines.push("", `## ${kind[0]!.toUpperCase()}${kind.slice(1)}`, "", "| type | |", "|---|---|");
    for (const { type, summary } of components[kind])
      lines.push(`| [\`${type}\`](${kind}/${type}.md) | ${summary} |`);
  }
  lines.push(
    "",
    "## What all of them tell",
    "",
    "`GET /api/v1/pipelines` has each component with its health and counts. `GET /metrics` has of processors",
    "`sightglass_processor_rows_total` and `sightglass_processor_failures_total`, by `pipeline` and `component`; of destinations",
    "`sightglass_delivery_rows_total`, `sightglass_delivery_attempts_total` and what else begins with `sightglass_delivery_`,",
    "by `pipeline` and `destination`. What a component tells beside these stands on its page.",
  );
  return `${lines.join("\n")}\n`;
}

function pageOf(kind: Kind, component: Described, figures: ComponentFigures): string {
  const { type, summary, signals, settings } = component;
  const schema = schemaOf(settings);
  const handles = Object.entries(signals).map(([signal, stability]) => `${signal} (${stability})`);
  const readme = `src/${kind}/${type}/README.md`;
  const more = `How it works, what it guarantees, and its limits: [${readme}](../../../${readme}).`;
  const lines = [
    ...headOf(kind, type, summary),
    `Signals: ${handles.join(", ")}.`,
    ...(existsSync(new URL(readme, ROOT)) ? ["", more] : []),
    "",
    "```yaml",
    `${kind}:`,
    `  ${type}:${exampleOf(schema)}`,
    "```",
    "",
    "## Settings",
    ...settingsTables(schema),
    ...figuresText(figures),
  ];
  if (kind === "processors") {
    lines.push("", "## What every processor can be told");
    const beside = z.object({ onError: onErrorSchema, when: whenSchema });
    lines.push(...settingsTables(schemaOf(beside)));
  }
  if (kind === "destinations") lines.push(...deliveryText());
  return `${lines.join("\n")}\n`;
}

function groupPage(): string {
  const lines = [
    ...headOf("destinations", GROUP.type, GROUP.summary),
    "```yaml",
    "destinations:",
    '  webhook/first: { url: "https://a.example.com/events" }',
    '  webhook/second: { url: "https://b.example.com/events" }',
    "  group/alerts:",
    "    order: failover",
    "    members: [webhook/first, webhook/second]",
    "    delivery: { breakerFailures: 3, breakerOpenMs: 60000 }",
    "```",
    "",
    "A group has one cursor: each row goes to one of its members. What fails at one is tried at the next, and only when all have",
    "failed does the delivery fail, and is tried again as `delivery` says. A member that keeps failing is left alone for `breakerOpenMs`",
    "and then tried again, so that `failover` returns to its first member when that is well. Rows that a member refuses for good become",
    "dead letters: they are not offered to another. A member stands in no pipeline itself, and its own `delivery` counts for nothing.",
    "",
    "## Settings",
    ...settingsTables(schemaOf(groupSettingsSchema)),
    ...deliveryText(),
  ];
  return `${lines.join("\n")}\n`;
}

function headOf(kind: Kind, type: string, summary: string): string[] {
  return [GENERATED, `# The ${KINDS[kind]} \`${type}\``, "", summary, ""];
}

function deliveryText(): string[] {
  const beside = settingsTables(schemaOf(z.object({ when: destinationWhenSchema })));
  const tables = settingsTables(schemaOf(deliverySettingsSchema), "delivery.");
  return [
    "",
    "## What every destination can be told",
    ...beside,
    "",
    "## How it is delivered to",
    ...tables,
  ];
}

function figuresText({ statistics, metrics }: ComponentFigures): string[] {
  const lines: string[] = [];
  if (statistics.length > 0)
    lines.push(
      "",
      "## Statistics",
      "",
      `In \`GET /api/v1/pipelines\`: ${statistics.map((name) => `\`${name}\``).join(", ")}.`,
    );
  if (metrics.length > 0) lines.push("", "## Metrics", "", "| metric | kind | |", "|---|---|---|");
  for (const { name, kind, help } of metrics) lines.push(`| \`${name}\` | ${kind} | ${help} |`);
  return lines;
}

/** The settings that must be given, with a value as it could be. */
function exampleOf(schema: Schema): string {
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const needed = required.filter((name) => properties[name]?.["default"] === undefined);
  if (needed.length === 0) return " {}";
  return needed.map((name) => `\n    ${name}: ${exampleValue(properties[name]!)}`).join("");
}

/** The conformance suite asks for an example of whatever must be given. */
function exampleValue(schema: Schema): string {
  const [example] = examplesOf(schema);
  return JSON.stringify(example ?? (schema["format"] === "uri" ? "https://example.com" : ""));
}
