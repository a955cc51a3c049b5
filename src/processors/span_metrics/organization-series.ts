import type { ExemplarInput, MetricBuilder } from "#core/build/metric-builder.ts";
import type { OrganizationShare } from "#pipeline/by-organization.ts";
import {
  type DurationHistogram,
  ExplicitHistogram,
  ExponentialHistogram,
} from "./duration-histogram.ts";
import type { SpanMetricsSettings } from "./settings.ts";
import type { Example, SeriesTally } from "./span-tally.ts";

/** One series, since it began or since its last point. */
export interface SpanSeries extends Pick<SeriesTally, "key" | "resource" | "labels"> {
  startNs: bigint;
  /** When a span was counted last, by the monotonic clock. */
  lastMs: number;
  readonly durations: DurationHistogram;
  /** The newest at the end. */
  readonly examples: Map<number, Example>;
}

/**
 * The attribute of the series of all spans for which there was none any more
 * (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute).
 */
const OVERFLOW = "otel.metric.overflow";
const OVERFLOW_SERIES = { key: OVERFLOW, resource: [], labels: [[OVERFLOW, true]] } as const;

const TEMPORALITIES = { delta: 1, cumulative: 2 } as const;

/** The series of the spans of one organization. */
export class OrganizationSeries {
  private readonly given: SpanMetricsSettings;
  private readonly share: OrganizationShare;
  private readonly bounds: readonly number[];
  private readonly series = new Map<string, SpanSeries>();
  /** When series that are new began. */
  private sinceNs: bigint;

  constructor(given: SpanMetricsSettings, share: OrganizationShare, nowNs: bigint) {
    this.given = given;
    this.share = share;
    this.sinceNs = nowNs;
    const { buckets, unit } = given;
    this.bounds = unit === "s" ? buckets.map((bound) => bound / 1_000) : buckets;
  }

  get size(): number {
    return this.series.size;
  }

  /** Counts the spans of a series; false where they are in the overflow. */
  add(tally: SeriesTally, nowMs: number): boolean {
    const series = this.seriesOf(tally);
    series.lastMs = nowMs;
    const { values, weights } = tally;
    for (let i = 0; i < values.length; i++) series.durations.add(values[i]!, weights[i]!);
    this.addExamples(series, tally.examples);
    return series.key !== OVERFLOW;
  }

  private seriesOf(tally: Pick<SeriesTally, "key" | "resource" | "labels">): SpanSeries {
    const known = this.series.get(tally.key);
    if (known !== undefined) return known;
    // The bound is that of all of them, the overflow included, for which there is always room.
    const isOver = this.series.size >= this.given.seriesMax - 1;
    if (tally.key !== OVERFLOW && (isOver || !this.share.take()))
      return this.seriesOf(OVERFLOW_SERIES);
    const { key, resource, labels } = tally;
    const made: SpanSeries = {
      key,
      resource,
      labels,
      startNs: this.sinceNs,
      lastMs: 0,
      durations: this.newHistogram(),
      examples: new Map(),
    };
    this.series.set(key, made);
    return made;
  }

  private newHistogram(): DurationHistogram {
    return this.given.histogram === "explicit"
      ? new ExplicitHistogram(this.bounds)
      : new ExponentialHistogram(this.given.exponentialSizeMax);
  }

  /** Newer ones take the place of older ones. */
  private addExamples(series: SpanSeries, examples: ReadonlyMap<number, Example>): void {
    for (const [magnitude, example] of examples) {
      series.examples.delete(magnitude);
      series.examples.set(magnitude, example);
      const [oldest] = series.examples.keys();
      if (series.examples.size > this.given.exemplarsMax && oldest !== undefined)
        series.examples.delete(oldest);
    }
  }

  /**
   * Takes what there is to be told. Delta series begin anew; cumulative ones go on, but for those without a span
   * for so long that they end.
   */
  take(nowNs: bigint, nowMs: number): SpanSeries[] {
    this.sinceNs = nowNs;
    if (this.given.temporality === "delta") {
      const taken = [...this.series.values()];
      for (const key of this.series.keys()) this.end(key);
      return taken;
    }
    for (const [key, { lastMs }] of this.series)
      if (nowMs - lastMs >= this.given.expiration) this.end(key);
    return [...this.series.values()];
  }

  private end(key: string): void {
    this.series.delete(key);
    if (key !== OVERFLOW) this.share.give(1);
  }

  /** Counts what was taken again, with what came since: nobody wanted it. */
  putBack(taken: readonly SpanSeries[]): void {
    if (this.given.temporality === "cumulative") return;
    for (const before of taken) {
      const series = this.seriesOf(before);
      if (before.startNs < series.startNs) series.startNs = before.startNs;
      series.lastMs = Math.max(series.lastMs, before.lastMs);
      series.durations.merge(before.durations);
    }
  }

  /** Appends the points of a series. An exemplar is told once. */
  write(builder: MetricBuilder, series: SpanSeries, nowNs: bigint): void {
    const { namespace, unit, temporality } = this.given;
    const prefix = namespace === "" ? "" : `${namespace}.`;
    const metric = { temporality: TEMPORALITIES[temporality] };
    // A clock that was set back makes no point that ends before it begins.
    const timeNs = nowNs > series.startNs ? nowNs : series.startNs;
    const times = { timeNs, startNs: series.startNs };
    builder.group(series.resource, { name: "span_metrics" });
    builder.number(
      { ...metric, name: `${prefix}calls`, type: "sum", monotonic: true },
      series.labels,
      { ...times, value: BigInt(series.durations.count) },
    );
    const exemplars = Array.from(series.examples.values(), (example): ExemplarInput => ({
      ...example,
      timeNs,
    }));
    series.examples.clear();
    builder.histogram({ ...metric, name: `${prefix}duration`, unit }, series.labels, {
      ...times,
      ...series.durations.point(),
      exemplars,
    });
  }
}
