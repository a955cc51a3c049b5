// The part of OTLP/JSON that the demo makes: what `encodeOtlp` takes, with types.

export type Value =
  | { readonly stringValue: string }
  | { readonly intValue: number | string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly Value[] } };

export interface KeyValue {
  readonly key: string;
  readonly value: Value;
}

export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly KeyValue[];
}

export const SPAN_KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export const STATUS_ERROR = 2;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly flags: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
  readonly status?: { readonly code: number; readonly message?: string };
}

export interface LogRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: Value;
  readonly attributes: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
  readonly flags?: number;
  readonly eventName?: string;
}

export interface Exemplar {
  readonly timeUnixNano: bigint;
  readonly asDouble: number;
  readonly traceId: string;
  readonly spanId: string;
}

interface PointBase {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
}

export type NumberPoint = PointBase & {
  readonly asInt?: number;
  readonly asDouble?: number;
  readonly exemplars?: readonly Exemplar[];
};

export type HistogramPoint = PointBase & {
  readonly count: number;
  readonly sum: number;
  readonly min?: number;
  readonly max?: number;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
  readonly exemplars?: readonly Exemplar[];
};

export type ExponentialHistogramPoint = PointBase & {
  readonly count: number;
  readonly sum: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
  readonly min?: number;
  readonly max?: number;
  readonly exemplars?: readonly Exemplar[];
};

export type SummaryPoint = PointBase & {
  readonly count: number;
  readonly sum: number;
  readonly quantileValues: readonly { readonly quantile: number; readonly value: number }[];
};

export const CUMULATIVE = 2;

interface MetricBase {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

export type Metric = MetricBase &
  (
    | { readonly gauge: { readonly dataPoints: readonly NumberPoint[] } }
    | {
        readonly sum: {
          readonly dataPoints: readonly NumberPoint[];
          readonly aggregationTemporality: number;
          readonly isMonotonic: boolean;
        };
      }
    | {
        readonly histogram: {
          readonly dataPoints: readonly HistogramPoint[];
          readonly aggregationTemporality: number;
        };
      }
    | {
        readonly exponentialHistogram: {
          readonly dataPoints: readonly ExponentialHistogramPoint[];
          readonly aggregationTemporality: number;
        };
      }
    | { readonly summary: { readonly dataPoints: readonly SummaryPoint[] } }
  );

export interface Resource {
  readonly attributes: readonly KeyValue[];
}

export interface Scope {
  readonly name: string;
  readonly version: string;
}

export interface TracesRequest {
  readonly resourceSpans: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly scope: Scope; readonly spans: readonly Span[] }[];
    readonly schemaUrl: string;
  }[];
}

export interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly resource: Resource;
    readonly scopeLogs: readonly {
      readonly scope: Scope;
      readonly logRecords: readonly LogRecord[];
    }[];
    readonly schemaUrl: string;
  }[];
}

export interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly {
      readonly scope: Scope;
      readonly metrics: readonly Metric[];
    }[];
    readonly schemaUrl: string;
  }[];
}

/** The semantic conventions that the demo's names are of. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.37.0";

export function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

export function whole(key: string, value: number): KeyValue {
  return { key, value: { intValue: value } };
}

export function decimal(key: string, value: number): KeyValue {
  return { key, value: { doubleValue: value } };
}

export function texts(key: string, values: readonly string[]): KeyValue {
  return { key, value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } } };
}
