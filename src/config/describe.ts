import { z } from "zod";
import { CONFIG_VARIABLE } from "./draft.ts";
import { settingsSchema } from "./schema.ts";
import { listSettings, type ListedSetting } from "./setting-list.ts";

/** The settings of each type of component, by kind. */
export interface ComponentSchemas {
  readonly receivers: ReadonlyMap<string, z.ZodType>;
  readonly processors: ReadonlyMap<string, z.ZodType>;
  readonly destinations: ReadonlyMap<string, z.ZodType>;
  /** What stands beside a component's own settings, in every component of the kind. */
  readonly beside: {
    readonly processors: Readonly<Record<string, z.ZodType>>;
    readonly destinations: Readonly<Record<string, z.ZodType>>;
  };
  readonly pipelines: z.ZodType;
}

type JsonSchema = Record<string, unknown>;

/** The JSON Schema of `sightglass.yaml`, for editors: what a user may write, not what it becomes. */
export function configJsonSchema(components: ComponentSchemas): string {
  const schema = jsonSchema(settingsSchema);
  const properties = schema["properties"] as Record<string, JsonSchema>;
  properties["receivers"]!["patternProperties"] = byName(components.receivers, {});
  properties["processors"] = {
    description:
      "What changes telemetry before it is durable, by name, in the order of their work.",
    type: "object",
    patternProperties: byName(components.processors, components.beside.processors),
    additionalProperties: false,
  };
  properties["destinations"] = {
    description: "Where telemetry goes beside the store, by name.",
    type: "object",
    patternProperties: byName(components.destinations, components.beside.destinations),
    additionalProperties: false,
  };
  properties["pipelines"] = {
    description:
      "Ways from receivers through processors to destinations; one of all when left out.",
    type: "object",
    additionalProperties: plain(jsonSchema(components.pipelines)),
  };
  return `${JSON.stringify({ ...schema, title: "Sightglass configuration" }, undefined, 2)}\n`;
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema: part }) => {
      delete part["env"];
      if (part["secret"] === true) part["writeOnly"] = true;
      delete part["secret"];
    },
  }) as JsonSchema;
  return made;
}

/** Components by their names: the type alone, or with a name of its own. */
function byName(
  schemas: ReadonlyMap<string, z.ZodType>,
  beside: Readonly<Record<string, z.ZodType>>,
): JsonSchema {
  const more: JsonSchema = {};
  for (const [key, schema] of Object.entries(beside)) more[key] = plain(jsonSchema(schema));
  return Object.fromEntries(
    [...schemas].map(([type, schema]) => {
      const own = plain(jsonSchema(schema));
      const properties: JsonSchema = { ...(own["properties"] as JsonSchema), ...more };
      return [`^${type}(/[a-z0-9][a-z0-9_-]*)?$`, { ...own, type: ["object", "null"], properties }];
    }),
  );
}

