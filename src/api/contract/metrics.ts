import { QUERY_LIMITS } from "#core/limits.ts";
import { AGGREGATIONS, DOWNSAMPLINGS, METRIC_KINDS, TEMPORALITIES } from "#core/vocabulary.ts";
import { z } from "zod";
import { from, keyValues, text, to, wholeNumber } from "./parameters.ts";
import { attributes, spanIdOut, timeOut, traceIdOut } from "./values.ts";

const metricKind = z.enum(METRIC_KINDS).meta({ id: "MetricKind" });

const temporality = z.enum(TEMPORALITIES);

export const metricsQuery = z.strictObject({
  from,
  to,
  search: text.describe("Text that the name or the description contains, whatever its case."),
});
export const metricSummary = z
  .object({
    name: z.string(),
    type: metricKind,
    unit: z.string(),
    description: z.string(),
    temporality,
    monotonic: z.boolean(),
    attributes: z.array(z.string()).describe("The keys of its series' attributes."),
    series: z.number().int().describe("Series that were seen on a day of the time range."),
    services: z
      .array(z.string())
      .describe(`Services that have a series; at most ${QUERY_LIMITS.servicesPerMetricMax}.`),
  })
  .meta({ id: "MetricSummary" });
export const metricsAnswer = z
  .object({
    data: z.array(metricSummary),
    truncated: z.boolean().describe("True when there are more metrics: search for them."),
  })
  .meta({ id: "Metrics" });

const aggregation = z.enum(AGGREGATIONS);

const STEP_SECONDS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 };

const step = z
  .string()
  .transform((value, context): number => {
    const match = /^(\d{1,7})(s|m|h|d|)$/.exec(value);
    const seconds = match === null ? 0 : Number(match[1]) * STEP_SECONDS[match[2]!]!;
    if (seconds >= 1 && seconds <= 31 * 86_400) return seconds;
    context.issues.push({
      code: "custom",
      input: value,
      message: "a time such as 15s, 1m, 2h or 1d, or seconds, from 1s to 31d",
    });
    return z.NEVER;
  })
  .optional()
  .describe(
    "Time between points: `15s`, `1m`, `2h`, `1d`, or seconds. By default such that there are about 240, or fewer where the points of a series are further apart.",
  );

export const metricQuery = z.strictObject({
  from,
  to,
  name: z.string().min(1).max(1_024).describe("Name of the metric."),
  filter: keyValues.describe(
    "`key=value` of a series, resource or scope attribute; repeatable, all must match. `service` stands for `service.name`.",
  ),
  groupBy: z
    .array(z.string().min(1).max(512))
    .max(QUERY_LIMITS.groupByMax)
    .optional()
    .describe(
      "Attribute keys, repeatable or separated by commas: one line for each of their values. `service` stands for `service.name`.",
    ),
  aggregation: aggregation
    .optional()
    .describe(
      "How points of a step, and series of a group, become one value. By default `avg` for a gauge or summary, `rate` for a growing sum, `last` for another sum (added over its series), `p95` for a histogram.",
    ),
  step,
  downsample: z
    .enum(DOWNSAMPLINGS)
    .optional()
    .describe(
      "Thins out lines of more points than a screen can show. `minmax` keeps the least and the greatest value of each pixel, `lttb` the points that make the shape (largest triangle, three buckets), `avg` gives their averages. Without it every step is given.",
    ),
  pixels: wholeNumber(2, QUERY_LIMITS.pixelsMax)
    .optional()
    .describe(
      `Columns of the screen that \`downsample\` is for: 2 to ${QUERY_LIMITS.pixelsMax}, ${QUERY_LIMITS.pixelsDefault} by default.`,
    ),
});

/** A number; a string for integers beyond 2^53, NaN and the infinities. */
export const pointValue = z
  .union([z.number(), z.string()])
  .describe("A number; a string for integers beyond 2^53, NaN, Infinity and -Infinity.");

export const exemplar = z
  .object({
    time: timeOut,
    value: pointValue,
    traceId: traceIdOut.nullable(),
    spanId: spanIdOut.nullable(),
    attributes,
  })
  .meta({ id: "Exemplar" });
export const metricLine = z
  .object({
    labels: z.record(z.string(), z.string()).describe("The values of the `groupBy` keys."),
    points: z
      .array(z.tuple([timeOut, pointValue]))
      .describe("Start of each step and its value; steps without data are left out."),
    exemplars: z.array(exemplar),
  })
  .meta({ id: "MetricLine" });
export const metricQueryAnswer = z
  .object({
    name: z.string(),
    type: metricKind.nullable().describe("Null when no series matches."),
    unit: z.string(),
    aggregation: aggregation.nullable(),
    stepMs: z.number().int(),
    resolutionMs: z
      .number()
      .int()
      .describe(
        "Time between points: the step, or a pixel of `downsample` where points were left out.",
      ),
    data: z.array(metricLine),
    truncated: z.boolean().describe("True when there are more lines than are given here."),
  })
  .meta({ id: "MetricQuery" });

export const cardinalityQuery = z.strictObject({ from, to });
export const cardinalityAnswer = z
  .object({
    series: z.number().int().describe("Series of all metrics."),
    metrics: z.number().int(),
    data: z
      .array(
        z.object({
          name: z.string(),
          series: z.number().int(),
          services: z.number().int(),
          resources: z.number().int().describe("Resources, such as instances, that send it."),
        }),
      )
      .describe("Metrics with the most series first."),
    labels: z
      .array(
        z.object({
          key: z.string(),
          values: z.number().int().describe("Different values."),
          metrics: z.number().int(),
          series: z.number().int().describe("Series that have it."),
        }),
      )
      .describe("Attribute keys of series with the most values first."),
  })
  .meta({ id: "Cardinality" });

export const metricLabelsQuery = z.strictObject({
  from,
  to,
  name: z.string().min(1).max(1_024).describe("Name of the metric."),
});
export const metricLabelsAnswer = z
  .object({
    name: z.string(),
    series: z.number().int(),
    services: z.number().int(),
    resources: z.number().int(),
    seriesWithoutResources: z
      .number()
      .int()
      .describe("Series that were left if all resources sent as one."),
    data: z.array(
      z.object({
        key: z.string(),
        values: z.number().int().describe("Different values."),
        series: z.number().int().describe("Series that have it."),
        seriesWithout: z.number().int().describe("Series that were left without it."),
        topValues: z.array(z.string()).describe("The most frequent values."),
      }),
    ),
  })
  .meta({ id: "MetricLabels" });
