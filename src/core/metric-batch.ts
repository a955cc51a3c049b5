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

/** Whether no stage has dropped the point that an exemplar belongs to. */
function isExemplarKept({ numbers, histograms, exemplars }: MetricBatch, row: number): boolean {
  const point = exemplars.points.values[row]!;
  return point < 0 ? histograms.selection.has(~point) : numbers.selection.has(point);
}

/** Which exemplars are those of points that no stage has dropped; undefined where all are. */
export function keptExemplars(batch: MetricBatch): RowSelection | undefined {
  if (batch.isWhole) return undefined;
  const kept = new RowSelection();
  // From the end, so that the selection has its size at once.
  for (let row = batch.exemplars.rows - 1; row >= 0; row--)
    if (!isExemplarKept(batch, row)) kept.drop(row);
  return kept;
}

/** The exemplars of points that no stage has dropped, as runs: `[from, to, from, to, …]`. */
export function exemplarRuns(batch: MetricBatch): number[] {
  const { rows } = batch.exemplars;
  if (rows === 0) return [];
  if (batch.isWhole) return [0, rows];
  const runs: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (!isExemplarKept(batch, row)) continue;
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

  /** Whether no point was dropped. */
  get isWhole(): boolean {
    return this.numbers.selection.dropped === 0 && this.histograms.selection.dropped === 0;
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

  /** Which series have a point that is left: 1 by number. */
  usedSeries(): Uint8Array {
    const used = new Uint8Array(this.series.length);
    for (const { rows, selection, series } of [this.numbers, this.histograms])
      for (let row = 0; row < rows; row++) if (selection.has(row)) used[series.values[row]!] = 1;
    return used;
  }

  /** Gives points that are left a number of their own where others of their series were dropped. */
  splitSeries(): void {
    const { length } = this.series;
    const isShared = new Uint8Array(length);
    for (const { rows, selection, series } of [this.numbers, this.histograms])
      for (let row = 0; row < rows; row++)
        if (!selection.has(row)) isShared[series.values[row]!] = 1;
    const own = new Int32Array(length);
    this.renumber((number, isKept) => {
      if (!isKept || isShared[number] === 0) return number;
      if (own[number] === 0) own[number] = this.series.push(this.series[number]!) - 1;
      return own[number]!;
    });
  }

  /** Lets each series stand once again in {@link series}. */
  joinSeries(): void {
    const before = this.series.splice(0);
    this.seriesNumbers.clear();
    this.renumber((number) => this.seriesNumber(before[number]!));
  }

  /** Gives points and their exemplars other numbers of series: those that were dropped too. */
  private renumber(numberOf: (number: number, isKept: boolean) => number): void {
    const { exemplars } = this;
    for (const { rows, selection, series } of [this.numbers, this.histograms])
      for (let row = 0; row < rows; row++)
        series.values[row] = numberOf(series.values[row]!, selection.has(row));
    for (let row = 0; row < exemplars.rows; row++)
      exemplars.series.values[row] = numberOf(
        exemplars.series.values[row]!,
        isExemplarKept(this, row),
      );
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
