import type { Series } from "../attributes.ts";
import type { ExemplarRow, HistogramPointRow, NumberPointRow, PointNumber } from "../row-views.ts";
import { BLOCK_COLUMNS } from "./block-columns.ts";
import { BlockReader } from "./block-reader.ts";
import type { ReadDictionary } from "./read-columns.ts";
import type { RecordReferences } from "./record-references.ts";
import { type AnySection, bytesPerRow, type RecordRow } from "./row-readers.ts";

/** The points of one block, all of it checked: `at` does not fail. */
export interface BlockPoints {
  /** Of each point. */
  readonly series: readonly Series[];
  at(row: number, exemplars: readonly ExemplarRow[]): RecordRow;
}

/** The exemplars of one block, all of it checked: `at` does not fail. */
export interface BlockExemplars {
  /** Of each exemplar. */
  readonly series: readonly Series[];
  at(row: number): ExemplarRow;
}

/** The columns that all points begin with. */
function readSeriesColumns(
  reader: BlockReader,
  table: string,
  references: RecordReferences,
): { orgs: ReadDictionary; series: readonly Series[] } {
  const orgs = reader.dictionary("org");
  reader.dictionary("metric");
  return { orgs, series: references.seriesOf(reader.fixed("series_id", "UInt64"), table) };
}

/** A number that was sent as an integer is a bigint. */
function readPointNumbers(reader: BlockReader): (row: number) => PointNumber {
  const values = reader.fixed("value", "Float64");
  const integers = reader.fixed("int_value", "Int64");
  const isInt = reader.fixed("is_int", "UInt8");
  return (row) => (isInt[row] === 1 ? integers[row]! : values[row]!);
}

export function readPoints(section: AnySection, references: RecordReferences): BlockPoints {
  const { table, block, rows } = section;
  const bytes = bytesPerRow(section);
  const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.points.length);
  const { orgs, series } = readSeriesColumns(reader, table, references);
  const times = reader.fixed("ts", "DateTime64(9)");
  const startTimes = reader.fixed("start_ts", "DateTime64(9)");
  const valueAt = readPointNumbers(reader);
  const flags = reader.fixed("flags", "UInt32");
  reader.end();
  const pointAt = (row: number, exemplars: readonly ExemplarRow[]): NumberPointRow => ({
    series: series[row]!,
    time: times[row]!,
    startTime: startTimes[row]!,
    value: valueAt(row),
    flags: flags[row]!,
    exemplars,
  });
  return {
    series,
    at: (row, exemplars) => ({
      org: orgs.text(row),
      row: { kind: "number_point", row: pointAt(row, exemplars) },
      bytes,
    }),
  };
}

export function readHistograms(section: AnySection, references: RecordReferences): BlockPoints {
  const { table, block, rows } = section;
  const bytes = bytesPerRow(section);
  const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.histograms.length);
  const { orgs, series } = readSeriesColumns(reader, table, references);
  const times = reader.fixed("ts", "DateTime64(9)");
  const startTimes = reader.fixed("start_ts", "DateTime64(9)");
  const counts = reader.fixed("count", "UInt64");
  const sums = reader.nullable("sum");
  const minima = reader.nullable("min");
  const maxima = reader.nullable("max");
  const bounds = reader.lists("bounds", "Float64");
  const buckets = reader.lists("buckets", "UInt64");
  const scales = reader.fixed("scale", "Int32");
  const zeroCounts = reader.fixed("zero_count", "UInt64");
  const zeroThresholds = reader.fixed("zero_threshold", "Float64");
  const positiveOf = readSide(reader, "positive");
  const negativeOf = readSide(reader, "negative");
  const quantilesOf = readQuantiles(reader);
  const flags = reader.fixed("flags", "UInt32");
  reader.end();
  const pointAt = (row: number, exemplars: readonly ExemplarRow[]): HistogramPointRow => ({
    series: series[row]!,
    time: times[row]!,
    startTime: startTimes[row]!,
    count: counts[row]!,
    sum: sums.at(row),
    min: minima.at(row),
    max: maxima.at(row),
    bounds: bounds.of(row),
    buckets: buckets.of(row),
    scale: scales[row]!,
    zeroCount: zeroCounts[row]!,
    zeroThreshold: zeroThresholds[row]!,
    positive: positiveOf(row),
    negative: negativeOf(row),
    quantiles: quantilesOf(row),
    flags: flags[row]!,
    exemplars,
  });
  return {
    series,
    at: (row, exemplars) => ({
      org: orgs.text(row),
      row: { kind: "histogram_point", row: pointAt(row, exemplars) },
      bytes,
    }),
  };
}

/** The buckets of an exponential histogram on one side of zero. */
function readSide(
  reader: BlockReader,
  side: "positive" | "negative",
): (row: number) => HistogramPointRow["positive"] {
  const offsets = reader.fixed(`${side}_offset`, "Int32");
  const buckets = reader.lists(`${side}_buckets`, "UInt64");
  return (row) => ({ offset: offsets[row]!, buckets: buckets.of(row) });
}

function readQuantiles(reader: BlockReader): (row: number) => HistogramPointRow["quantiles"] {
  const quantiles = reader.lists("quantiles", "Float64");
  const values = reader.lists("quantile_values", "Float64");
  reader.sameEnds(quantiles, values);
  return (row) => {
    const valuesOfRow = values.of(row);
    return quantiles.of(row).map((quantile, i) => ({ quantile, value: valuesOfRow[i]! }));
  };
}

export function readExemplars(section: AnySection, references: RecordReferences): BlockExemplars {
  const { table, block, rows } = section;
  const reader = new BlockReader(table, block, rows, BLOCK_COLUMNS.exemplars.length);
  const { series } = readSeriesColumns(reader, table, references);
  const times = reader.fixed("ts", "DateTime64(9)");
  const valueAt = readPointNumbers(reader);
  const traceIds = reader.ids("trace_id", 16);
  const spanIds = reader.ids("span_id", 8);
  const attributes = reader.attributes("attrs", "attr_types");
  reader.end();
  return {
    series,
    at: (row) => ({
      series: series[row]!,
      time: times[row]!,
      value: valueAt(row),
      traceId: traceIds.hex(row),
      spanId: spanIds.hex(row),
      attributes: attributes.of(row),
    }),
  };
}
