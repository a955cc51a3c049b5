/**
 * The protobuf messages of OTLP (opentelemetry-proto 1.9) and of the answers that the OTLP doors
 * give, as data: what {@link encodeOtlp} encodes and where a decoder looks up a field's number.
 *
 * Left out, so that they are skipped as unknown fields: what only profiles use (`string_value_strindex`,
 * `key_strindex`) and what was deprecated before OTLP 1.0.
 */

/** Protobuf's scalar types; `id` is `bytes` that OTLP/JSON writes in hex instead of base64. */
export type ScalarType =
  | "string"
  | "bytes"
  | "id"
  | "bool"
  | "double"
  | "fixed64"
  | "sfixed64"
  | "int64"
  | "uint64"
  | "fixed32"
  | "uint32"
  | "int32"
  | "sint32";

/** `one`: absent means the default. `maybe`: absence is told from the default (`optional`, `oneof`). */
export type Presence = "one" | "maybe" | "many";

export interface FieldSpec {
  readonly number: number;
  /** A scalar type, or the name of a message or an enumeration of this file. */
  readonly type: string;
  readonly presence: Presence;
}

const one = (number: number, type: string): FieldSpec => ({ number, type, presence: "one" });
const maybe = (number: number, type: string): FieldSpec => ({ number, type, presence: "maybe" });
const many = (number: number, type: string): FieldSpec => ({ number, type, presence: "many" });

export const ENUMS = {
  SpanKind: [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
  ],
  StatusCode: ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"],
  AggregationTemporality: [
    "AGGREGATION_TEMPORALITY_UNSPECIFIED",
    "AGGREGATION_TEMPORALITY_DELTA",
    "AGGREGATION_TEMPORALITY_CUMULATIVE",
  ],
  SeverityNumber: [
    "SEVERITY_NUMBER_UNSPECIFIED",
    ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((level) =>
      ["", "2", "3", "4"].map((step) => `SEVERITY_NUMBER_${level}${step}`),
    ),
  ],
  ServingStatus: ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"],
} as const satisfies Record<string, readonly string[]>;

