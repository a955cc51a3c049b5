import { doubleOf } from "#core/otlp/row-writer.ts";
import type { ExemplarRow, HistogramPointRow, NumberPointRow } from "#core/row-views.ts";
import type { MetricGroup } from "#pipeline/otlp/row-groups.ts";
import { jsonAttributes, jsonId, jsonInteger } from "./json-values.ts";

const FIELDS = {
  gauge: "gauge",
  sum: "sum",
  histogram: "histogram",
  exponential_histogram: "exponentialHistogram",
  summary: "summary",
} as const;

/** A `Metric` of OTLP/JSON. */
export function jsonMetric({ metric, points }: MetricGroup): object {
  const { type, temporality, monotonic } = metric;
  const hasTemporality = type !== "gauge" && type !== "summary";
  return {
    name: metric.name || undefined,
    description: metric.description || undefined,
    unit: metric.unit || undefined,
    [FIELDS[type]]: {
      dataPoints: points.map((point) =>
        "value" in point ? jsonNumber(point) : JSON_POINTS[type](point),
      ),
      aggregationTemporality: hasTemporality ? temporality || undefined : undefined,
      isMonotonic: type === "sum" && monotonic ? true : undefined,
    },
  };
}

const JSON_POINTS: Readonly<Record<keyof typeof FIELDS, (point: HistogramPointRow) => object>> = {
  gauge: jsonHistogram,
  sum: jsonHistogram,
  histogram: jsonHistogram,
  exponential_histogram: jsonExponential,
  summary: jsonSummary,
};

function jsonNumber(point: NumberPointRow): object {
  const { value } = point;
  return {
    startTimeUnixNano: jsonInteger(point.startTime),
    timeUnixNano: jsonInteger(point.time),
    asDouble: typeof value === "number" ? doubleOf(value) : undefined,
    exemplars: jsonExemplars(point.exemplars),
    asInt: typeof value === "bigint" ? value.toString() : undefined,
    attributes: jsonAttributes(point.series.attributes),
    flags: point.flags || undefined,
  };
}

function jsonHistogram(point: HistogramPointRow): object {
  return {
    startTimeUnixNano: jsonInteger(point.startTime),
    timeUnixNano: jsonInteger(point.time),
    count: jsonInteger(point.count),
    sum: jsonOptional(point.sum),
    bucketCounts: point.buckets.map(String),
    explicitBounds: point.bounds.map(doubleOf),
    exemplars: jsonExemplars(point.exemplars),
    attributes: jsonAttributes(point.series.attributes),
    flags: point.flags || undefined,
    min: jsonOptional(point.min),
    max: jsonOptional(point.max),
  };
}

function jsonExponential(point: HistogramPointRow): object {
  return {
    attributes: jsonAttributes(point.series.attributes),
    startTimeUnixNano: jsonInteger(point.startTime),
    timeUnixNano: jsonInteger(point.time),
    count: jsonInteger(point.count),
    sum: jsonOptional(point.sum),
    scale: point.scale || undefined,
    zeroCount: jsonInteger(point.zeroCount),
    positive: jsonBuckets(point.positive),
    negative: jsonBuckets(point.negative),
    flags: point.flags || undefined,
    exemplars: jsonExemplars(point.exemplars),
    min: jsonOptional(point.min),
    max: jsonOptional(point.max),
    zeroThreshold: jsonNonZero(point.zeroThreshold),
  };
}

function jsonBuckets({ offset, buckets }: HistogramPointRow["positive"]): object | undefined {
  if (offset === 0 && buckets.length === 0) return undefined;
  return { offset: offset || undefined, bucketCounts: buckets.map(String) };
}

function jsonSummary(point: HistogramPointRow): object {
  return {
    startTimeUnixNano: jsonInteger(point.startTime),
    timeUnixNano: jsonInteger(point.time),
    count: jsonInteger(point.count),
    sum: jsonNonZero(point.sum ?? 0),
    quantileValues: point.quantiles.map(({ quantile, value }) => ({
      quantile: jsonNonZero(quantile),
      value: jsonNonZero(value),
    })),
    attributes: jsonAttributes(point.series.attributes),
    flags: point.flags || undefined,
  };
}

function jsonExemplars(exemplars: readonly ExemplarRow[]): object[] | undefined {
  if (exemplars.length === 0) return undefined;
  return exemplars.map(({ time, value, spanId, traceId, attributes }) => ({
    timeUnixNano: jsonInteger(time),
    asDouble: typeof value === "number" ? doubleOf(value) : undefined,
    spanId: jsonId(spanId),
    traceId: jsonId(traceId),
    asInt: typeof value === "bigint" ? value.toString() : undefined,
    filteredAttributes: jsonAttributes(attributes),
  }));
}

function jsonOptional(value: number | null): number | string | undefined {
  return value === null ? undefined : doubleOf(value);
}

function jsonNonZero(value: number): number | string | undefined {
  return value !== 0 || Object.is(value, -0) ? doubleOf(value) : undefined;
}
