import { Buffer } from "node:buffer";
import type { MetricDescriptor, Resource, Scope, Series } from "../attributes.ts";
import { batchPools } from "../batch.ts";
import type { ByteWriter } from "../bytes.ts";
import { ROW_LIMITS } from "../limits.ts";
import type { MetricBatch } from "../metric-batch.ts";
import { Rejections, type TimeWindow } from "../rejections.ts";
import type { AttributeInputs } from "./attribute-input.ts";
import { AttributeWriter } from "./attribute-writer.ts";
import { pushBigint, pushHexId } from "./field-writers.ts";
import { HistogramInputColumns, type HistogramInput } from "./histogram-input.ts";
import type { BuilderOptions } from "./log-builder.ts";
import { origins, type ScopeInput } from "./origins.ts";
import { SeriesInputs } from "./series-inputs.ts";

/** What a metric is, whatever its labels. A name of 1 to `ROW_LIMITS.nameBytesMax` bytes is required. */
export interface MetricInput {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  /** 0 unspecified, 1 delta, 2 cumulative. */
  readonly temporality?: 0 | 1 | 2;
}

export interface NumberMetricInput extends MetricInput {
  readonly type: "gauge" | "sum";
  /** Of a sum: whether it only grows. */
  readonly monotonic?: boolean;
}

/** A measurement that stands for a point, such as a trace that took that long. */
export interface ExemplarInput {
  /** Unix nanoseconds. Without a time that may be kept the exemplar is left out. */
  readonly timeNs: bigint;
  readonly value: number | bigint;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: AttributeInputs;
}

/** What all points have. */
export interface PointInput {
  /** Unix nanoseconds; required, and not 0. */
  readonly timeNs: bigint;
  /** When a sum began; 0 or absent when it is not known. */
  readonly startNs?: bigint;
  /** `DataPointFlags`: 1 says that there is no recorded value, as for a stale series of Prometheus. */
  readonly flags?: number;
  readonly exemplars?: readonly ExemplarInput[];
}

/** A point of a gauge or sum. A bigint within int64 is kept exactly, a number as a double. */
export interface NumberInput extends PointInput {
  readonly value: number | bigint;
}

const NO_ATTRIBUTES: AttributeInputs = {};
const NO_EXEMPLARS: readonly ExemplarInput[] = [];
const allSeries = new SeriesInputs();

/**
 * Fills a {@link MetricBatch} of the pool from plain values, one request at a time. The limits are those of
 * the OTLP decoder (`ROW_LIMITS`); a point whose time is missing or outside the window, whose metric has no
 * usable name, or that has too many buckets, is left out and counted.
 *
 * @example
 * const builder = new MetricBuilder({ window });
 * builder.group({ "service.name": "shop" });
 * builder.number({ name: "up", type: "gauge" }, { job: "api" }, { timeNs, value: 1 });
 * await push(builder.finish(body.length), org);
 */
export class MetricBuilder {
  readonly rejections = new Rejections();
  private readonly batch: MetricBatch = batchPools.metrics.take();
  private readonly exemplarAttributes = new AttributeWriter(this.batch.exemplars.attributes);
  private readonly histograms = new HistogramInputColumns(this.batch.histograms);
  private readonly window: TimeWindow;
  private resource: Resource = origins.resource(NO_ATTRIBUTES);
  private scope: Scope = origins.scope(undefined);
  private index = 0;
  private isFinished = false;

  constructor({ window }: Pick<BuilderOptions, "window">) {
    this.window = window;
  }

  /** Points that were added so far. */
  get rows(): number {
    return this.batch.rows;
  }

  /**
   * From here on points belong to this resource and scope; before the first call, to a resource without attributes.
   *
   * @throws RangeError when a value is nested too deeply; points then go on belonging where they did.
   */
  group(resource: AttributeInputs, scope?: ScopeInput): void {
    this.resource = origins.resource(resource);
    this.scope = origins.scope(scope);
  }

  /** Appends a point of a gauge or sum; false when it was rejected, for the reason that {@link rejections} tells. */
  number(metric: NumberMetricInput, labels: AttributeInputs, point: NumberInput): boolean {
    const { type } = metric;
    const monotonic = type === "sum" && metric.monotonic === true;
    const temporality = type === "sum" ? (metric.temporality ?? 0) : 0;
    const series = this.accept(metric, { type, monotonic, temporality }, labels, point);
    if (series === undefined) return false;
    const { numbers } = this.batch;
    const number = this.batch.seriesNumber(series);
    numbers.rows++;
    numbers.series.push(number);
    pushBigint(numbers.time, point.timeNs);
    pushBigint(numbers.startTime, point.startNs ?? 0n);
    pushNumber(numbers, point.value);
    numbers.flags.u32(point.flags ?? 0);
    this.pushExemplars(point, number, numbers.rows - 1);
    return true;
  }

