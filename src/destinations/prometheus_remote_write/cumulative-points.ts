import type { MetricDescriptor } from "#core/attributes.ts";
import { type Distribution, distributionWeight } from "#core/distribution.ts";
import type { HistogramPointRow, NumberPointRow } from "#core/row-views.ts";
import { seriesKey } from "#pipeline/delivery/series-memory.ts";
import { distributionSum } from "./distribution-sum.ts";
import { Totals, type TotalsPass } from "./totals.ts";

/** Sums that are remembered. */
const SUMS_MAX = 100_000;
/** Numbers of histograms that are remembered. */
const HISTOGRAM_NUMBERS_MAX = 1_000_000;
/** `AggregationTemporality` of OpenTelemetry. */
const DELTA = 1;

/** A point of whatever counts. */
export type CountedPoint = NumberPointRow | HistogramPointRow;

/**
 * Whether points of a metric tell of what came since the point before, and add up to a counter. A sum that may fall
 * does not: what it was when counting began is not known.
 */
export function addsUp({ type, temporality, monotonic }: MetricDescriptor): boolean {
  if (temporality !== DELTA) return false;
  return type === "sum" ? monotonic : type === "histogram" || type === "exponential_histogram";
}

/** Remembers what the deltas of each series add up to, for Prometheus only knows what grows from a start on. */
export class CumulativePoints {
  private readonly sums = new Totals<number>(
    SUMS_MAX,
    () => 1,
    (total, delta) => total + delta,
  );
  private readonly histograms = new Totals<Distribution>(
    HISTOGRAM_NUMBERS_MAX,
    distributionWeight,
    distributionSum,
  );

  /** Makes the points of a delivery cumulative. Nothing is remembered before {@link CumulativePass.settle}. */
  begin(org: string): CumulativePass {
    return new CumulativePass(org, this.sums.begin(), this.histograms.begin());
  }
}

/** The points of one delivery, in the order of time. */
export class CumulativePass {
  private readonly org: string;
  private readonly sums: TotalsPass<number>;
  private readonly histograms: TotalsPass<Distribution>;

  constructor(org: string, sums: TotalsPass<number>, histograms: TotalsPass<Distribution>) {
    this.org = org;
    this.sums = sums;
    this.histograms = histograms;
  }

  /** The point with all that came before it; undefined for one that shows in a later one only. */
  of(point: CountedPoint): CountedPoint | undefined {
    return "value" in point ? this.number(point) : this.histogram(point);
  }

  private number(point: NumberPointRow): NumberPointRow | undefined {
    const delta = { ...timesOf(point), value: Number(point.value) };
    const total = this.sums.next(seriesKey(this.org, point.series), delta);
    return total && { ...point, value: total.value, startTime: total.startNs };
  }

  private histogram(point: HistogramPointRow): HistogramPointRow | undefined {
    const delta = { ...timesOf(point), value: distributionOf(point) };
    const total = this.histograms.next(seriesKey(this.org, point.series), delta);
    return total && { ...point, ...total.value, startTime: total.startNs };
  }

  /** To be called once the points were taken. */
  settle(): void {
    this.sums.settle();
    this.histograms.settle();
  }
}

function timesOf({ startTime, time }: CountedPoint): { startNs: bigint; timeNs: bigint } {
  return { startNs: startTime, timeNs: time };
}

function distributionOf(point: HistogramPointRow): Distribution {
  const { count, sum, min, max, bounds, buckets } = point;
  const { scale, zeroCount, zeroThreshold, positive, negative } = point;
  const exponential = { scale, zeroCount, zeroThreshold, positive, negative };
  return { count, sum, min, max, bounds, buckets, ...exponential };
}
