// Words as they stand in parameters and answers: those of OpenTelemetry, in the order of their numbers, and ours.

export const SPAN_KINDS = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export const SPAN_STATUSES = ["unset", "ok", "error"] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

/** Levels of a log record; each is the first of four severity numbers: trace 1, debug 5 … fatal 21. */
export const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The severity number that a level starts at. */
export function severityNumberOf(level: Severity): number {
  return SEVERITIES.indexOf(level) * 4 + 1;
}

/** The level of a severity number from 1 to 24; undefined for others. */
export function severityOf(number: number): Severity | undefined {
  return SEVERITIES[Math.floor((number - 1) / 4)];
}

/** What traces that a search finds are ordered by. */
export const TRACE_ORDERS = ["newest", "slowest"] as const;
export type TraceOrder = (typeof TRACE_ORDERS)[number];

export const METRIC_KINDS = [
  "gauge",
  "sum",
  "histogram",
  "exponential_histogram",
  "summary",
] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

export const TEMPORALITIES = ["unspecified", "delta", "cumulative"] as const;
export type Temporality = (typeof TEMPORALITIES)[number];

/** How a metric query makes one value of many. */
export const AGGREGATIONS = [
  "sum",
  "avg",
  "min",
  "max",
  "count",
  "last",
  "rate",
  "increase",
  "p50",
  "p90",
  "p95",
  "p99",
] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** How a line of more points than a screen has columns is thinned out. */
export const DOWNSAMPLINGS = ["minmax", "lttb", "avg"] as const;
export type Downsampling = (typeof DOWNSAMPLINGS)[number];

/** What lists of events, as seed 003 has them, are ordered by. */
export const EVENT_SORTS = [
  "timestamp",
  "event_type",
  "event_level",
  "duration_ms",
  "cost_usd",
] as const;
export type EventSort = (typeof EVENT_SORTS)[number];

/** Steps of a time line of events. */
export const EVENT_INTERVALS = ["minute", "hour", "day"] as const;
export type EventInterval = (typeof EVENT_INTERVALS)[number];
