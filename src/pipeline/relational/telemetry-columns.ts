import { type Attribute, attributeValue } from "#core/attributes.ts";
import type { HistogramPointRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import { millisecondsOf } from "#core/time.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";
import { WEIGHT_ATTRIBUTE } from "./kpi-schema.ts";
import { jsonValue, textValue, timestampValue } from "./postgres-values.ts";

/** A row of `telemetry_traces`, in the order of its columns. */
export interface TraceColumns {
  readonly timestamp: string;
  readonly service: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly operation: string;
  readonly duration_ms: number;
  readonly status: string;
  readonly attributes: string;
  readonly resource: string;
}

export const TRACE_COLUMNS = [
  "timestamp",
  "service",
  "trace_id",
  "span_id",
  "operation",
  "duration_ms",
  "status",
  "attributes",
  "resource",
] as const satisfies readonly (keyof TraceColumns)[];

/** A row of `telemetry_metrics`, in the order of its columns. */
export interface MetricColumns {
  readonly timestamp: string;
  readonly service: string;
  readonly metric_name: string;
  readonly metric_type: "counter" | "gauge" | "histogram";
  /** What is no number or infinite is text, which the column takes: NaN, Infinity, -Infinity. */
  readonly value: number | string;
  readonly labels: string;
}

export const METRIC_COLUMNS = [
  "timestamp",
  "service",
  "metric_name",
  "metric_type",
  "value",
  "labels",
] as const satisfies readonly (keyof MetricColumns)[];

/** An entry of an index may have some 2,700 bytes, and a character up to four of them. */
const INDEXED_CHARACTERS_MAX = 600;

/**
 * The columns of a span. What the table has no column for stands beside the attributes, where the
 * span has no attribute of that name: `parent_span_id`, `span_kind`, `status_message`, and of one that was
 * sampled its weight.
 */
export function traceColumnsOf(row: SpanRow): TraceColumns {
  return {
    timestamp: timestampValue(row.time),
    service: textValue(row.resource.service, INDEXED_CHARACTERS_MAX),
    trace_id: row.traceId,
    span_id: row.spanId,
    operation: textValue(row.name, INDEXED_CHARACTERS_MAX),
    duration_ms: millisecondsOf(row.durationNs),
    status: SPAN_STATUSES[row.status] ?? SPAN_STATUSES[0],
    attributes: jsonValue({
      ...(row.parentSpanId === "" ? {} : { parent_span_id: row.parentSpanId }),
      span_kind: SPAN_KINDS[row.kind] ?? SPAN_KINDS[0],
      ...(row.statusMessage === "" ? {} : { status_message: row.statusMessage }),
      ...valuesOf(row.attributes),
      ...(row.weight === 1 || !Number.isFinite(row.weight)
        ? {}
        : { [WEIGHT_ATTRIBUTE]: row.weight }),
    }),
    resource: jsonValue(valuesOf(row.resource.attributes)),
  };
}

/** A sum that only grows is a counter, all else a gauge. */
export function numberColumnsOf(row: NumberPointRow): MetricColumns {
  const { type, monotonic, name } = row.series.metric;
  const metricType = type === "sum" && monotonic ? "counter" : "gauge";
  return metricColumns(row, name, metricType, Number(row.value));
}

/** A table of single values holds of a histogram what Prometheus does: its count and, where known, its sum. */
export function histogramColumnsOf(row: HistogramPointRow): MetricColumns[] {
  const { name } = row.series.metric;
  const count = metricColumns(row, `${name}_count`, "histogram", Number(row.count));
  if (row.sum === null) return [count];
  return [count, metricColumns(row, `${name}_sum`, "histogram", row.sum)];
}

function metricColumns(
  { series, time }: NumberPointRow | HistogramPointRow,
  name: string,
  type: MetricColumns["metric_type"],
  value: number,
): MetricColumns {
  return {
    timestamp: timestampValue(time),
    service: textValue(series.resource.service, INDEXED_CHARACTERS_MAX),
    metric_name: textValue(name, INDEXED_CHARACTERS_MAX),
    metric_type: type,
    value: Number.isFinite(value) ? value : String(value),
    labels: jsonValue(valuesOf(series.attributes)),
  };
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]),
  );
}
