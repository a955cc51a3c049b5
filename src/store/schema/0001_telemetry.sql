-- The first schema. One template for a single node and for a cluster: see src/store/render.ts for
-- what {{…}} becomes in each. Sort keys are led by the organization; rows carry their sampling
-- weight; neither can be added by a later migration (docs/decisions/002).

CREATE TABLE {{table resources}} (
  org LowCardinality(String),
  resource_id UInt64,
  day Date,
  service LowCardinality(String),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(1)),
  schema_url LowCardinality(String)
) ENGINE = {{engine ReplacingMergeTree}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, resource_id, day)
{{ttl day aggregates}}
SETTINGS {{settings}};

CREATE TABLE {{table scopes}} (
  org LowCardinality(String),
  scope_id UInt64,
  day Date,
  name LowCardinality(String),
  version LowCardinality(String),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(1)),
  schema_url LowCardinality(String)
) ENGINE = {{engine ReplacingMergeTree}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, scope_id, day)
{{ttl day aggregates}}
SETTINGS {{settings}};

CREATE TABLE {{table spans}} (
  org LowCardinality(String),
  ts DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  duration_ns UInt64 CODEC(T64, ZSTD(1)),
  trace_id FixedString(16) CODEC(NONE),
  span_id FixedString(8) CODEC(NONE),
  parent_span_id FixedString(8) CODEC(ZSTD(1)),
  service LowCardinality(String),
  name LowCardinality(String),
  kind Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
  status Enum8('unset' = 0, 'ok' = 1, 'error' = 2),
  status_message String CODEC(ZSTD(1)),
  trace_state String CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  weight Float32 CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(ZSTD(1)),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(3)),
  `events.ts` Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  `events.name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
  `events.attrs` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  `events.attr_types` Array(String) CODEC(ZSTD(1)),
  `links.trace_id` Array(FixedString(16)) CODEC(ZSTD(1)),
  `links.span_id` Array(FixedString(8)) CODEC(ZSTD(1)),
  `links.trace_state` Array(String) CODEC(ZSTD(1)),
  `links.attrs` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  `links.attr_types` Array(String) CODEC(ZSTD(1)),
  dropped_attrs UInt32 CODEC(ZSTD(1)),
  dropped_events UInt32 CODEC(ZSTD(1)),
  dropped_links UInt32 CODEC(ZSTD(1)),
  INDEX i_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_items arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_event_items arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_link_items arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_duration duration_ns TYPE minmax GRANULARITY 1
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(ts)
PRIMARY KEY (org, toStartOfFiveMinutes(ts), service, name)
ORDER BY (org, toStartOfFiveMinutes(ts), service, name, ts)
{{ttl toDate(ts) traces}}
SETTINGS {{settings 2048}};

CREATE TABLE {{table trace_index}} (
  org LowCardinality(String),
  trace_id FixedString(16) CODEC(NONE),
  day Date,
  min_ts SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  max_ts SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  spans SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY day
ORDER BY (org, trace_id)
{{ttl day traces}}
SETTINGS {{settings 512}};

CREATE MATERIALIZED VIEW {{view trace_index_mv}} TO {{target trace_index}} AS
SELECT org, trace_id, toDate(ts) AS day, min(ts) AS min_ts, max(ts) AS max_ts, count() AS spans
FROM {{source spans}}
GROUP BY org, trace_id, day;

-- Weighted by the sampling weight. The quantile state counts a span as weight x 16 (rounded), so
-- that a fractional weight such as 1.5 keeps its proportion: quantiles do not depend on the scale.
-- Durations are rounded to 32 steps a doubling (within 1.6 %): states stay small and merge fast.
CREATE TABLE {{table span_kpis_1m}} (
  org LowCardinality(String),
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  operation LowCardinality(String),
  kind Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
  spans SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  requests SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_sum_ns SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_max_ns SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),
  duration_quantiles AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), Float64, UInt64) CODEC(ZSTD(1))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toDate(minute)
ORDER BY (org, toStartOfHour(minute), service, operation, kind, minute)
{{ttl toDate(minute) aggregates}}
SETTINGS {{settings 256}};

CREATE MATERIALIZED VIEW {{view span_kpis_1m_mv}} TO {{target span_kpis_1m}} AS
SELECT
  org, toStartOfMinute(ts) AS minute, service, name AS operation, kind,
  count() AS spans,
  sum(toFloat64(weight)) AS requests,
  sumIf(toFloat64(weight), status = 'error') AS errors,
  sum(toFloat64(duration_ns) * weight) AS duration_sum_ns,
  max(duration_ns) AS duration_max_ns,
  quantilesBFloat16WeightedState(0.5, 0.95, 0.99)(toFloat64(reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(duration_ns)) + 0x20000, 0xFFFC0000))), toUInt64(round(weight * 16))) AS duration_quantiles
FROM {{source spans}}
GROUP BY org, minute, service, operation, kind;

-- The same for whole services, for lists of services; entry says whether the spans are requests to
-- the service (server and consumer spans). Fed by the rows that span_kpis_1m takes.
CREATE TABLE {{table service_kpis_1m}} (
  org LowCardinality(String),
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  entry Bool,
  requests SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_sum_ns SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_quantiles AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), Float64, UInt64) CODEC(ZSTD(1))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toDate(minute)
ORDER BY (org, entry, minute, service)
{{ttl toDate(minute) aggregates}}
SETTINGS {{settings 256}};

CREATE MATERIALIZED VIEW {{view service_kpis_1m_mv}} TO {{target service_kpis_1m}} AS
SELECT
  org, minute, service, kind IN ('server', 'consumer') AS entry,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMergeState(0.5, 0.95, 0.99)(duration_quantiles) AS duration_quantiles
FROM {{source span_kpis_1m}}
GROUP BY org, minute, service, entry;

-- Both by the hour, for long ranges: a sixtieth of the states to merge. Fed by what the minutes take.
CREATE TABLE {{table span_kpis_1h}} (
  org LowCardinality(String),
  hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  operation LowCardinality(String),
  kind Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
  spans SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  requests SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_sum_ns SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_max_ns SimpleAggregateFunction(max, UInt64) CODEC(ZSTD(1)),
  duration_quantiles AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), Float64, UInt64) CODEC(ZSTD(1))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toDate(hour)
ORDER BY (org, service, operation, kind, hour)
{{ttl toDate(hour) aggregates}}
SETTINGS {{settings 256}};

CREATE MATERIALIZED VIEW {{view span_kpis_1h_mv}} TO {{target span_kpis_1h}} AS
SELECT
  org, toStartOfHour(minute) AS hour, service, operation, kind,
  sum(spans) AS spans,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(duration_sum_ns) AS duration_sum_ns,
  max(duration_max_ns) AS duration_max_ns,
  quantilesBFloat16WeightedMergeState(0.5, 0.95, 0.99)(duration_quantiles) AS duration_quantiles
FROM {{source span_kpis_1m}}
GROUP BY org, hour, service, operation, kind;

CREATE TABLE {{table service_kpis_1h}} (
  org LowCardinality(String),
  hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  entry Bool,
  requests SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_sum_ns SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_quantiles AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), Float64, UInt64) CODEC(ZSTD(1))
) ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toDate(hour)
ORDER BY (org, entry, hour, service)
{{ttl toDate(hour) aggregates}}
SETTINGS {{settings 256}};

CREATE MATERIALIZED VIEW {{view service_kpis_1h_mv}} TO {{target service_kpis_1h}} AS
SELECT
  org, toStartOfHour(minute) AS hour, service, entry,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMergeState(0.5, 0.95, 0.99)(duration_quantiles) AS duration_quantiles
FROM {{source service_kpis_1m}}
GROUP BY org, hour, service, entry;

-- Calls between services, matched parent to child as spans arrive (src/pipeline/service-edges.ts).
-- bucket is the index of a logarithmic duration bucket: duration in ns = 2 ^ (bucket / 8).
CREATE TABLE {{table service_edges_1m}} (
  org LowCardinality(String),
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  source LowCardinality(String),
  target LowCardinality(String),
  bucket UInt16 CODEC(ZSTD(1)),
  requests Float64 CODEC(ZSTD(1)),
  errors Float64 CODEC(ZSTD(1))
) ENGINE = {{engine SummingMergeTree}}
PARTITION BY toDate(minute)
ORDER BY (org, minute, source, target, bucket)
{{ttl toDate(minute) aggregates}}
SETTINGS {{settings}};

-- Attribute keys with counts, and their values while a key has few of them; value '' counts the
-- rows of the key itself. Written by the encoder (src/pipeline/catalogue.ts), never by a full scan.
CREATE TABLE {{table attribute_catalogue}} (
  org LowCardinality(String),
  signal Enum8('traces' = 1, 'logs' = 2, 'metrics' = 3),
  level Enum8('resource' = 1, 'record' = 2),
  hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  key LowCardinality(String),
  value String CODEC(ZSTD(1)),
  rows UInt64 CODEC(ZSTD(1))
) ENGINE = {{engine SummingMergeTree}}
PARTITION BY toDate(hour)
ORDER BY (org, signal, level, key, hour, value)
{{ttl toDate(hour) aggregates}}
SETTINGS {{settings}};

CREATE TABLE {{table logs}} (
  org LowCardinality(String),
  ts DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  observed_ts DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  severity UInt8 CODEC(ZSTD(1)),
  severity_text LowCardinality(String),
  service LowCardinality(String),
  body String CODEC(ZSTD(1)),
  body_type UInt8 CODEC(ZSTD(1)),
  event_name LowCardinality(String),
  weight Float32 CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(ZSTD(1)),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(3)),
  dropped_attrs UInt32 CODEC(ZSTD(1)),
  INDEX i_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_body lower(body) TYPE text(tokenizer = 'splitByNonAlpha'),
  INDEX i_items arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)) TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(ts)
PRIMARY KEY (org, toStartOfFiveMinutes(ts), service)
ORDER BY (org, toStartOfFiveMinutes(ts), service, ts)
{{ttl toDate(ts) logs}}
SETTINGS {{settings}};

CREATE TABLE {{table series}} (
  org LowCardinality(String),
  metric LowCardinality(String),
  series_id UInt64,
  day Date,
  type Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5),
  temporality Enum8('unspecified' = 0, 'delta' = 1, 'cumulative' = 2),
  monotonic Bool,
  unit LowCardinality(String),
  description String CODEC(ZSTD(1)),
  service LowCardinality(String),
  resource_id UInt64,
  scope_id UInt64,
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(1))
) ENGINE = {{engine ReplacingMergeTree}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, metric, series_id, day)
{{ttl day metrics}}
SETTINGS {{settings}};

-- int_value is the exact integer where is_int is 1; value is always set.
CREATE TABLE {{table points}} (
  org LowCardinality(String),
  metric LowCardinality(String),
  series_id UInt64 CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  start_ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value Float64 CODEC(Gorilla, ZSTD(1)),
  int_value Int64 CODEC(Delta(8), ZSTD(1)),
  is_int UInt8 CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1))
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(ts)
ORDER BY (org, metric, toStartOfHour(ts), series_id, ts)
{{ttl toDate(ts) metrics}}
SETTINGS {{settings}};

-- Histogram, exponential histogram and summary points; a column that the kind does not use is 0 or empty.
CREATE TABLE {{table histograms}} (
  org LowCardinality(String),
  metric LowCardinality(String),
  series_id UInt64 CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  start_ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  count UInt64 CODEC(T64, ZSTD(1)),
  sum Nullable(Float64) CODEC(ZSTD(1)),
  min Nullable(Float64) CODEC(ZSTD(1)),
  max Nullable(Float64) CODEC(ZSTD(1)),
  bounds Array(Float64) CODEC(ZSTD(1)),
  buckets Array(UInt64) CODEC(ZSTD(1)),
  scale Int32 CODEC(ZSTD(1)),
  zero_count UInt64 CODEC(T64, ZSTD(1)),
  zero_threshold Float64 CODEC(ZSTD(1)),
  positive_offset Int32 CODEC(ZSTD(1)),
  positive_buckets Array(UInt64) CODEC(ZSTD(1)),
  negative_offset Int32 CODEC(ZSTD(1)),
  negative_buckets Array(UInt64) CODEC(ZSTD(1)),
  quantiles Array(Float64) CODEC(ZSTD(1)),
  quantile_values Array(Float64) CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1))
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(ts)
ORDER BY (org, metric, toStartOfHour(ts), series_id, ts)
{{ttl toDate(ts) metrics}}
SETTINGS {{settings}};

CREATE TABLE {{table exemplars}} (
  org LowCardinality(String),
  metric LowCardinality(String),
  series_id UInt64 CODEC(ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  value Float64 CODEC(ZSTD(1)),
  int_value Int64 CODEC(ZSTD(1)),
  is_int UInt8 CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(NONE),
  span_id FixedString(8) CODEC(NONE),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(1)),
  INDEX i_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {{engine MergeTree}}
PARTITION BY toDate(ts)
ORDER BY (org, metric, series_id, ts)
{{ttl toDate(ts) metrics}}
SETTINGS {{settings}};
