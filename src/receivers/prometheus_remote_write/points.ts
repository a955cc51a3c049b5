import type {
  ExemplarInput,
  MetricBuilder,
  NumberInput,
  NumberMetricInput,
} from "#core/build/metric-builder.ts";
import type { WriteRequest } from "./decode.ts";
import { histogramInput } from "./native-histogram.ts";
import {
  type Exemplar,
  type NativeHistogram,
  type Sample,
  type SeriesMetadata,
  TYPES,
  type WriteSeries,
} from "./series.ts";

/** Metric families whose description is remembered; those after are forgotten first come, first gone. */
const FAMILIES_MAX = 20_000;
const HELP_CHARACTERS_MAX = 1_024;

/** `DataPointFlags` of OpenTelemetry. */
const NO_RECORDED_VALUE = 1;
const CUMULATIVE = 2;
const NANOSECONDS = 1_000_000n;

const SUM_SUFFIX = /_(total|bucket|count|sum)$/;
const COMPONENT_SUFFIX = /_(bucket|count|sum|total|created)$/;
const METRIC_NAME = "__name__";
const TRACE_LABELS: ReadonlySet<string> = new Set(["trace_id", "traceID"]);
const SPAN_LABELS: ReadonlySet<string> = new Set(["span_id", "spanID"]);
const NO_EXEMPLARS: readonly ExemplarInput[] = [];

/** What was written, as the answer of version 2 has it, and what was not. */
export interface WriteOutcome {
  samples: number;
  histograms: number;
  exemplars: number;
  /** Points that will never be taken, with the first reason. */
  rejected: number;
  reason: string;
}

/** Adds the points of requests to batches. What version 1 tells of a metric apart is remembered. */
export class PointWriter {
  private readonly helps = new Map<string, string>();

  add({ series, metadata }: WriteRequest, builder: MetricBuilder): WriteOutcome {
    for (const { family, help } of metadata) this.remember(family, help);
    const outcome: WriteOutcome = {
      samples: 0,
      histograms: 0,
      exemplars: 0,
      rejected: 0,
      reason: "",
    };
    for (const one of series) this.series(one, builder, outcome);
    return outcome;
  }

  private remember(family: string, help: string): void {
    if (!this.helps.has(family) && this.helps.size === FAMILIES_MAX) {
      const [oldest] = this.helps.keys();
      this.helps.delete(oldest!);
    }
    this.helps.set(family, help.slice(0, HELP_CHARACTERS_MAX));
  }

  private series(series: WriteSeries, builder: MetricBuilder, outcome: WriteOutcome): void {
    const { samples, histograms } = series;
    const origin = originOf(series.labels);
    if (typeof origin === "string") {
      reject(outcome, samples.length + histograms.length, origin);
      return;
    }
    builder.group(origin.resource);
    const metric = this.metricOf(origin.name, series.metadata);
    // In version 1 an exemplar is a series of its own, in version 2 it stands beside all samples.
    const exemplars = series.exemplars.map(exemplarInput);
    samples.forEach((sample, index) => {
      const own = index === samples.length - 1 ? exemplars : NO_EXEMPLARS;
      if (builder.number(metric, origin.labels, { ...numberInput(sample), exemplars: own })) {
        outcome.samples++;
        outcome.exemplars += own.length;
      } else reject(outcome, 1, builder.rejections.last);
    });
    histograms.forEach((histogram, index) => {
      const isLast = samples.length === 0 && index === histograms.length - 1;
      const own = isLast ? exemplars : NO_EXEMPLARS;
      const wrong = addHistogram(builder, metric, origin.labels, histogram, own);
      if (wrong === undefined) {
        outcome.histograms++;
        outcome.exemplars += own.length;
      } else reject(outcome, 1, wrong);
    });
  }

  /**
   * What a series is. Version 2 says it with each series. In version 1 the name alone decides, although
   * metadata may come later: else a series would change its identity when they do.
   */
  private metricOf(name: string, metadata: SeriesMetadata | undefined): NumberMetricInput {
    const description = metadata?.help ?? this.help(name);
    const unit = metadata?.unit ?? "";
    if (!isSum(name, metadata?.type ?? 0)) return { name, description, unit, type: "gauge" };
    return { name, description, unit, type: "sum", monotonic: true, temporality: CUMULATIVE };
  }