/** Each message's fields by their protobuf (snake_case) name. */
export const MESSAGES = {
  // opentelemetry.proto.collector.*.v1
  ExportTraceServiceRequest: { resource_spans: many(1, "ResourceSpans") },
  ExportLogsServiceRequest: { resource_logs: many(1, "ResourceLogs") },
  ExportMetricsServiceRequest: { resource_metrics: many(1, "ResourceMetrics") },
  ExportTraceServiceResponse: { partial_success: maybe(1, "ExportTracePartialSuccess") },
  ExportLogsServiceResponse: { partial_success: maybe(1, "ExportLogsPartialSuccess") },
  ExportMetricsServiceResponse: { partial_success: maybe(1, "ExportMetricsPartialSuccess") },
  ExportTracePartialSuccess: {
    rejected_spans: one(1, "int64"),
    error_message: one(2, "string"),
  },
  ExportLogsPartialSuccess: {
    rejected_log_records: one(1, "int64"),
    error_message: one(2, "string"),
  },
  ExportMetricsPartialSuccess: {
    rejected_data_points: one(1, "int64"),
    error_message: one(2, "string"),
  },

  // opentelemetry.proto.common.v1, opentelemetry.proto.resource.v1
  AnyValue: {
    string_value: maybe(1, "string"),
    bool_value: maybe(2, "bool"),
    int_value: maybe(3, "int64"),
    double_value: maybe(4, "double"),
    array_value: maybe(5, "ArrayValue"),
    kvlist_value: maybe(6, "KeyValueList"),
    bytes_value: maybe(7, "bytes"),
  },
  ArrayValue: { values: many(1, "AnyValue") },
  KeyValueList: { values: many(1, "KeyValue") },
  KeyValue: { key: one(1, "string"), value: maybe(2, "AnyValue") },
  InstrumentationScope: {
    name: one(1, "string"),
    version: one(2, "string"),
    attributes: many(3, "KeyValue"),
    dropped_attributes_count: one(4, "uint32"),
  },
  EntityRef: {
    schema_url: one(1, "string"),
    type: one(2, "string"),
    id_keys: many(3, "string"),
    description_keys: many(4, "string"),
  },
  Resource: {
    attributes: many(1, "KeyValue"),
    dropped_attributes_count: one(2, "uint32"),
    entity_refs: many(3, "EntityRef"),
  },

  // opentelemetry.proto.trace.v1
  ResourceSpans: {
    resource: maybe(1, "Resource"),
    scope_spans: many(2, "ScopeSpans"),
    schema_url: one(3, "string"),
  },
  ScopeSpans: {
    scope: maybe(1, "InstrumentationScope"),
    spans: many(2, "Span"),
    schema_url: one(3, "string"),
  },
  Span: {
    trace_id: one(1, "id"),
    span_id: one(2, "id"),
    trace_state: one(3, "string"),
    parent_span_id: one(4, "id"),
    name: one(5, "string"),
    kind: one(6, "SpanKind"),
    start_time_unix_nano: one(7, "fixed64"),
    end_time_unix_nano: one(8, "fixed64"),
    attributes: many(9, "KeyValue"),
    dropped_attributes_count: one(10, "uint32"),
    events: many(11, "SpanEvent"),
    dropped_events_count: one(12, "uint32"),
    links: many(13, "SpanLink"),
    dropped_links_count: one(14, "uint32"),
    status: maybe(15, "SpanStatus"),
    flags: one(16, "fixed32"),
  },
  SpanEvent: {
    time_unix_nano: one(1, "fixed64"),
    name: one(2, "string"),
    attributes: many(3, "KeyValue"),
    dropped_attributes_count: one(4, "uint32"),
  },
  SpanLink: {
    trace_id: one(1, "id"),
    span_id: one(2, "id"),
    trace_state: one(3, "string"),
    attributes: many(4, "KeyValue"),
    dropped_attributes_count: one(5, "uint32"),
    flags: one(6, "fixed32"),
  },
  SpanStatus: { message: one(2, "string"), code: one(3, "StatusCode") },

  // opentelemetry.proto.logs.v1
  ResourceLogs: {
    resource: maybe(1, "Resource"),
    scope_logs: many(2, "ScopeLogs"),
    schema_url: one(3, "string"),
  },
  ScopeLogs: {
    scope: maybe(1, "InstrumentationScope"),
    log_records: many(2, "LogRecord"),
    schema_url: one(3, "string"),
  },
  LogRecord: {
    time_unix_nano: one(1, "fixed64"),
    severity_number: one(2, "SeverityNumber"),
    severity_text: one(3, "string"),
    body: maybe(5, "AnyValue"),
    attributes: many(6, "KeyValue"),
    dropped_attributes_count: one(7, "uint32"),
    flags: one(8, "fixed32"),
    trace_id: one(9, "id"),
    span_id: one(10, "id"),
    observed_time_unix_nano: one(11, "fixed64"),
    event_name: one(12, "string"),
  },

  // opentelemetry.proto.metrics.v1
  ResourceMetrics: {
    resource: maybe(1, "Resource"),
    scope_metrics: many(2, "ScopeMetrics"),
    schema_url: one(3, "string"),
  },
  ScopeMetrics: {
    scope: maybe(1, "InstrumentationScope"),
    metrics: many(2, "Metric"),
    schema_url: one(3, "string"),
  },
  Metric: {
    name: one(1, "string"),
    description: one(2, "string"),
    unit: one(3, "string"),
    gauge: maybe(5, "Gauge"),
    sum: maybe(7, "Sum"),
    histogram: maybe(9, "Histogram"),
    exponential_histogram: maybe(10, "ExponentialHistogram"),
    summary: maybe(11, "Summary"),
    metadata: many(12, "KeyValue"),
  },
  Gauge: { data_points: many(1, "NumberDataPoint") },
  Sum: {
    data_points: many(1, "NumberDataPoint"),
    aggregation_temporality: one(2, "AggregationTemporality"),
    is_monotonic: one(3, "bool"),
  },
  Histogram: {
    data_points: many(1, "HistogramDataPoint"),
    aggregation_temporality: one(2, "AggregationTemporality"),
  },
  ExponentialHistogram: {
    data_points: many(1, "ExponentialHistogramDataPoint"),
    aggregation_temporality: one(2, "AggregationTemporality"),
  },
  Summary: { data_points: many(1, "SummaryDataPoint") },
  NumberDataPoint: {
    start_time_unix_nano: one(2, "fixed64"),
    time_unix_nano: one(3, "fixed64"),
    as_double: maybe(4, "double"),
    exemplars: many(5, "Exemplar"),
    as_int: maybe(6, "sfixed64"),
    attributes: many(7, "KeyValue"),
    flags: one(8, "uint32"),
  },
  HistogramDataPoint: {
    start_time_unix_nano: one(2, "fixed64"),
    time_unix_nano: one(3, "fixed64"),
    count: one(4, "fixed64"),
    sum: maybe(5, "double"),
    bucket_counts: many(6, "fixed64"),
    explicit_bounds: many(7, "double"),
    exemplars: many(8, "Exemplar"),
    attributes: many(9, "KeyValue"),
    flags: one(10, "uint32"),
    min: maybe(11, "double"),
    max: maybe(12, "double"),
  },
  ExponentialHistogramDataPoint: {
    attributes: many(1, "KeyValue"),
    start_time_unix_nano: one(2, "fixed64"),
    time_unix_nano: one(3, "fixed64"),
    count: one(4, "fixed64"),
    sum: maybe(5, "double"),
    scale: one(6, "sint32"),
    zero_count: one(7, "fixed64"),
    positive: maybe(8, "ExponentialBuckets"),
    negative: maybe(9, "ExponentialBuckets"),
    flags: one(10, "uint32"),
    exemplars: many(11, "Exemplar"),
    min: maybe(12, "double"),
    max: maybe(13, "double"),
    zero_threshold: one(14, "double"),
  },
  ExponentialBuckets: { offset: one(1, "sint32"), bucket_counts: many(2, "uint64") },
  SummaryDataPoint: {
    start_time_unix_nano: one(2, "fixed64"),
    time_unix_nano: one(3, "fixed64"),
    count: one(4, "fixed64"),
    sum: one(5, "double"),
    quantile_values: many(6, "ValueAtQuantile"),
    attributes: many(7, "KeyValue"),
    flags: one(8, "uint32"),
  },
  ValueAtQuantile: { quantile: one(1, "double"), value: one(2, "double") },
  Exemplar: {
    time_unix_nano: one(2, "fixed64"),
    as_double: maybe(3, "double"),
    span_id: one(4, "id"),
    trace_id: one(5, "id"),
    as_int: maybe(6, "sfixed64"),
    filtered_attributes: many(7, "KeyValue"),
  },

  // google.rpc, google.protobuf, grpc.health.v1
  RpcStatus: { code: one(1, "int32"), message: one(2, "string"), details: many(3, "RpcAny") },
  RpcAny: { type_url: one(1, "string"), value: one(2, "bytes") },
  RetryInfo: { retry_delay: maybe(1, "RpcDuration") },
  RpcDuration: { seconds: one(1, "int64"), nanos: one(2, "int32") },
  HealthCheckResponse: { status: one(1, "ServingStatus") },
} as const satisfies Record<string, Record<string, FieldSpec>>;

export type MessageName = keyof typeof MESSAGES;
