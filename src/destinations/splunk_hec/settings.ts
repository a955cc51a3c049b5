import { z } from "zod";
import { nameTemplateSetting, type PlaceholderKind } from "#pipeline/delivery/name-template.ts";
import { flushInterval, REQUEST_SETTINGS } from "#pipeline/outbound/request-settings.ts";

/** RFC 9110 §5.5: what a header's value may be; tokens are visible characters. */
const TOKEN = /^[\x21-\x7e]+$/;
const TEMPLATE_CHARACTERS_MAX = 1_000;

/** Metadata is made once for each resource, and so of its attributes alone. */
export const TEMPLATE_PLACEHOLDERS: readonly PlaceholderKind[] = ["resource"];
const template = nameTemplateSetting(TEMPLATE_PLACEHOLDERS, TEMPLATE_CHARACTERS_MAX);

/** Times are milliseconds. */
export const splunkHecSettings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .describe("The collector's address, with or without /services/collector.")
    .meta({ examples: ["https://splunk.example.com:8088"] }),
  token: z
    .string()
    .regex(TOKEN, "a token of one line")
    .describe("The token of an HTTP Event Collector input.")
    .meta({ secret: true, examples: ["${env:SPLUNK_HEC_TOKEN}"] }),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe("Whether the address may be a private or loopback one."),
  host: template
    .default("{host.name}")
    .describe(
      "Splunk's host of each event. {host.name} or {resource.<key>} stand for that attribute of the resource; what comes out empty is left to Splunk.",
    ),
  source: template
    .default("{service.name}")
    .describe("Splunk's source of each event, in the same way."),
  sourcetype: template
    .default("_json")
    .describe("Splunk's sourcetype of log records and spans, in the same way."),
  index: template
    .optional()
    .describe("The index of log records and spans, in the same way. Without it the token's own.")
    .meta({ examples: ["main"] }),
  metricsIndex: template
    .optional()
    .describe(
      "The index of metrics, in the same way, which has to be one for metrics. Without it the token's own.",
    )
    .meta({ examples: ["metrics"] }),
  eventFormat: z
    .enum(["json", "body"])
    .default("json")
    .describe("What an event's text is: the whole row as JSON, or of log records just their body."),
  indexedFields: z
    .enum(["none", "resource", "all"])
    .default("resource")
    .describe(
      "What is indexed beside an event's text: nothing, the resource's attributes, or the row's own as well. Metrics have all as dimensions.",
    ),
  acknowledgements: z
    .boolean()
    .default(false)
    .describe(
      "Whether rows count as delivered only when indexers have them on disk, for tokens with indexer acknowledgment.",
    ),
  ackTimeout: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(300_000)
    .describe("How long an acknowledgement is waited for before rows are sent again."),
  maxContentLength: z
    .int()
    .min(10_000)
    .max(838_860_800)
    .default(1_000_000)
    .describe(
      "Bytes of a request before it is compressed. Splunk Cloud takes 1 MB by its documentation.",
    ),
  compression: z.boolean().default(true).describe("Whether requests are compressed with gzip."),
  ...REQUEST_SETTINGS,
  flushInterval: flushInterval(5_000),
});

export type SplunkHecSettings = z.infer<typeof splunkHecSettings>;
