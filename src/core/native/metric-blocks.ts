import type { IntColumn } from "../columns.ts";
import type { MetricBatch } from "../metric-batch.ts";
import { BLOCK_COLUMNS, RECORD_COLUMNS } from "./block-columns.ts";
import { type ColumnWriter, type Part, partRows } from "./column-writer.ts";

const TIME = "DateTime64(9)";

/** Parts over the points of metric batches: `runs` are rows of `numbers`, `histograms` or `exemplars`. */
export type MetricPart = Part<MetricBatch>;

/** The columns that all points begin with; the series is looked up in the batch by its number. */
function writeSeriesColumns(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
  of: (b: MetricBatch) => { series: IntColumn },
  rows: number,
): void {
  writer.constantText("org", rows, org);
  writer.lookedUpText(
    "metric",
    parts,
    (b) => of(b).series,
    (b, number) => b.series[number]!.metric.name,
  );
  writer.column("series_id", "UInt64", (out) => {
    for (const { batch, runs } of parts) {
      const numbers = of(batch).series.values;
      for (let r = 0; r < runs.length; r += 2) {
        for (let row = runs[r]!; row < runs[r + 1]!; row++) {
          const { low, high } = batch.series[numbers[row]!]!.id;
          out.u64(low, high);
        }
      }
    }
  });
}

export function writePoints(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.points.length, rows);
  writeSeriesColumns(writer, org, parts, (b) => b.numbers, rows);
  writer.fixed("ts", TIME, parts, 8, (b) => b.numbers.time);
  writer.fixed("start_ts", TIME, parts, 8, (b) => b.numbers.startTime);
  writer.fixed("value", "Float64", parts, 8, (b) => b.numbers.value);
  writer.fixed("int_value", "Int64", parts, 8, (b) => b.numbers.intValue);
  writer.fixed("is_int", "UInt8", parts, 1, (b) => b.numbers.isInt);
  writer.fixed("flags", "UInt32", parts, 4, (b) => b.numbers.flags);
  return rows;
}

export function writeHistograms(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.histograms.length, rows);
  writeSeriesColumns(writer, org, parts, (b) => b.histograms, rows);
  writer.fixed("ts", TIME, parts, 8, (b) => b.histograms.time);
  writer.fixed("start_ts", TIME, parts, 8, (b) => b.histograms.startTime);
  writer.fixed("count", "UInt64", parts, 8, (b) => b.histograms.count);
  writer.nullable(
    "sum",
    parts,
    (b) => b.histograms.sum,
    (b) => b.histograms.sumAbsent,
  );
  writer.nullable(
    "min",
    parts,
    (b) => b.histograms.min,
    (b) => b.histograms.minAbsent,
  );
  writer.nullable(
    "max",
    parts,
    (b) => b.histograms.max,
    (b) => b.histograms.maxAbsent,
  );
  writer.lists("bounds", "Float64", parts, (b) => b.histograms.bounds);
  writer.lists("buckets", "UInt64", parts, (b) => b.histograms.buckets);
  writer.fixed("scale", "Int32", parts, 4, (b) => b.histograms.scale);
  writer.fixed("zero_count", "UInt64", parts, 8, (b) => b.histograms.zeroCount);
  writer.fixed("zero_threshold", "Float64", parts, 8, (b) => b.histograms.zeroThreshold);
  writer.fixed("positive_offset", "Int32", parts, 4, (b) => b.histograms.positiveOffset);
  writer.lists("positive_buckets", "UInt64", parts, (b) => b.histograms.positiveBuckets);
  writer.fixed("negative_offset", "Int32", parts, 4, (b) => b.histograms.negativeOffset);
  writer.lists("negative_buckets", "UInt64", parts, (b) => b.histograms.negativeBuckets);
  writer.lists("quantiles", "Float64", parts, (b) => b.histograms.quantiles);
  writer.lists("quantile_values", "Float64", parts, (b) => b.histograms.quantileValues);
  writer.fixed("flags", "UInt32", parts, 4, (b) => b.histograms.flags);
  return rows;
}

export function writeExemplars(
  writer: ColumnWriter,
  org: string,
  parts: readonly MetricPart[],
): number {
  const rows = partRows(parts);
  writer.begin(BLOCK_COLUMNS.exemplars.length, rows);
  writeSeriesColumns(writer, org, parts, (b) => b.exemplars, rows);
  writer.fixed("ts", TIME, parts, 8, (b) => b.exemplars.time);
  writer.fixed("value", "Float64", parts, 8, (b) => b.exemplars.value);
  writer.fixed("int_value", "Int64", parts, 8, (b) => b.exemplars.intValue);
  writer.fixed("is_int", "UInt8", parts, 1, (b) => b.exemplars.isInt);
  writer.fixed("trace_id", "FixedString(16)", parts, 16, (b) => b.exemplars.traceId);
  writer.fixed("span_id", "FixedString(8)", parts, 8, (b) => b.exemplars.spanId);
  writer.attributes("attrs", "attr_types", parts, (b) => b.exemplars.attributes);
  return rows;
}

/** For each exemplar of a record, the number of its point among the points of the record, and then its histograms. */
export function writeExemplarPoints(writer: ColumnWriter, points: readonly number[]): number {
  writer.begin(RECORD_COLUMNS.exemplar_points.length, points.length);
  writer.column("point", "UInt32", (out) => {
    for (const point of points) out.u32(point);
  });
  return points.length;
}
