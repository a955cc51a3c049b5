import { z } from "zod";
import { ROW_LIMITS } from "#core/limits.ts";

export const ENRICHMENTS = [
  "timestamp",
  "hostname",
  "environment",
  "process",
  "performance",
  "cost",
  "context",
] as const;
export type Enrichment = (typeof ENRICHMENTS)[number];

const ATTRIBUTES_MAX = 64;
const LOOKUPS_MAX = 16;
const COLUMNS_MAX = 64;

const key = z.string().min(1).max(ROW_LIMITS.attributeKeyBytesMax);
const value = z.union([z.string(), z.number(), z.boolean()]);

const values = z
  .record(key, value)
  .refine((given) => Object.keys(given).length <= ATTRIBUTES_MAX, {
    error: `more than ${ATTRIBUTES_MAX} of them`,
  })
  .default({});

const dollars = (tokens: string, amount: number) =>
  z
    .number()
    .min(0)
    .default(amount)
    .describe(`US dollars for a million ${tokens} tokens, in \`cost_estimate\`.`);

const lookup = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe(
      "A CSV file (RFC 4180) in UTF-8 whose first line names its columns. It is read at start.",
    )
    .meta({ examples: ["/etc/sightglass/teams.csv"] }),
  key: key
    .describe(
      "The attribute whose value is looked up: of the resource, else of the row (of points, the series).",
    )
    .meta({ examples: ["service.name"] }),
  column: z
    .string()
    .min(1)
    .optional()
    .describe("The column in which the value is looked for; the one named as `key` when left out.")
    .meta({ examples: ["service"] }),
  attributes: z
    .array(key)
    .max(COLUMNS_MAX)
    .optional()
    .describe("The columns that become attributes of the same name; all others when left out.")
    .meta({ examples: [["team", "tier"]] }),
});

export type LookupSettings = z.output<typeof lookup>;

export const settings = z.strictObject({
  enrichments: z
    .array(z.enum([...ENRICHMENTS, "all"]))
    .default(["timestamp", "hostname", "environment", "process", "performance"])
    .describe(
      "What events get, each under the seed's names and only where they do not have it: `timestamp`; `hostname` with `platform` and `arch`; `environment` with `node_version`; `process` (`process_id`, `process_uptime`); `performance` (`memory_usage`, `cpu_usage`, and `duration_ms` from `started_at` and `completed_at`); `cost` (`cost_estimate` from counts of tokens); `context` (`_context`); or `all`. Of these, spans, points and other log records get `deployment.environment.name` (`environment`) on their resource, and with `ownHost` what `hostname` says, where it says nothing of them.",
    ),
  ownHost: z
    .boolean()
    .default(false)
    .describe(
      "Whether resources that say nothing of their host get `host.name`, `host.arch` and `os.type` of this machine (with `hostname` among the enrichments): for a Sightglass that takes what programs of its own machine send. What came from other machines would be said to be of this one.",
    ),
  events: z
    .enum(["events", "all", "none"])
    .default("events")
    .describe(
      "Which log records get the fields of events: those that are events (with an event name, or an attribute `event_type`, `type`, `level`, `severity` or `timestamp`), all, or none. The others are enriched as spans are.",
    ),
  environment: z
    .string()
    .min(1)
    .max(ROW_LIMITS.nameBytesMax)
    .optional()
    .describe(
      "What `environment` says. When left out, events say `development`, and resources are not touched.",
    )
    .meta({ examples: ["production"] }),
  attributes: values
    .describe(
      "Attributes that every row gets, in the place of its own ones: on the resource, and on events also on the row, so that their JSON has them.",
    )
    .meta({ examples: [{ "cloud.region": "eu-central-1" }] }),
  context: values
    .describe("What `_context` says beside the fields of `contextFields`.")
    .meta({ examples: [{ cluster: "blue" }] }),
  contextFields: z
    .array(key)
    .max(ATTRIBUTES_MAX)
    .default(["worker_id", "task_id", "master", "session_id", "request_id", "correlation_id"])
    .describe("Fields of an event that `_context` repeats."),
  inputPricePerMillion: dollars("input", 3),
  outputPricePerMillion: dollars("output", 15),
  metadata: z
    .boolean()
    .default(true)
    .describe("Whether events get `_enrichment`, which says when, by whom and with what."),
  lookups: z
    .array(lookup)
    .max(LOOKUPS_MAX)
    .default([])
    .describe("Tables that give more attributes to rows with a key; those that a row has stay."),
});

export type EnrichSettings = z.output<typeof settings>;
