import type { MetricDescriptor } from "#core/attributes.ts";
import {
  pushFixed64,
  pushVarint64,
  writeAttributes,
  writeDouble,
  writeFixed64,
  writeId,
  writeText,
  writeUint32,
  writeZigzag,
} from "#core/otlp/row-writer.ts";
import { tagsOf } from "#core/otlp/tags.ts";
import type { ProtobufWriter } from "#core/otlp/writer.ts";
import type {
  ExemplarRow,
  HistogramPointRow,
  NumberPointRow,
  PointNumber,
} from "#core/row-views.ts";
import type { MetricGroup, PointRow } from "./row-groups.ts";

const METRIC = tagsOf("Metric");
/** Gauge, Histogram, ExponentialHistogram and Summary number what they have as Sum does. */
const DATA = tagsOf("Sum");
const NUMBER = tagsOf("NumberDataPoint");
const HISTOGRAM = tagsOf("HistogramDataPoint");
const EXPONENTIAL = tagsOf("ExponentialHistogramDataPoint");
const BUCKETS = tagsOf("ExponentialBuckets");
const SUMMARY = tagsOf("SummaryDataPoint");
const QUANTILE = tagsOf("ValueAtQuantile");
const EXEMPLAR = tagsOf("Exemplar");

const DATA_FIELDS = {
  gauge: METRIC.gauge,
  sum: METRIC.sum,
  histogram: METRIC.histogram,
  exponential_histogram: METRIC.exponential_histogram,
  summary: METRIC.summary,
} as const;

/** What a point's fields are written by, for each type of metric; in the order of the fields' numbers. */
const POINT_WRITERS: Readonly<
  Record<MetricDescriptor["type"], (writer: ProtobufWriter, point: never) => void>
> = {
  gauge: writeNumber,
  sum: writeNumber,
  histogram: writeHistogram,
  exponential_histogram: writeExponential,
  summary: writeSummary,
};

/** A `Metric` with its points. */
export function writeMetric(
  writer: ProtobufWriter,
  tag: number,
  { metric, points }: MetricGroup,
): void {
  writer.tag(tag);
  const start = writer.begin();
  writeText(writer, METRIC.name, metric.name);
  writeText(writer, METRIC.description, metric.description);
  writeText(writer, METRIC.unit, metric.unit);
  writer.tag(DATA_FIELDS[metric.type]);
  const dataStart = writer.begin();
  const write = POINT_WRITERS[metric.type] as (writer: ProtobufWriter, point: PointRow) => void;
  for (const point of points) {
    writer.tag(DATA.data_points);
    const pointStart = writer.begin();
    write(writer, point);
    writer.end(pointStart);
  }
  const hasTemporality = metric.type !== "gauge" && metric.type !== "summary";
  if (hasTemporality) writeUint32(writer, DATA.aggregation_temporality, metric.temporality);
  if (metric.type === "sum") writeUint32(writer, DATA.is_monotonic, metric.monotonic ? 1 : 0);
  writer.end(dataStart);
  writer.end(start);
}

function writeNumber(writer: ProtobufWriter, point: NumberPointRow): void {
  writeFixed64(writer, NUMBER.start_time_unix_nano, point.startTime);
  writeFixed64(writer, NUMBER.time_unix_nano, point.time);
  if (typeof point.value === "number") writeValueOf(writer, NUMBER, point.value);
  writeExemplars(writer, NUMBER.exemplars, point.exemplars);
  if (typeof point.value === "bigint") writeValueOf(writer, NUMBER, point.value);
  writeAttributes(writer, NUMBER.attributes, point.series.attributes);
  writeUint32(writer, NUMBER.flags, point.flags);
}

/** Written also where it is 0, by which a point with a value is known. */
function writeValueOf(
  writer: ProtobufWriter,
  tags: { readonly as_double: number; readonly as_int: number },
  value: PointNumber,
): void {
  if (typeof value === "number") {
    writeDouble(writer, tags.as_double, value);
    return;
  }
  writer.tag(tags.as_int);
  pushFixed64(writer, value);
}

