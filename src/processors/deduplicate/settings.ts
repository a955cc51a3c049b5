import { z } from "zod";
import { ROW_LIMITS } from "#core/limits.ts";

/** What a row may be told apart by, beside single attributes. */
export const LOG_FIELDS = [
  "resource",
  "severity",
  "event_name",
  "body",
  "trace_id",
  "span_id",
  "attributes",
] as const;
export const SPAN_FIELDS = [
  "resource",
  "trace_id",
  "span_id",
  "name",
  "kind",
  "status",
  "attributes",
] as const;

const ATTRIBUTE = "attributes.";
const FIELDS_MAX = 64;

/** The attribute that a field names, such as `user` of `attributes.user`; undefined for other fields. */
export function attributeOfField(field: string): string | undefined {
  return field.startsWith(ATTRIBUTE) ? field.slice(ATTRIBUTE.length) : undefined;
}

function fieldsOf(names: readonly string[], defaults: readonly string[]) {
  const field = z
    .string()
    .max(ATTRIBUTE.length + ROW_LIMITS.attributeKeyBytesMax)
    .refine((name) => names.includes(name) || (attributeOfField(name) ?? "") !== "", {
      error: ({ input }) =>
        `there is no field ${String(input)}: allowed are ${names.join(", ")} and ${ATTRIBUTE}<key>`,
    });
  return z
    .array(field)
    .max(FIELDS_MAX)
    .default([...defaults]);
}

export const settings = z.strictObject({
  window: z
    .int()
    .min(100)
    .max(86_400_000)
    .default(60_000)
    .describe(
      "Milliseconds for which rows with the same content are suppressed, from the one that passed.",
    ),
  logFields: fieldsOf(LOG_FIELDS, ["resource", "severity", "event_name", "body", "attributes"])
    .describe(
      "Log records with the same of these have the same content. `attributes` are all but those of `ignoreAttributes`, in their order; `attributes.<key>` is one of them. With none, log records pass.",
    )
    .meta({ examples: [["body", "attributes.user"]] }),
  spanFields: fieldsOf(SPAN_FIELDS, ["trace_id", "span_id"]).describe(
    "Spans with the same of these have the same content; those of their ids are what a sender repeated. With none, spans pass.",
  ),
  ignoreAttributes: z
    .array(z.string().min(1))
    .max(FIELDS_MAX)
    .default(["timestamp", "_source", "_eventFile", "_enrichment", "_sampling", "_redaction"])
    .describe("Attributes that the field `attributes` leaves out."),
  entriesMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe(
      "How many different contents are remembered of an organization and signal, about 200 bytes each; the oldest is forgotten for the next, and its like then passes.",
    ),
  entriesOfAllMax: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(300_000)
    .describe(
      "How many are remembered of all organizations and signals, about 60 MB. Beyond that the organization is forgotten that was silent for longest.",
    ),
  countAttribute: z
    .string()
    .min(1)
    .max(ROW_LIMITS.attributeKeyBytesMax)
    .default("deduplicated.count")
    .describe(
      "The attribute in which the next row that passes says how many of its like were suppressed before it.",
    ),
});

export type DeduplicateSettings = z.output<typeof settings>;