/** Without the mark of a document of its own. */
function plain({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** The reference page of all settings, in Markdown. */
export function configMarkdown({ pipelines }: Pick<ComponentSchemas, "pipelines">): string {
  const listed = listSettings(settingsSchema);
  const settings = listed.filter(({ keys }) => keys === undefined);
  const sections = listed.filter(({ keys, path }) => keys !== undefined && path.length === 1);
  const top = settings.filter(({ path }) => path.length === 1);
  return [
    "<!-- Generated from src/config/schema.ts by scripts/generate.ts: do not edit. -->",
    "# Configuration",
    "",
    `Sightglass needs no configuration. What differs from the defaults stands in \`sightglass.yaml\` in the`,
    `working folder (YAML or JSON; \`${CONFIG_VARIABLE}\` names another file), or in the environment, which wins.`,
    "Every wrong setting is reported at once, with its place, what was found and what is allowed, and the",
    "start is refused. `sightglass check` judges a configuration and shows where each value comes from.",
    "",
    "`${env:NAME}` in a text of the file stands for that environment variable, and `${file:path}` for what",
    "stands in that file; paths start at the working folder. A variable that is not set, a file that cannot be",
    "read, and any other `${` are errors; where `${` is meant as it stands, it is written `$${`. A secret of this",
    "page may also be `file:<path>`.",
    "",
    "For completion in an editor, begin the file with",
    "`# yaml-language-server: $schema=docs/config.schema.json`.",
    "",
    ...settingTable("Top level", "", top),
    ...sections.flatMap(({ path, meta }) =>
      settingTable(
        `\`${path[0]!}\``,
        meta.description,
        settings.filter((entry) => entry.path[0] === path[0]),
      ),
    ),
    ...COMPONENTS_TEXT,
    ...pipelineTable(pipelines),
    "",
  ].join("\n");
}

const COMPONENTS_TEXT = [
  "",
  "## Components",
  "",
  "`receivers` (beside `otlp`), `processors` and `destinations` have an entry for each component: its type, or its type",
  "and a name of your own such as `webhook/slack`, with its settings. [The components](components/README.md) have pages",
  "of their own. Beside its settings any processor may have `when` and `onError`, and any destination `when` and",
  "`delivery`, which its page describes.",
  "",
  "### Only some rows",
  "",
  "`when` is a condition: an expression over the fields of a row. A processor is given only the rows for which it is true,",
  "and the others pass by it. A destination is sent only those, and skips the others; they are counted as `skipped` in",
  "`GET /api/v1/pipelines` and in `sightglass_delivery_rows_total`. Rows of signals that have not the fields which it names",
  "are none of a condition's. The store is given all rows.",
  "",
  "```yaml",
  "destinations:",
  "  webhook/slack:",
  '    url: "${env:SLACK_WEBHOOK_URL}"',
  "    when: severity_number >= SEVERITY_NUMBER_ERROR",
  "```",
  "",
  "A condition may be changed while Sightglass runs. Rows that wait in the journal for a destination then are read with the",
  "new one; dead letters are sent again whatever it says. A group has one condition for all its members, who have none.",
  "",
  "## `pipelines`",
  "",
  "Ways from receivers through processors to destinations, by name. Without this section there is one, `default`, from all",
  "receivers through all processors, in the order in which they are written, to all destinations. With it, one has the name",
  "`default` and the destination `store`, at least one has the receiver `otlp`, and whatever is declared stands in one.",
  "Each pipeline has a journal of its own. A receiver may be in several: what it brings is acknowledged once all have it.",
  "",
  "```yaml",
  "receivers:",
  "  syslog: {}",
  "processors:",
  "  redact: {}",
  "  filter: { dropLevels: [debug] }",
  "destinations:",
  "  s3: { bucket: our-logs }",
  "pipelines:",
  "  default: { receivers: [otlp, syslog], processors: [redact, filter], destinations: [store] }",
  "  archive: { receivers: [syslog], processors: [redact], destinations: [s3] }",
  "```",
];

function pipelineTable(pipelines: z.ZodType): string[] {
  const { properties, required } = jsonSchema(pipelines) as {
    readonly properties: Readonly<Record<string, JsonSchema>>;
    readonly required: readonly string[];
  };
  const rows = Object.entries(properties).map(([name, property]) => {
    const usual = required.includes(name) ? "required" : "none";
    return `| \`pipelines.*.${name}\` | ${usual} | ${String(property["description"])} |`;
  });
  return ["", "| setting | default | |", "|---|---|---|", ...rows];
}

function settingTable(title: string, text: string, settings: readonly ListedSetting[]): string[] {
  return [
    "",
    `## ${title}`,
    "",
    ...(text === "" ? [] : [text, ""]),
    "| setting | default | environment | |",
    "|---|---|---|---|",
    ...settings.map(({ path, meta, schema }) => {
      const variable = meta.env === undefined ? "" : `\`${meta.env}\``;
      const secret = meta.secret === true ? " A secret." : "";
      return `| \`${path.join(".")}\` | ${defaultText(schema)} | ${variable} | ${meta.description}${secret} |`;
    }),
  ];
}

function defaultText(schema: z.core.$ZodType): string {
  if (!(schema instanceof z.ZodPrefault)) return "none";
  const value: unknown = schema.def.defaultValue;
  if (Array.isArray(value) && value.length === 0) return "none";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