  /**
   * Appends a point of a histogram or, where it has a scale, of an exponential one; false when it was rejected,
   * also for a count that is negative, not a number or beyond 64 bits. Fractions of counts are rounded.
   */
  histogram(
    metric: MetricInput,
    labels: AttributeInputs,
    point: PointInput & HistogramInput,
  ): boolean {
    const type = "scale" in point ? "exponential_histogram" : "histogram";
    const kind = { type, monotonic: false, temporality: metric.temporality ?? 0 } as const;
    const bad = this.histograms.prepare(point);
    const series = this.accept(metric, kind, labels, point, bad);
    if (series === undefined) return false;
    const columns = this.batch.histograms;
    const number = this.batch.seriesNumber(series);
    columns.rows++;
    columns.series.push(number);
    pushBigint(columns.time, point.timeNs);
    pushBigint(columns.startTime, point.startNs ?? 0n);
    this.histograms.push(point);
    columns.flags.u32(point.flags ?? 0);
    this.pushExemplars(point, number, ~(columns.rows - 1));
    return true;
  }

  /** Judges a point; its series, or undefined when it was rejected. */
  private accept(
    metric: MetricInput,
    kind: Pick<MetricDescriptor, "type" | "monotonic" | "temporality">,
    labels: AttributeInputs,
    { timeNs }: PointInput,
    bad?: string,
  ): Series | undefined {
    if (this.isFinished) throw new Error("a point for a batch that was handed over");
    const { rejections } = this;
    const index = this.index++;
    if (rejections.isOver(index)) return undefined;
    const { name, description = "", unit = "" } = metric;
    const isTimeless = timeNs === 0n;
    const reason = badName(name) ?? (isTimeless ? "time_unix_nano is missing" : undefined);
    const isOutside =
      reason === undefined && rejections.outside(this.window, Number(timeNs) / 1e6, "point", index);
    if (isOutside) return undefined;
    if (reason !== undefined || bad !== undefined) {
      rejections.reject(`point ${index}: ${reason ?? bad}`);
      return undefined;
    }
    return this.seriesOf({ name, description, unit, ...kind }, labels, index);
  }

  private seriesOf(
    descriptor: MetricDescriptor,
    labels: AttributeInputs,
    index: number,
  ): Series | undefined {
    try {
      return allSeries.series(this.resource, this.scope, descriptor, labels);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.rejections.reject(`point ${index}: ${error.message}`);
      return undefined;
    }
  }

  /** @param point The row in `numbers`, or `~row` in `histograms`. */
  private pushExemplars(
    { exemplars = NO_EXEMPLARS }: PointInput,
    series: number,
    point: number,
  ): void {
    const count = Math.min(exemplars.length, ROW_LIMITS.exemplarsMax);
    for (let i = 0; i < count; i++) this.pushExemplar(exemplars[i]!, series, point);
  }

  /** An exemplar without a time, whose time the store would not keep, or that is nested too deeply, is left out. */
  private pushExemplar(exemplar: ExemplarInput, series: number, point: number): void {
    const { window, batch } = this;
    const timeMs = Number(exemplar.timeNs) / 1e6;
    if (timeMs === 0 || timeMs < window.oldestMs || timeMs > window.newestMs) return;
    try {
      this.exemplarAttributes.prepare(exemplar.attributes ?? NO_ATTRIBUTES);
    } catch (error) {
      if (error instanceof RangeError) return;
      throw error;
    }
    const columns = batch.exemplars;
    columns.rows++;
    columns.series.push(series);
    columns.points.push(point);
    pushBigint(columns.time, exemplar.timeNs);
    pushNumber(columns, exemplar.value);
    pushHexId(columns.traceId, exemplar.traceId, 16);
    pushHexId(columns.spanId, exemplar.spanId, 8);
    this.exemplarAttributes.pushRow();
  }

  /**
   * Hands the batch over, empty when no point was added. The builder is done with.
   *
   * @param sourceBytes What the points were decoded from, for the bounds on bytes.
   */
  finish(sourceBytes: number): MetricBatch {
    this.isFinished = true;
    this.batch.sourceBytes = sourceBytes;
    return this.batch;
  }
}

function badName(name: string): string | undefined {
  const isShort = name !== "" && name.length * 3 <= ROW_LIMITS.nameBytesMax;
  const bytes = isShort ? 1 : Buffer.byteLength(name);
  if (bytes > 0 && bytes <= ROW_LIMITS.nameBytesMax) return undefined;
  return `a metric name of ${bytes} bytes, allowed: 1 to ${ROW_LIMITS.nameBytesMax}`;
}

/** A number of either type: the double always, the integer exactly where it is one. */
function pushNumber(
  into: { value: ByteWriter; intValue: ByteWriter; isInt: ByteWriter },
  value: number | bigint,
): void {
  const isInt = typeof value === "bigint" && BigInt.asIntN(64, value) === value;
  into.isInt.u8(isInt ? 1 : 0);
  into.value.f64(Number(value));
  pushBigint(into.intValue, isInt ? value : 0n);
}
