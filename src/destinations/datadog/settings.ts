import { flushInterval, REQUEST_SETTINGS } from "#pipeline/outbound/request-settings.ts";
import { z } from "zod";

const HOUR_MS = 3_600_000;
/** Ages without a practical bound, for archives that are sent once more. */
const AGE_MS_MAX = 3_153_600_000_000;
/** A header's value on one line. */
const KEY = /^[\x21-\x7e]+$/;
const SITE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

const tag = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^,\r\n]+$/, "a tag on one line, without a comma");
const address = z.url({ protocol: /^https?$/ });

/** Times are milliseconds. */
export const datadogSettings = z.strictObject({
  apiKey: z
    .string()
    .regex(KEY, "a key of one line")
    .describe("The organization's API key.")
    .meta({ secret: true, examples: ["${env:DATADOG_API_KEY}"] }),
  site: z
    .string()
    .regex(SITE, "a site such as datadoghq.eu")
    .default("datadoghq.com")
    .describe(
      "The organization's Datadog site: datadoghq.com (US1), us3.datadoghq.com, us5.datadoghq.com, datadoghq.eu (EU1), ap1.datadoghq.com, ap2.datadoghq.com, ddog-gov.com (US1-FED) or a newer one.",
    ),
  endpoint: address
    .optional()
    .describe("Address of a proxy that everything is sent to, in place of the site's hosts.")
    .meta({ examples: ["https://datadog-proxy.example.com"] }),
  agentUrl: address
    .optional()
    .describe(
      "OTLP/HTTP endpoint of a Datadog Agent that spans are sent to, without the key. Without it they go to the site's OTLP intake.",
    )
    .meta({ examples: ["http://datadog-agent:4318"] }),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe("Whether the proxy or the agent may have a private or loopback address."),
  source: z
    .string()
    .min(1)
    .max(200)
    .default("sightglass")
    .describe("What log records are said to come from (ddsource), which chooses their pipeline."),
  hostname: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("Host of rows whose resource has no host.name.")
    .meta({ examples: ["gateway-1"] }),
  tags: z.array(tag).max(100).default([]).describe("Tags of every row, such as team:core."),
  resourceTags: z
    .array(z.string().min(1))
    .max(100)
    .default(["service.instance.id"])
    .describe(
      "Attributes of the resource that become tags, beside service, env and version. Points of two instances with the same tags would replace each other.",
    ),
  metricPrefix: z
    .string()
    .max(100)
    .regex(
      /^(?:[A-Za-z][A-Za-z0-9_.]*)?$/,
      "a letter, then letters, digits, points and underscores",
    )
    .default("")
    .describe("What the names of all metrics begin with, such as orca."),
  events: z
    .boolean()
    .default(false)
    .describe("Whether log records with an event name become events in place of logs."),
  traceMetrics: z
    .boolean()
    .default(true)
    .describe("Whether Datadog computes metrics from the spans that its OTLP intake gets."),
  logAgeMax: z
    .int()
    .min(1)
    .max(AGE_MS_MAX)
    .default(18 * HOUR_MS)
    .describe(
      "How old a log record or event may be. Datadog drops older ones without a word; here they become dead letters.",
    ),
  metricAgeMax: z
    .int()
    .min(1)
    .max(AGE_MS_MAX)
    .default(HOUR_MS)
    .describe(
      "How old a point may be. Datadog drops older ones without a word, unless the organization takes historical metrics; here they become dead letters.",
    ),
  compression: z.boolean().default(true).describe("Whether requests are compressed with gzip."),
  ...REQUEST_SETTINGS,
  flushInterval: flushInterval(5_000),
});

export type DatadogSettings = z.infer<typeof datadogSettings>;
