import type { Series } from "#core/attributes.ts";
import { type Distribution, distributionWeight } from "#core/distribution.ts";
import type { HistogramPointRow, NumberPointRow, PointNumber } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import type { Refusal } from "#pipeline/delivery/send-parts.ts";
import { seriesKey } from "#pipeline/delivery/series-memory.ts";
import { Deltas, type DeltaPass, type Difference } from "./deltas.ts";
import { histogramDifference } from "./histogram-difference.ts";
import type { DeltaHistogram } from "./otlp-requests.ts";
import type { SeriesItem, SeriesPoint } from "./series.ts";
import { METRIC_INTAKE_TYPES } from "./series.ts";

/** Cumulative sums that are remembered. */
const SUMS_MAX = 100_000;
/** Numbers of cumulative histograms that are remembered. */
const HISTOGRAM_NUMBERS_MAX = 1_000_000;
/** OTLP's flag of a point that only says that there is no value. */
const NO_VALUE = 1;

const CUMULATIVE = 2;

/** What of a delivery's points is to be sent, and how. */
export interface ConvertedPoints {
  readonly series: readonly SeriesItem[];
  readonly histograms: readonly DeltaHistogram[];
  readonly refused: readonly Refusal[];
  /** Points of which nothing is sent: the first of cumulative series, and repeated ones. */
  readonly withheld: number;
}

interface Passes {
  readonly org: string;
  readonly sums: DeltaPass<PointNumber>;
  readonly histograms: DeltaPass<Distribution>;
}

/**
 * Makes points of Datadog's kinds out of OpenTelemetry's, by Datadog's own rules
 * (https://docs.datadoghq.com/metrics/open_telemetry/otlp_metric_types/). It remembers the last value of
 * each cumulative series, for Datadog takes deltas; nothing is remembered before it was taken.
 */
export class PointConverter {
  readonly #sums = new Deltas<PointNumber>(SUMS_MAX, () => 1);
  readonly #histograms = new Deltas<Distribution>(HISTOGRAM_NUMBERS_MAX, distributionWeight);

  /** @param places Those of the rows that are points, in order. */
  convert(rows: readonly Row[], places: readonly number[], org: string): ConvertedPoints {
    const passes = { org, sums: this.#sums.begin(), histograms: this.#histograms.begin() };
    const series: SeriesItem[] = [];
    const histograms: DeltaHistogram[] = [];
    const refused: Refusal[] = [];
    let withheld = 0;
    for (const place of places) {
      const row = rows[place]!;
      if (row.kind === "number_point") {
        const item = numberItem(row.row, place, passes);
        if (item === undefined) withheld += 1;
        else if (item.points.every(({ value }) => Number.isFinite(value))) series.push(item);
        else refused.push({ index: place, reason: "Datadog takes no NaN and no infinity" });
      } else if (row.kind === "histogram_point") {
        if (row.row.series.metric.type === "summary") {
          const item = summaryItem(row.row, place, passes);
          if (item === undefined) withheld += 1;
          else series.push(item);
        } else {
          const histogram = histogramItem(row.row, place, passes);
          if (histogram === undefined) withheld += 1;
          else histograms.push(histogram);
        }
      }
    }
    return { series, histograms, refused, withheld };
  }
}

/** Gauges, and sums that may shrink, are gauges; deltas, and what cumulative sums grew by, are counts. */
function numberItem(
  row: NumberPointRow,
  place: number,
  { org, sums }: Passes,
): SeriesItem | undefined {
  if ((row.flags & NO_VALUE) !== 0) return undefined;
  const { metric } = row.series;
  const point = pointOf(row.series, row.time);
  const isDelta = metric.type === "sum" && metric.temporality === 1;
  if (isDelta) return { place, points: [point("", "count", Number(row.value))] };
  const isCounter = metric.type === "sum" && metric.monotonic && metric.temporality === CUMULATIVE;
  if (!isCounter || !Number.isFinite(Number(row.value)))
    return { place, points: [point("", "gauge", Number(row.value))] };
  const now = { timeNs: row.time, startNs: row.startTime, value: row.value };
  const { value, settle } = sums.next(seriesKey(org, row.series), now, numberDifference);
  if (value === undefined) return undefined;
  return { place, points: [point("", "count", Number(value))], settle };
}

/** Quantiles are gauges; count and sum are counts of what they grew by. */
function summaryItem(
  row: HistogramPointRow,
  place: number,
  { org, sums }: Passes,
): SeriesItem | undefined {
  if ((row.flags & NO_VALUE) !== 0) return undefined;
  const point = pointOf(row.series, row.time);
  const key = seriesKey(org, row.series);
  const of = (value: PointNumber) => ({ timeNs: row.time, startNs: row.startTime, value });
  const count = sums.next(`${key} count`, of(row.count), numberDifference);
  const sum = sums.next(`${key} sum`, of(row.sum ?? 0), numberDifference);
  const points: SeriesPoint[] = row.quantiles
    .filter(({ value }) => Number.isFinite(value))
    .map(({ quantile, value }) => ({
      ...point(".quantile", "gauge", value),
      tags: [`quantile:${quantile}`],
    }));
  if (count.value !== undefined) points.push(point(".count", "count", Number(count.value)));
  if (sum.value !== undefined && Number.isFinite(Number(sum.value)))
    points.push(point(".sum", "count", Number(sum.value)));
  if (points.length === 0) return undefined;
  const settle = (): void => {
    count.settle();
    sum.settle();
  };
  return { place, points, settle };
}

function histogramItem(
  row: HistogramPointRow,
  place: number,
  { org, histograms }: Passes,
): DeltaHistogram | undefined {
  if ((row.flags & NO_VALUE) !== 0) return undefined;
  const { series, time, startTime, count, sum, min, max, bounds, buckets } = row;
  const { scale, zeroCount, zeroThreshold, positive, negative } = row;
  const own = { count, sum, min, max, bounds, buckets };
  const value = { ...own, scale, zeroCount, zeroThreshold, positive, negative };
  if (series.metric.temporality === 1)
    return { place, series, timeNs: time, startNs: startTime, value };
  const now = { timeNs: time, startNs: startTime, value };
  const delta = histograms.next(seriesKey(org, series), now, histogramDifference);
  if (delta.value === undefined) return undefined;
  const { startNs, settle } = delta;
  return { place, series, timeNs: time, startNs, value: delta.value, settle };
}

function pointOf(series: Series, timeNs: bigint) {
  const timestamp = Number(timeNs / 1_000_000_000n);
  return (suffix: string, type: keyof typeof METRIC_INTAKE_TYPES, value: number): SeriesPoint => ({
    series,
    suffix,
    type: METRIC_INTAKE_TYPES[type],
    timestamp,
    value,
    tags: [],
  });
}

function numberDifference(now: PointNumber, before: PointNumber): Difference<PointNumber> {
  if (now < before) return "reset";
  if (typeof now === "bigint" && typeof before === "bigint") return { since: now - before };
  return { since: Number(now) - Number(before) };
}
