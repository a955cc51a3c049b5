import { z } from "zod";
import { deliverySettingsSchema } from "#pipeline/delivery/delivery-settings.ts";
import { onErrorSchema, whenSchema } from "#pipeline/graph/parse-graph.ts";
import type { Registered } from "#pipeline/graph/registry.ts";
import { allComponents } from "./components.ts";

type Schema = Record<string, unknown>;
type Described = Pick<Registered<never, unknown>, "type" | "summary" | "signals" | "settings">;

const KINDS = {
  receivers: "receiver",
  processors: "processor",
  destinations: "destination",
} as const;

/** The reference page of every component, in Markdown, by its path below `docs/components/`. */
export async function componentPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const components = await allComponents();
  for (const kind of ["receivers", "processors", "destinations"] as const) {
    for (const component of components[kind])
      pages.set(`${kind}/${component.type}.md`, pageOf(kind, component));
  }
  pages.set("README.md", overviewOf(components));
  return pages;
}

function overviewOf(components: Awaited<ReturnType<typeof allComponents>>): string {
  const lines = [
    GENERATED,
    "# Components",
    "",
    "What `receivers`, `processors` and `destinations` of the configuration may name. OTLP and the store are",
    "always there, and are set in [the configuration](../configuration.md).",
  ];
  for (const kind of ["receivers", "processors", "destinations"] as const) {
    lines.push("", `## ${kind[0]!.toUpperCase()}${kind.slice(1)}`, "", "| type | |", "|---|---|");
    for (const { type, summary } of components[kind])
      lines.push(`| [\`${type}\`](${kind}/${type}.md) | ${summary} |`);
  }
  return `${lines.join("\n")}\n`;
}

const GENERATED =
  "<!-- Generated from the components' settings by scripts/generate.ts: do not edit. -->";

function pageOf(kind: keyof typeof KINDS, component: Described): string {
  const { type, summary, signals, settings } = component;
  const schema = jsonSchema(settings);
  const handles = Object.entries(signals).map(([signal, stability]) => `${signal} (${stability})`);
  const lines = [
    GENERATED,
    `# The ${KINDS[kind]} \`${type}\``,
    "",
    summary,
    "",
    `Signals: ${handles.join(", ")}.`,
    "",
    "```yaml",
    `${kind}:`,
    `  ${type}:${exampleOf(schema)}`,
    "```",
    "",
    "## Settings",
    ...tableOf(schema, ""),
  ];
  if (kind === "processors") {
    lines.push("", "## What every processor can be told");
    const properties = { onError: jsonSchema(onErrorSchema), when: jsonSchema(whenSchema) };
    lines.push(...tableOf({ properties }, ""));
  }
  if (kind === "destinations") {
    lines.push("", "## How it is delivered to");
    lines.push(...tableOf(jsonSchema(deliverySettingsSchema), "delivery."));
  }
  return `${lines.join("\n")}\n`;
}

/** The settings that must be given, with a value as it could be. */
function exampleOf(schema: Schema): string {
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const needed = required.filter((name) => properties[name]?.["default"] === undefined);
  if (needed.length === 0) return " {}";
  return needed.map((name) => `\n    ${name}: ${exampleValue(properties[name]!)}`).join("");
}

function exampleValue(schema: Schema): string {
  const examples = schema["examples"];
  if (Array.isArray(examples) && examples.length > 0) return JSON.stringify(examples[0]);
  if (schema["format"] === "uri") return '"https://example.com"';
  return `<${typeText(schema)}>`;
}

function tableOf(schema: Schema, prefix: string): string[] {
  const rows = rowsOf(schema, prefix);
  if (rows.length === 0) return ["", "None."];
  return ["", "| setting | type | default | |", "|---|---|---|---|", ...rows];
}

function rowsOf(schema: Schema, prefix: string): string[] {
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  return Object.entries(properties).flatMap(([name, property]) => {
    const secret = property["secret"] === true ? " A secret." : "";
    const description = `${textOf(property["description"])}${secret}`;
    const cells = [`\`${prefix}${name}\``, typeText(property), defaultText(property), description];
    const inner = property["properties"] === undefined ? [] : rowsOf(property, `${prefix}${name}.`);
    return [`| ${cells.join(" | ")} |`, ...inner];
  });
}

function typeText(schema: Schema): string {
  const { type, enum: values, const: only, anyOf, oneOf, items } = schema;
  if (Array.isArray(values)) return values.map((value) => code(value)).join(", ");
  if (only !== undefined) return code(only);
  const alternatives = (anyOf ?? oneOf) as Schema[] | undefined;
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeText))].join(" or ");
  if (type === "array") return `list of ${typeText((items ?? {}) as Schema)}`;
  return typeof type === "string" ? type : "any";
}

function defaultText(schema: Schema): string {
  const value = schema["default"];
  return value === undefined ? "" : code(value);
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll("|", "\\|")}\``;
}

/** On one line, and no end of a cell. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/\s+/g, " ").replaceAll("|", "\\|") : "";
}

function jsonSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
}
