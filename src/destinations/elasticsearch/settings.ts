import { flushInterval, REQUEST_SETTINGS } from "#pipeline/outbound/request-settings.ts";
import { z } from "zod";
import { whyNoIndexPattern } from "./index-names.ts";

/** Nodes of a cluster that requests are shared out to. */
const ENDPOINTS_MAX = 32;
/** RFC 9110 §5.5: what a header's value may be; keys and tokens are visible characters. */
const KEY = /^[\x21-\x7e]+$/;

/** Where rows go when the settings do not say so. */
const DEFAULT_INDEX = "sightglass-{signal}-{yyyy.MM.dd}";
const DEFAULT_DATA_STREAM = "{signal}-sightglass-default";

/** Times are milliseconds. */
export const elasticsearchSettings = z
  .strictObject({
    endpoints: z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .max(ENDPOINTS_MAX)
      .describe(
        "Addresses of the cluster's nodes. Requests take turns, and go past nodes that are down.",
      )
      .meta({ examples: [["https://elasticsearch.example.com:9200"]] }),
    apiKey: z
      .string()
      .regex(KEY, "an encoded API key")
      .optional()
      .describe("An API key, encoded, as Elasticsearch shows it.")
      .meta({ secret: true, examples: ["${env:ELASTICSEARCH_API_KEY}"] }),
    token: z
      .string()
      .regex(KEY, "a token of one line")
      .optional()
      .describe("A bearer token, as of a service account.")
      .meta({ secret: true, examples: ["${env:ELASTICSEARCH_TOKEN}"] }),
    username: z
      .string()
      .min(1)
      .optional()
      .describe("A user's name, for HTTP basic.")
      .meta({ examples: ["sightglass"] }),
    password: z
      .string()
      .optional()
      .describe("The user's password.")
      .meta({ secret: true, examples: ["${env:ELASTICSEARCH_PASSWORD}"] }),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Whether the endpoints may be private or loopback addresses."),
    dataStreams: z
      .boolean()
      .default(false)
      .describe(
        "Whether rows go to data streams, which roll over by themselves, and not to indices.",
      ),
    index: z
      .string()
      .max(255)
      .superRefine((pattern, context) => {
        const message = whyNoIndexPattern(pattern);
        if (message !== undefined) context.addIssue({ code: "custom", message });
      })
      .optional()
      .describe(
        `The index or data stream of a row. {signal} is traces, logs or metrics, {org} the organization, {yyyy.MM.dd} and parts of it (with HH for the hour) the row's own time in UTC. Without it: ${DEFAULT_INDEX}, of data streams ${DEFAULT_DATA_STREAM}.`,
      )
      .meta({ examples: [DEFAULT_INDEX] }),
    operation: z
      .enum(["create", "index"])
      .default("create")
      .describe(
        "What is done about a document that is there: create leaves it, index writes it again. Data streams only know create.",
      ),
    documents: z
      .enum(["otel", "event"])
      .default("otel")
      .describe(
        "Fields as OpenTelemetry names them, attributes apart, or each event with its own fields on top, as it was sent.",
      ),
    pipeline: z
      .string()
      .min(1)
      .optional()
      .describe("An ingest pipeline that documents go through.")
      .meta({ examples: ["geoip"] }),
    installTemplate: z
      .boolean()
      .default(true)
      .describe(
        "Whether an index template is made where there is none. One that is there is left as it is.",
      ),
    templatePriority: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(501)
      .describe("That template's priority. Elastic's own for logs-*-* have 100 and less than 500."),
    compression: z.boolean().default(true).describe("Whether requests are compressed with gzip."),
    ...REQUEST_SETTINGS,
    flushInterval: flushInterval(5_000),
  })
  .superRefine((settings, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    const { apiKey, token, username, password, dataStreams, operation, index } = settings;
    if ((username === undefined) !== (password === undefined))
      refuse("password", "username and password go together");
    const ways = [apiKey, token, username].filter((way) => way !== undefined);
    if (ways.length > 1) refuse("apiKey", "only one of apiKey, token and username may be given");
    if (!dataStreams) return;
    if (operation === "index") refuse("operation", "data streams only know create");
    if (index !== undefined && /\{[yMdH._-]+\}/.test(index))
      refuse("index", "a data stream's name has no time in it: it rolls over by itself");
  });

export type ElasticsearchSettings = z.infer<typeof elasticsearchSettings>;

/** The pattern of index names, given or not. */
export function indexPatternOf({
  index,
  dataStreams,
}: Pick<ElasticsearchSettings, "index" | "dataStreams">): string {
  return index ?? (dataStreams ? DEFAULT_DATA_STREAM : DEFAULT_INDEX);
}
