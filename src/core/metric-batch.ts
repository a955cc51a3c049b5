import type { Series } from "./attributes.ts";
import { ByteWriter } from "./bytes.ts";
import { AttributesColumn, IntColumn } from "./columns.ts";
import { RowSelection } from "./row-groups.ts";

/** Points of gauges and sums. `series` numbers index {@link MetricBatch.series}. */
class NumberPointColumns {
  rows = 0;
  readonly selection = new RowSelection();
  readonly series = new IntColumn();
  /** Unix nanoseconds, 8 bytes a row. */
  readonly time = new ByteWriter();
  readonly startTime = new ByteWriter();
  /** Float64, always set; `intValue` is the exact Int64 where `isInt` is 1. */
  readonly value = new ByteWriter();
  readonly intValue = new ByteWriter();
  readonly isInt = new ByteWriter();
  readonly flags = new ByteWriter();

  reset(): void {
    this.rows = 0;
    this.selection.reset();
    for (const column of [this.series, this.time, this.startTime, this.value]) column.reset();
    for (const column of [this.intValue, this.isInt, this.flags]) column.reset();
  }
}

/** A list of 64-bit numbers a row. */
export class ListColumn {
  readonly data = new ByteWriter();
  readonly ends = new IntColumn();

  reset(): void {
    this.data.reset();
    this.ends.reset();
  }

  endRow(): void {
    this.ends.push(this.data.length / 8);
  }
}

/** Points of histograms, exponential histograms and summaries; what a kind does not have is 0 or empty. */
class HistogramPointColumns {
  rows = 0;
  readonly selection = new RowSelection();
  readonly series = new IntColumn();
  readonly time = new ByteWriter();
  readonly startTime = new ByteWriter();
  readonly count = new ByteWriter();
  /** Float64 each, with 1 in the byte column beside it where it is absent. */
  readonly sum = new ByteWriter();
  readonly sumAbsent = new ByteWriter();
  readonly min = new ByteWriter();
  readonly minAbsent = new ByteWriter();
  readonly max = new ByteWriter();
  readonly maxAbsent = new ByteWriter();
  readonly bounds = new ListColumn();
  readonly buckets = new ListColumn();
  readonly scale = new ByteWriter();
  readonly zeroCount = new ByteWriter();
  readonly zeroThreshold = new ByteWriter();
  readonly positiveOffset = new ByteWriter();
  readonly positiveBuckets = new ListColumn();
  readonly negativeOffset = new ByteWriter();
  readonly negativeBuckets = new ListColumn();
  readonly quantiles = new ListColumn();
  readonly quantileValues = new ListColumn();
  readonly flags = new ByteWriter();

  reset(): void {
    this.rows = 0;
    this.selection.reset();
    for (const column of [
      this.series,
      this.time,
      this.startTime,
      this.count,
      this.sum,
      this.sumAbsent,
    ])
      column.reset();
    for (const column of [this.min, this.minAbsent, this.max, this.maxAbsent, this.scale])
      column.reset();
    for (const column of [this.bounds, this.buckets, this.positiveBuckets, this.negativeBuckets])
      column.reset();
    for (const column of [
      this.zeroCount,
      this.zeroThreshold,
      this.positiveOffset,
      this.negativeOffset,
    ])
      column.reset();
    for (const column of [this.quantiles, this.quantileValues, this.flags]) column.reset();
  }
}

/** Exemplars of all points of the batch. */
class ExemplarColumns {
  rows = 0;
  readonly series = new IntColumn();
  /** The point that each belongs to, and is dropped with: a row of `numbers`, or `~row` of `histograms`. */
  readonly points = new IntColumn();
  readonly time = new ByteWriter();
  readonly value = new ByteWriter();
  readonly intValue = new ByteWriter();
  readonly isInt = new ByteWriter();
  readonly traceId = new ByteWriter();
  readonly spanId = new ByteWriter();
  readonly attributes = new AttributesColumn();

  reset(): void {
    this.rows = 0;
    for (const column of [this.series, this.points, this.time, this.value, this.intValue])
      column.reset();
    for (const column of [this.isInt, this.traceId, this.spanId, this.attributes]) column.reset();
  }
}

/** The exemplars of points that no stage has dropped, as runs: `[from, to, from, to, …]`. */
export function exemplarRuns({ numbers, histograms, exemplars }: MetricBatch): number[] {
  const { rows, points } = exemplars;
  if (rows === 0) return [];
  if (numbers.selection.dropped === 0 && histograms.selection.dropped === 0) return [0, rows];
  const runs: number[] = [];
  for (let row = 0; row < rows; row++) {
    const point = points.values[row]!;
    const kept = point < 0 ? histograms.selection.has(~point) : numbers.selection.has(point);
    if (!kept) continue;
    if (runs.length > 0 && runs[runs.length - 1] === row) runs[runs.length - 1] = row + 1;
    else runs.push(row, row + 1);
  }
  return runs;
}

/** Metric points as columns; a series stands once in `series`, whatever the number of its points. */
export class MetricBatch {
  readonly signal = "metrics";
  /** Bytes of the request that it was decoded from. */
  sourceBytes = 0;
  readonly series: Series[] = [];
  readonly numbers = new NumberPointColumns();
  readonly histograms = new HistogramPointColumns();
  readonly exemplars = new ExemplarColumns();
  private readonly seriesNumbers = new Map<Series, number>();

  get rows(): number {
    return this.numbers.rows + this.histograms.rows;
  }

  /** The number of a series in this batch, which it joins when it is new. */
  seriesNumber(series: Series): number {
    const known = this.seriesNumbers.get(series);
    if (known !== undefined) return known;
    const number = this.series.push(series) - 1;
    this.seriesNumbers.set(series, number);
    return number;
  }

  /** Puts other series in the place of those there are, one for each: their points are then theirs. */
  exchangeSeries(series: readonly Series[]): void {
    this.seriesNumbers.clear();
    for (let number = 0; number < this.series.length; number++) {
      this.series[number] = series[number]!;
      this.seriesNumbers.set(series[number]!, number);
    }
  }

  reset(): void {
    this.sourceBytes = 0;
    this.series.length = 0;
    this.seriesNumbers.clear();
    this.numbers.reset();
    this.histograms.reset();
    this.exemplars.reset();
  }
}
