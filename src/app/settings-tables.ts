import type { Schema } from "#pipeline/conformance/settings-schema.ts";

/** Where a setting may be one of several kinds of objects, told apart by a field that each has. */
interface Choice {
  readonly path: string;
  readonly alternatives: readonly Schema[];
}

/**
 * Every setting of a JSON Schema as Markdown: a table, in which `[]` are the entries of a list and `*` any
 * name, and a further table for each kind of object that an entry may be.
 */
export function settingsTables(schema: Schema, prefix = ""): string[] {
  const choices: Choice[] = [];
  const rows = rowsOf(schema, prefix, choices);
  const lines = tableOf(rows);
  const told = new Set<string>();
  // Kinds of objects may have lists of others, which are found while these are told.
  for (const choice of choices) lines.push(...choiceText(choice, choices, told));
  return lines;
}

/** Each kind is told once, where it is met first. */
function choiceText({ path, alternatives }: Choice, choices: Choice[], told: Set<string>) {
  const fresh = alternatives.filter((one) => !told.has(markOf(one)!));
  if (fresh.length === 0) return [];
  const lines = ["", `### What \`${path}\` may be`];
  for (const one of fresh) {
    const mark = markOf(one)!;
    told.add(mark);
    lines.push("", `#### \`${mark}\``, "", textOf(one["description"]));
    lines.push(...tableOf(rowsOf(one, "", choices)));
  }
  return lines;
}

function tableOf(rows: readonly string[]): string[] {
  if (rows.length === 0) return ["", "None."];
  return ["", "| setting | type | default | |", "|---|---|---|---|", ...rows];
}

function rowsOf(schema: Schema, prefix: string, choices: Choice[]): string[] {
  const required = listOf(schema["required"]);
  return Object.entries(recordOf(schema["properties"])).flatMap(([name, value]) => {
    const property = recordOf(value);
    const path = `${prefix}${name}`;
    const secret = property["secret"] === true ? " A secret." : "";
    const description = `${textOf(property["description"])}${secret}`;
    const usual = defaultText(property, required.includes(name));
    return [
      `| \`${path}\` | ${typeText(property)} | ${usual} | ${description} |`,
      ...innerRows(property, path, choices),
    ];
  });
}

/** The settings within a setting: of a section, of the entries of a list, of what has any name. */
function innerRows(schema: Schema, path: string, choices: Choice[]): string[] {
  const { properties, items, additionalProperties } = schema;
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0 && alternatives.every((one) => markOf(one) !== undefined)) {
    choices.push({ path, alternatives });
    return [];
  }
  return [
    ...(properties === undefined ? [] : rowsOf(schema, `${path}.`, choices)),
    ...(items === undefined ? [] : innerRows(recordOf(items), `${path}[]`, choices)),
    ...innerRowsOfMap(additionalProperties, path, choices),
    ...alternatives.flatMap((one) => innerRows(one, path, choices)),
  ];
}

function innerRowsOfMap(values: unknown, path: string, choices: Choice[]): string[] {
  return typeof values === "object" && values !== null
    ? innerRows(recordOf(values), `${path}.*`, choices)
    : [];
}

/** What a schema may be instead, those within each other as one list. */
function alternativesOf({ anyOf, oneOf }: Schema): Schema[] {
  return [...listOf(anyOf), ...listOf(oneOf)].map(recordOf).flatMap((one) => {
    const inner = alternativesOf(one);
    return inner.length === 0 ? [one] : inner;
  });
}

/** The field by which an object is told from others, as it is written: `type: latency`. */
function markOf(schema: Schema): string | undefined {
  for (const [name, property] of Object.entries(recordOf(schema["properties"]))) {
    const { const: only } = recordOf(property);
    if (typeof only === "string") return `${name}: ${only}`;
  }
  return undefined;
}

function typeText(schema: Schema): string {
  const { type, enum: choices, const: only, items, additionalProperties } = schema;
  if (Array.isArray(choices)) return choices.map((value) => code(value)).join(", ");
  if (only !== undefined) return code(only);
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0 && alternatives.every((one) => markOf(one) !== undefined))
    return `object with ${alternatives.map((one) => `\`${markOf(one)!}\``).join(", ")}`;
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeText))].join(" or ");
  if (type === "array") return `list of ${typeText(recordOf(items))}`;
  const values = recordOf(additionalProperties);
  if (Object.keys(values).length > 0) return `map of ${typeText(values)}`;
  return Array.isArray(type) ? type.join(" or ") : typeof type === "string" ? type : "any";
}

function defaultText(schema: Schema, isRequired: boolean): string {
  const value = schema["default"];
  if (value !== undefined) return code(value);
  return isRequired ? "required" : "";
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll("|", "\\|")}\``;
}

/** On one line, and no end of a cell. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/\s+/g, " ").replaceAll("|", "\\|") : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Schema {
  return typeof value === "object" && value !== null ? (value as Schema) : {};
}
