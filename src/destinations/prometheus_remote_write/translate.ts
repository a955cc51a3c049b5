import type { MetricDescriptor, Resource, Series } from "#core/attributes.ts";
import type { ExemplarRow, HistogramPointRow, NumberPointRow } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { addsUp, type CountedPoint, type CumulativePass } from "./cumulative-points.ts";
import { LabelMaker } from "./labels.ts";
import { isCounter, metricName, unitName } from "./names.ts";
import { nativeHistogram } from "./native-histogram.ts";
import type { RemoteWriteSettings } from "./settings.ts";
import {
  type Exemplar,
  type Family,
  FAMILY_TYPES,
  type Sample,
  SeriesTable,
  type WriteSeries,
} from "./write-series.ts";

/** Why points have no form in Prometheus. */
export const DROP_REASONS = ["delta", "scale", "name", "duplicate"] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface Translated {
  readonly series: readonly WriteSeries[];
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Of each resource that `target_info` was made of, by its id: the time of that sample. */
  readonly targets: ReadonlyMap<string, number>;
}

/** `DataPointFlags` of OpenTelemetry. */
const NO_RECORDED_VALUE = 1;
const CUMULATIVE = 2;
/** Characters of all labels of an exemplar, names included, as OpenMetrics bounds them. */
const EXEMPLAR_CHARACTERS_MAX = 128;
const ZEROS = /^0*$/;

const TARGET_INFO: Family = {
  name: "target_info",
  type: FAMILY_TYPES.info,
  help: "Target metadata",
  unit: "",
};

export interface TranslationOptions {
  readonly settings: RemoteWriteSettings;
  /** Whether the attributes of a resource are to be told again at a time. */
  readonly isTargetDue: (resourceId: string, timeMs: number) => boolean;
  /** Makes points cumulative that are not; undefined where those are dropped. */
  readonly cumulative: CumulativePass | undefined;
}

/** Makes series of points, as Prometheus' own OTLP endpoint does. */
export class Translation {
  private readonly settings: RemoteWriteSettings;
  private readonly isTargetDue: TranslationOptions["isTargetDue"];
  private readonly cumulative: CumulativePass | undefined;
  private readonly table = new SeriesTable();
  private readonly labels: LabelMaker;
  private readonly families = new Map<MetricDescriptor, Family>();
  private readonly resources = new Map<string, { resource: Resource; timeMs: number }>();
  private readonly dropped: Record<DropReason, number> = {
    delta: 0,
    scale: 0,
    name: 0,
    duplicate: 0,
  };

  constructor({ settings, isTargetDue, cumulative }: TranslationOptions) {
    this.settings = settings;
    this.isTargetDue = isTargetDue;
    this.cumulative = cumulative;
    this.labels = new LabelMaker(settings);
  }

  of(rows: readonly Row[]): Translated {
    const deltas: CountedPoint[] = [];
    for (const { kind, row } of rows) {
      if (kind !== "number_point" && kind !== "histogram_point") continue;
      if (this.cumulative !== undefined && isDelta(row)) deltas.push(row);
      else this.point(row);
    }
    for (const delta of deltas.toSorted(byTime)) this.delta(delta);
    const targets = this.settings.targetInfo ? this.targetInfo() : new Map<string, number>();
    const series = this.table.finish();
    this.dropped.duplicate = this.table.duplicates;
    return { series, dropped: this.dropped, targets };
  }

  private point(point: CountedPoint): void {
    const reason = whyDropped(point.series.metric);
    if (reason === undefined) this.add(point);
    else this.dropped[reason]++;
  }

  private delta(delta: CountedPoint): void {
    const point = this.cumulative?.of(delta);
    if (point !== undefined) this.add(point);
  }

  private add(point: CountedPoint): void {
    const { series } = point;
    const family = this.family(series.metric);
    if (family.name === "") {
      this.dropped.name++;
      return;
    }
    if ("value" in point) this.number(point, family);
    else if (!this.histogram(point, family)) return;
    this.see(series.resource, millisecondsOf(point.time));
  }

  private number(point: NumberPointRow, family: Family): void {
    const written = this.table.of(this.labels.of(point.series, family.name), family);
    written.samples.push(sampleOf(point, Number(point.value)));
    written.exemplars.push(...point.exemplars.map((one) => this.exemplar(one)));
  }

  /** False for one that has no form in Prometheus. */
  private histogram(point: HistogramPointRow, family: Family): boolean {
    switch (point.series.metric.type) {
      case "exponential_histogram":
        return this.native(point, family);
      case "summary":
        this.summary(point, family);
        return true;
      default:
        this.classic(point, family);
        return true;
    }
  }

  private native(point: HistogramPointRow, family: Family): boolean {
    const histogram = nativeHistogram(point, timesOf(point));
    if (histogram === undefined) {
      this.dropped.scale++;
      return false;
    }
    const written = this.table.of(this.labels.of(point.series, family.name), family);
    written.histograms.push(histogram);
    written.exemplars.push(...point.exemplars.map((one) => this.exemplar(one)));
    return true;
  }

