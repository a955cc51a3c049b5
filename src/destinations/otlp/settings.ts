import { z } from "zod";
import { whyUrlRefused } from "#pipeline/outbound/destination-url.ts";
import { headersSetting } from "#pipeline/outbound/header-settings.ts";
import { flushInterval } from "#pipeline/outbound/request-settings.ts";

const URL_FIELDS = ["endpoint", "tracesEndpoint", "metricsEndpoint", "logsEndpoint"] as const;

const signalEndpoint = (signal: string) =>
  z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      `For HTTP: where ${signal} are sent to, as it stands. Without it: the endpoint and /v1/${signal}.`,
    )
    .meta({ examples: [`https://${signal}.example.com/otlp`] });

/** Times are milliseconds. */
export const otlpSettings = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/ })
      .describe("The backend's address: http:// without TLS, https:// with it, for gRPC as well.")
      .meta({ examples: ["https://otlp.example.com:4318"] }),
    protocol: z
      .enum(["http/protobuf", "http/json", "grpc"])
      .default("http/protobuf")
      .describe("How it is spoken to."),
    tracesEndpoint: signalEndpoint("traces"),
    metricsEndpoint: signalEndpoint("metrics"),
    logsEndpoint: signalEndpoint("logs"),
    headers: headersSetting,
    compression: z
      .enum(["gzip", "zstd", "none"])
      .default("gzip")
      .describe("How requests are compressed. Every backend takes gzip, not every one zstd."),
    timeout: z.int().min(1).max(600_000).default(10_000).describe("How long a request may take."),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("Whether the endpoint may be a private or loopback address."),
    batchSize: z.int().min(1).max(50_000).default(2_000).describe("Rows of a request, at most."),
    flushInterval: flushInterval(1_000),
  })
  .superRefine((given, context) => {
    for (const field of URL_FIELDS) {
      const url = given[field];
      const message = url === undefined ? undefined : whyUrlRefused(url, given);
      if (message !== undefined) context.addIssue({ code: "custom", path: [field], message });
      else if (url !== undefined && field !== "endpoint" && given.protocol === "grpc")
        context.addIssue({ code: "custom", path: [field], message: "is for HTTP, not for gRPC" });
    }
  });

export type OtlpSettings = z.infer<typeof otlpSettings>;
