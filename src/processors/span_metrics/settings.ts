import { z } from "zod";
import { ROW_LIMITS } from "#core/limits.ts";

/** What every span has, under the names of OpenTelemetry's spanmetrics connector. */
export const COMMON_DIMENSIONS = ["service.name", "span.name", "span.kind", "status.code"] as const;
export type CommonDimension = (typeof COMMON_DIMENSIONS)[number];

const DIMENSIONS_MAX = 32;
const RESOURCE_ATTRIBUTES_MAX = 32;
const BUCKETS_MAX = 256;
const SERIES_MAX = 100_000;
const NAMESPACE_CHARACTERS_MAX = 200;

/** The connector's own, in milliseconds. */
const BUCKETS = [
  2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1_000, 1_400, 2_000, 5_000, 10_000, 15_000,
];

const key = z.string().min(1).max(ROW_LIMITS.attributeKeyBytesMax);

const dimension = z.strictObject({
  name: key
    .refine((name) => !(COMMON_DIMENSIONS as readonly string[]).includes(name), {
      error: ({ input }) => `${String(input)} is a dimension of every span`,
    })
    .describe("The attribute: of the span, else of its resource.")
    .meta({ examples: ["http.route"] }),
  default: z
    .string()
    .optional()
    .describe(
      "What the dimension is where neither has it; without it the series has no such attribute.",
    )
    .meta({ examples: ["unknown"] }),
});

export const settings = z.strictObject({
  namespace: z
    .string()
    .max(NAMESPACE_CHARACTERS_MAX)
    .default("traces.span.metrics")
    .describe(
      "What the metrics' names begin with: `<namespace>.calls` and `<namespace>.duration`.",
    ),
  dimensions: z
    .array(dimension)
    .max(DIMENSIONS_MAX)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
      error: "a dimension twice",
    })
    .default([])
    .describe(
      "What series are told apart by beside `service.name`, `span.name`, `span.kind` and `status.code`. Each value is a series of its own: take attributes of few values.",
    )
    .meta({ examples: [[{ name: "http.route" }, { name: "region", default: "eu" }]] }),
  excludeDimensions: z
    .array(z.enum(COMMON_DIMENSIONS))
    .default([])
    .describe("Which of those four series are not told apart by."),
  resourceAttributes: z
    .array(key)
    .max(RESOURCE_ATTRIBUTES_MAX)
    .default(["service.name", "service.namespace", "deployment.environment.name"])
    .describe(
      "Attributes of the spans' resource that the metrics' resource has. Those of one instance (a host, a process) make each instance a series.",
    ),
  unit: z.enum(["ms", "s"]).default("ms").describe("The unit of the durations."),
  histogram: z
    .enum(["explicit", "exponential"])
    .default("explicit")
    .describe("`explicit` has the bounds of `buckets`; `exponential` finds its own, of base 2."),
  buckets: z
    .array(z.number().positive())
    .min(1)
    .max(BUCKETS_MAX)
    .refine((list) => list.every((bound, i) => i === 0 || bound > list[i - 1]!), {
      error: "bounds that do not rise",
    })
    .default(BUCKETS)
    .describe("Upper bounds of the explicit histogram, in milliseconds whatever the unit."),
  exponentialSizeMax: z
    .int()
    .min(2)
    .max(320)
    .default(160)
    .describe(
      "How many buckets the exponential histogram has at most: with more it grows coarser.",
    ),
  temporality: z
    .enum(["cumulative", "delta"])
    .default("cumulative")
    .describe(
      "`cumulative` points say what was since their series began, `delta` points what was since the last.",
    ),
  flushInterval: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(60_000)
    .describe("Milliseconds between points of a series."),
  expiration: z
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(3_600_000)
    .describe(
      "Milliseconds without a span after which a cumulative series ends; the next span begins it anew.",
    ),
  exemplarsMax: z
    .int()
    .min(0)
    .max(ROW_LIMITS.exemplarsMax)
    .default(5)
    .describe(
      "How many spans a point of the durations names as examples: the last of each doubling of the duration. With 0, none.",
    ),
  seriesMax: z
    .int()
    .min(2)
    .max(SERIES_MAX)
    .default(10_000)
    .describe(
      "How many series an organization has at most. Spans of any further are counted in one that has the attribute `otel.metric.overflow` only.",
    ),
});

export type SpanMetricsSettings = z.output<typeof settings>;
