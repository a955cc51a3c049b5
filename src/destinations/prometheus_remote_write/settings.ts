import { z } from "zod";
import { whyUrlRefused } from "#pipeline/outbound/destination-url.ts";
import { headersSetting, headerValue } from "#pipeline/outbound/header-settings.ts";
import { flushInterval } from "#pipeline/outbound/request-settings.ts";

/** As Prometheus names them (`otlp.translation_strategy`). */
const TRANSLATIONS = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;

/** Times are milliseconds. */
export const remoteWriteSettings = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .describe("Where to write to.")
      .meta({ examples: ["https://prometheus.example.com/api/v1/write"] }),
    version: z
      .enum(["1.0", "2.0"])
      .default("1.0")
      .describe("Version of remote write. Everyone takes 1.0; 2.0 is smaller and says more."),
    translation: z
      .enum(TRANSLATIONS)
      .default("UnderscoreEscapingWithSuffixes")
      .describe(
        "How OpenTelemetry's names become those of Prometheus: whether what is no letter, digit or underscore becomes one, and whether unit and type are added as suffixes (_seconds, _total).",
      ),
    promoteResourceAttributes: z
      .array(z.string().min(1))
      .max(64)
      .default([])
      .describe("Attributes of resources that every series gets as labels."),
    scopeLabels: z
      .boolean()
      .default(true)
      .describe(
        "Whether series get the instrumentation scope as labels otel_scope_name and so on.",
      ),
    targetInfo: z
      .boolean()
      .default(true)
      .describe("Whether the attributes of resources are sent as the metric target_info."),
    deltaTemporality: z
      .enum(["cumulative", "drop"])
      .default("cumulative")
      .describe(
        "What becomes of counters and histograms of delta temporality: they are added up, from the start of the process on, or dropped and counted.",
      ),
    authToken: headerValue
      .optional()
      .describe("A bearer token.")
      .meta({ secret: true, examples: ["${env:PROMETHEUS_TOKEN}"] }),
    username: z
      .string()
      .optional()
      .describe("For basic authentication: the user.")
      .meta({ examples: ["sightglass"] }),
    password: z
      .string()
      .optional()
      .describe("For basic authentication: the password.")
      .meta({ secret: true, examples: ["${env:PROMETHEUS_PASSWORD}"] }),
    headers: headersSetting,
    timeout: z.int().min(1).max(600_000).default(30_000).describe("How long a request may take."),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Whether the address may be a private or loopback one."),
    batchSize: z.int().min(1).max(50_000).default(2_000).describe("Points of a request, at most."),
    flushInterval: flushInterval(5_000, "How long points wait for others to be sent with."),
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    const refused = whyUrlRefused(given.url, given);
    if (refused !== undefined) refuse("url", refused);
    if ((given.username === undefined) !== (given.password === undefined))
      refuse("password", "username and password go together");
    if (given.username !== undefined && given.authToken !== undefined)
      refuse("authToken", "is not for requests that have a username");
  });

export type RemoteWriteSettings = z.infer<typeof remoteWriteSettings>;