function writeHistogram(writer: ProtobufWriter, point: HistogramPointRow): void {
  writeFixed64(writer, HISTOGRAM.start_time_unix_nano, point.startTime);
  writeFixed64(writer, HISTOGRAM.time_unix_nano, point.time);
  writeFixed64(writer, HISTOGRAM.count, point.count);
  writeOptional(writer, HISTOGRAM.sum, point.sum);
  writePacked(writer, HISTOGRAM.bucket_counts, point.buckets, pushFixed64);
  writePacked(writer, HISTOGRAM.explicit_bounds, point.bounds, (into, bound) => into.double(bound));
  writeExemplars(writer, HISTOGRAM.exemplars, point.exemplars);
  writeAttributes(writer, HISTOGRAM.attributes, point.series.attributes);
  writeUint32(writer, HISTOGRAM.flags, point.flags);
  writeOptional(writer, HISTOGRAM.min, point.min);
  writeOptional(writer, HISTOGRAM.max, point.max);
}

function writeExponential(writer: ProtobufWriter, point: HistogramPointRow): void {
  writeAttributes(writer, EXPONENTIAL.attributes, point.series.attributes);
  writeFixed64(writer, EXPONENTIAL.start_time_unix_nano, point.startTime);
  writeFixed64(writer, EXPONENTIAL.time_unix_nano, point.time);
  writeFixed64(writer, EXPONENTIAL.count, point.count);
  writeOptional(writer, EXPONENTIAL.sum, point.sum);
  writeZigzag(writer, EXPONENTIAL.scale, point.scale);
  writeFixed64(writer, EXPONENTIAL.zero_count, point.zeroCount);
  writeBuckets(writer, EXPONENTIAL.positive, point.positive);
  writeBuckets(writer, EXPONENTIAL.negative, point.negative);
  writeUint32(writer, EXPONENTIAL.flags, point.flags);
  writeExemplars(writer, EXPONENTIAL.exemplars, point.exemplars);
  writeOptional(writer, EXPONENTIAL.min, point.min);
  writeOptional(writer, EXPONENTIAL.max, point.max);
  writeNonZero(writer, EXPONENTIAL.zero_threshold, point.zeroThreshold);
}

function writeBuckets(
  writer: ProtobufWriter,
  tag: number,
  { offset, buckets }: HistogramPointRow["positive"],
): void {
  if (offset === 0 && buckets.length === 0) return;
  writer.tag(tag);
  const start = writer.begin();
  writeZigzag(writer, BUCKETS.offset, offset);
  writePacked(writer, BUCKETS.bucket_counts, buckets, pushVarint64);
  writer.end(start);
}

function writeSummary(writer: ProtobufWriter, point: HistogramPointRow): void {
  writeFixed64(writer, SUMMARY.start_time_unix_nano, point.startTime);
  writeFixed64(writer, SUMMARY.time_unix_nano, point.time);
  writeFixed64(writer, SUMMARY.count, point.count);
  writeNonZero(writer, SUMMARY.sum, point.sum ?? 0);
  for (const { quantile, value } of point.quantiles) {
    writer.tag(SUMMARY.quantile_values);
    const start = writer.begin();
    writeNonZero(writer, QUANTILE.quantile, quantile);
    writeNonZero(writer, QUANTILE.value, value);
    writer.end(start);
  }
  writeAttributes(writer, SUMMARY.attributes, point.series.attributes);
  writeUint32(writer, SUMMARY.flags, point.flags);
}

function writeExemplars(
  writer: ProtobufWriter,
  tag: number,
  exemplars: readonly ExemplarRow[],
): void {
  for (const { time, value, spanId, traceId, attributes } of exemplars) {
    writer.tag(tag);
    const start = writer.begin();
    writeFixed64(writer, EXEMPLAR.time_unix_nano, time);
    if (typeof value === "number") writeValueOf(writer, EXEMPLAR, value);
    writeId(writer, EXEMPLAR.span_id, spanId);
    writeId(writer, EXEMPLAR.trace_id, traceId);
    if (typeof value === "bigint") writeValueOf(writer, EXEMPLAR, value);
    writeAttributes(writer, EXEMPLAR.filtered_attributes, attributes);
    writer.end(start);
  }
}

function writeOptional(writer: ProtobufWriter, tag: number, value: number | null): void {
  if (value !== null) writeDouble(writer, tag, value);
}

/** Left out where it is 0, but not where it is -0. */
function writeNonZero(writer: ProtobufWriter, tag: number, value: number): void {
  if (value !== 0 || Object.is(value, -0)) writeDouble(writer, tag, value);
}

function writePacked<Value>(
  writer: ProtobufWriter,
  tag: number,
  values: readonly Value[],
  push: (writer: ProtobufWriter, value: Value) => void,
): void {
  if (values.length === 0) return;
  writer.tag(tag);
  const start = writer.begin();
  for (const value of values) push(writer, value);
  writer.end(start);
}