  /** `_bucket` by upper limit with all below it, `_sum` and `_count`. */
  private classic(point: HistogramPointRow, family: Family): void {
    this.totals(point, family);
    const limits = [...point.bounds.filter((bound) => bound !== Infinity), Infinity];
    const exemplars = point.exemplars.map((one) => ({ one, value: Number(one.value) }));
    let below = Number.NEGATIVE_INFINITY;
    let count = 0n;
    for (const [index, limit] of limits.entries()) {
      count += point.buckets[index] ?? 0n;
      const le = limit === Infinity ? "+Inf" : decimalText(limit);
      const labels = this.labels.of(point.series, `${family.name}_bucket`, ["le", le]);
      const written = this.table.of(labels, family);
      const total = limit === Infinity ? point.count : count;
      written.samples.push(sampleOf(point, Number(total)));
      for (const { one, value } of exemplars)
        if (value > below && value <= limit) written.exemplars.push(this.exemplar(one));
      below = limit;
    }
  }

  private summary(point: HistogramPointRow, family: Family): void {
    this.totals(point, family);
    for (const { quantile, value } of point.quantiles) {
      const label = ["quantile", decimalText(quantile)] as const;
      const labels = this.labels.of(point.series, family.name, label);
      this.table.of(labels, family).samples.push(sampleOf(point, value));
    }
  }

  private totals(point: HistogramPointRow, family: Family): void {
    const { series, sum, count } = point;
    const add = (suffix: string, value: number): void => {
      const labels = this.labels.of(series, `${family.name}${suffix}`);
      this.table.of(labels, family).samples.push(sampleOf(point, value));
    };
    if (sum !== null) add("_sum", sum);
    add("_count", Number(count));
  }

  private exemplar({ time, value, traceId, spanId, attributes }: ExemplarRow): Exemplar {
    const trace = [
      ["trace_id", traceId],
      ["span_id", spanId],
    ] as const;
    const own = trace.filter(([, id]) => !ZEROS.test(id));
    const names = new Set<string>(own.map(([name]) => name));
    const others = this.labels.plain(attributes).filter(([name]) => !names.has(name));
    const all = [...own, ...others];
    const characters = all.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
    const labels = characters <= EXEMPLAR_CHARACTERS_MAX ? all : own;
    return { labels, value: Number(value), timeMs: millisecondsOf(time) };
  }

  private family(metric: MetricDescriptor): Family {
    const known = this.families.get(metric);
    if (known !== undefined) return known;
    const name = metricName(metric, this.settings.translation);
    const unit = unitName(metric.unit);
    const family = { name, type: familyType(metric), help: metric.description, unit };
    this.families.set(metric, family);
    return family;
  }

  private see(resource: Resource, timeMs: number): void {
    const id = `${resource.id.high}:${resource.id.low}`;
    const seen = this.resources.get(id);
    if (seen === undefined) this.resources.set(id, { resource, timeMs });
    else seen.timeMs = Math.max(seen.timeMs, timeMs);
  }

  private targetInfo(): Map<string, number> {
    const told = new Map<string, number>();
    for (const [id, { resource, timeMs }] of this.resources) {
      const labels = this.isTargetDue(id, timeMs) ? this.labels.ofTarget(resource) : undefined;
      if (labels === undefined) continue;
      const sample = { timeMs, startMs: 0, value: 1, isStale: false };
      this.table.of(labels, TARGET_INFO).samples.push(sample);
      told.set(id, timeMs);
    }
    return told;
  }
}

/** One without a value, or with one that is no number to add, is none. */
function isDelta(point: CountedPoint): boolean {
  if (!addsUp(point.series.metric) || (point.flags & NO_RECORDED_VALUE) !== 0) return false;
  return !("value" in point) || Number.isFinite(Number(point.value));
}

function byTime(one: CountedPoint, other: CountedPoint): number {
  if (one.time === other.time) return 0;
  return one.time < other.time ? -1 : 1;
}

/** Prometheus knows only what grows from a start on. Histograms without a temporality are its gauge histograms. */
function whyDropped({ type, temporality }: MetricDescriptor): DropReason | undefined {
  if (type === "gauge" || type === "summary" || temporality === CUMULATIVE) return undefined;
  return type === "exponential_histogram" && temporality === 0 ? undefined : "delta";
}

function familyType(metric: MetricDescriptor): number {
  switch (metric.type) {
    case "gauge":
      return FAMILY_TYPES.gauge;
    case "sum":
      return isCounter(metric) ? FAMILY_TYPES.counter : FAMILY_TYPES.gauge;
    case "histogram":
      return FAMILY_TYPES.histogram;
    case "exponential_histogram":
      return metric.temporality === 0 ? FAMILY_TYPES.gaugeHistogram : FAMILY_TYPES.histogram;
    case "summary":
      return FAMILY_TYPES.summary;
  }
}

interface Timed {
  readonly series: Series;
  readonly time: bigint;
  readonly startTime: bigint;
  readonly flags: number;
}

/** A gauge, and a sum that may fall, has no start. */
function timesOf({ series, time, startTime, flags }: Timed): Omit<Sample, "value"> {
  const { type, monotonic } = series.metric;
  const hasStart = type === "sum" ? monotonic : type !== "gauge";
  return {
    timeMs: millisecondsOf(time),
    startMs: hasStart ? millisecondsOf(startTime) : 0,
    isStale: (flags & NO_RECORDED_VALUE) !== 0,
  };
}

function sampleOf(point: Timed, value: number): Sample {
  return { ...timesOf(point), value };
}

function millisecondsOf(ns: bigint): number {
  return Number(ns / 1_000_000n);
}

/** The shortest digits of a number, without an exponent. */
export function decimalText(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const digits = match[2]! + (match[3] ?? "");
  const point = 1 + Number(match[4]);
  if (point <= 0) return `${match[1]!}0.${"0".repeat(-point)}${digits}`;
  return `${match[1]!}${digits.slice(0, point).padEnd(point, "0")}`;
}