  private help(name: string): string {
    return this.helps.get(name) ?? this.helps.get(name.replace(COMPONENT_SUFFIX, "")) ?? "";
  }
}

/** A stale marker is kept as a point without a value, so that the series is seen to end there. */
function numberInput({ timeMs, startMs, value, isStale }: Sample): NumberInput {
  const time = times(timeMs, startMs);
  return isStale ? { ...time, value: 0, flags: NO_RECORDED_VALUE } : { ...time, value };
}

/** The reason where it was not taken. */
function addHistogram(
  builder: MetricBuilder,
  metric: NumberMetricInput,
  labels: Readonly<Record<string, string>>,
  histogram: NativeHistogram,
  exemplars: readonly ExemplarInput[],
): string | undefined {
  const { name, description = "", unit = "" } = metric;
  const { timeMs, startMs, isStale, isGauge } = histogram;
  const described = { name, description, unit, temporality: isGauge ? 0 : CUMULATIVE } as const;
  try {
    const point = {
      ...times(timeMs, startMs),
      ...histogramInput(histogram),
      flags: isStale ? NO_RECORDED_VALUE : 0,
      exemplars,
    };
    return builder.histogram(described, labels, point) ? undefined : builder.rejections.last;
  } catch (error) {
    if (error instanceof RangeError) return `histogram ${name}: ${error.message}`;
    throw error;
  }
}

function isSum(name: string, type: number): boolean {
  switch (type) {
    case TYPES.counter:
      return true;
    case TYPES.histogram:
    case TYPES.summary:
      return /_(bucket|count|sum)$/.test(name);
    case 0:
      return SUM_SUFFIX.test(name);
    default:
      return false;
  }
}

interface SeriesOrigin {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
}

/**
 * A series' name, labels and resource; the reason where there can be none. As in OpenTelemetry's
 * compatibility specification, `job` is the service, with its namespace before a slash, and `instance` its instance.
 */
function originOf(labels: WriteSeries["labels"]): SeriesOrigin | string {
  let name = "";
  const own = Object.create(null) as Record<string, string>;
  const resource: Record<string, string> = {};
  for (const [label, value] of labels) {
    if (label === "") return "a label without a name";
    if (label === METRIC_NAME) name = value;
    else if (Object.hasOwn(own, label)) return `the label ${label} twice`;
    else if (label === "job" && value !== "") Object.assign(resource, serviceOf(value));
    else if (label === "instance" && value !== "") resource["service.instance.id"] = value;
    else if (value !== "") own[label] = value;
  }
  return name === "" ? "a series without __name__" : { name, labels: own, resource };
}

function serviceOf(job: string): Record<string, string> {
  const slash = job.indexOf("/");
  if (slash <= 0 || slash === job.length - 1) return { "service.name": job };
  return { "service.namespace": job.slice(0, slash), "service.name": job.slice(slash + 1) };
}

function times(timeMs: number, startMs: number): { timeNs: bigint; startNs?: bigint } {
  const timeNs = nanoseconds(timeMs);
  return startMs > 0 ? { timeNs, startNs: nanoseconds(startMs) } : { timeNs };
}

/** Times before 1970 become 0, for which a point is rejected. */
function nanoseconds(ms: number): bigint {
  return ms > 0 ? BigInt(Math.trunc(ms)) * NANOSECONDS : 0n;
}

function exemplarInput({ labels, value, timeMs }: Exemplar): ExemplarInput {
  const traceId = labels.find(([name]) => TRACE_LABELS.has(name))?.[1];
  const spanId = labels.find(([name]) => SPAN_LABELS.has(name))?.[1];
  return {
    timeNs: nanoseconds(timeMs),
    value,
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    attributes: labels.filter(([name]) => !TRACE_LABELS.has(name) && !SPAN_LABELS.has(name)),
  };
}

function reject(outcome: WriteOutcome, points: number, reason: string): void {
  if (outcome.rejected === 0) outcome.reason = reason;
  outcome.rejected += points;
}
