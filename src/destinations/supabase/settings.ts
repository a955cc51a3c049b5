import { flushInterval, REQUEST_SETTINGS } from "#pipeline/outbound/request-settings.ts";
import { z } from "zod";

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const NAME_ALLOWED = "lower-case letters, digits and underscores, 63 at most, no digit first";
/** A header's value; keys are letters, digits and a few signs. */
const KEY = /^[\x21-\x7e]+$/;

/** Times are milliseconds. */
export const supabaseSettings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .describe("The project's address.")
    .meta({ examples: ["https://abcdefgh.supabase.co", "${env:SUPABASE_URL}"] }),
  serviceKey: z
    .string()
    .regex(KEY, "a key of one line")
    .describe("The project's secret key, or its service_role key of old.")
    .meta({ secret: true, examples: ["${env:SUPABASE_SERVICE_KEY}"] }),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe("Whether the address may be private or loopback, as of a Supabase of one's own."),
  schemaName: z
    .string()
    .regex(NAME, NAME_ALLOWED)
    .default("public")
    .describe("Schema of the tables. It has to be among those that the project's API shows."),
  tableName: z
    .string()
    .regex(NAME, NAME_ALLOWED)
    .default("events")
    .describe(
      "Table of log records. Spans and points go to telemetry_traces and telemetry_metrics.",
    ),
  retentionDays: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe("Days after which rows are deleted, looked at each hour. Without it they are kept.")
    .meta({ examples: [90] }),
  kpiRollups: z
    .boolean()
    .default(true)
    .describe(
      "Whether the KPIs of the hours that are over are computed from the spans, once an hour.",
    ),
  ...REQUEST_SETTINGS,
  flushInterval: flushInterval(10_000),
});

export type SupabaseSettings = z.infer<typeof supabaseSettings>;
