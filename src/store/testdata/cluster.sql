CREATE DATABASE IF NOT EXISTS sightglass ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS sightglass.schema_migrations ON CLUSTER '{cluster}' (
  version UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/sightglass/schema_migrations', '{shard}-{replica}')
ORDER BY version
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.schema_migration_lock ON CLUSTER '{cluster}' (
  holder String,
  released UInt8,
  at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/sightglass/schema_migration_lock', '{shard}-{replica}', released)
ORDER BY holder
TTL toDateTime(at) + toIntervalDay(1)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.resources_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  resource_id UInt64,
  day Date,
  service LowCardinality(String),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(1)),
  schema_url LowCardinality(String)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (org, resource_id, day)
TTL day + toIntervalDay(90)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.resources ON CLUSTER '{cluster}' AS sightglass.resources_local
ENGINE = Distributed('{cluster}', 'sightglass', 'resources_local', resource_id);

CREATE TABLE IF NOT EXISTS sightglass.scopes_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  scope_id UInt64,
  day Date,
  name LowCardinality(String),
  version LowCardinality(String),
  attrs Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  attr_types String CODEC(ZSTD(1)),
  schema_url LowCardinality(String)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (org, scope_id, day)
TTL day + toIntervalDay(90)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.scopes ON CLUSTER '{cluster}' AS sightglass.scopes_local
ENGINE = Distributed('{cluster}', 'sightglass', 'scopes_local', scope_id);

CREATE TABLE IF NOT EXISTS sightglass.spans_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(ts)
PRIMARY KEY (org, toStartOfFiveMinutes(ts), service, name)
ORDER BY (org, toStartOfFiveMinutes(ts), service, name, ts)
TTL toDate(ts) + toIntervalDay(30)
SETTINGS index_granularity = 2048, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.spans ON CLUSTER '{cluster}' AS sightglass.spans_local
ENGINE = Distributed('{cluster}', 'sightglass', 'spans_local', cityHash64(trace_id));

CREATE TABLE IF NOT EXISTS sightglass.trace_index_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  trace_id FixedString(16) CODEC(NONE),
  day Date,
  min_ts SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  max_ts SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  spans SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1))
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY day
ORDER BY (org, trace_id)
TTL day + toIntervalDay(30)
SETTINGS index_granularity = 512, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.trace_index ON CLUSTER '{cluster}' AS sightglass.trace_index_local
ENGINE = Distributed('{cluster}', 'sightglass', 'trace_index_local', cityHash64(trace_id));

CREATE MATERIALIZED VIEW IF NOT EXISTS sightglass.trace_index_mv ON CLUSTER '{cluster}' TO sightglass.trace_index_local AS
SELECT org, trace_id, toDate(ts) AS day, min(ts) AS min_ts, max(ts) AS max_ts, count() AS spans
FROM sightglass.spans_local
GROUP BY org, trace_id, day;

CREATE TABLE IF NOT EXISTS sightglass.span_kpis_1m_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(minute)
ORDER BY (org, toStartOfHour(minute), service, operation, kind, minute)
TTL toDate(minute) + toIntervalDay(90)
SETTINGS index_granularity = 256, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.span_kpis_1m ON CLUSTER '{cluster}' AS sightglass.span_kpis_1m_local
ENGINE = Distributed('{cluster}', 'sightglass', 'span_kpis_1m_local', cityHash64(org, service, operation));

CREATE MATERIALIZED VIEW IF NOT EXISTS sightglass.span_kpis_1m_mv ON CLUSTER '{cluster}' TO sightglass.span_kpis_1m_local AS
SELECT
  org, toStartOfMinute(ts) AS minute, service, name AS operation, kind,
  count() AS spans,
  sum(toFloat64(weight)) AS requests,
  sumIf(toFloat64(weight), status = 'error') AS errors,
  sum(toFloat64(duration_ns) * weight) AS duration_sum_ns,
  max(duration_ns) AS duration_max_ns,
  quantilesBFloat16WeightedState(0.5, 0.95, 0.99)(toFloat64(reinterpretAsFloat32(bitAnd(reinterpretAsUInt32(toFloat32(duration_ns)) + 0x20000, 0xFFFC0000))), toUInt64(round(weight * 16))) AS duration_quantiles
FROM sightglass.spans_local
GROUP BY org, minute, service, operation, kind;

CREATE TABLE IF NOT EXISTS sightglass.service_kpis_1m_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  entry Bool,
  requests SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_sum_ns SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_quantiles AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), Float64, UInt64) CODEC(ZSTD(1))
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(minute)
ORDER BY (org, entry, minute, service)
TTL toDate(minute) + toIntervalDay(90)
SETTINGS index_granularity = 256, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.service_kpis_1m ON CLUSTER '{cluster}' AS sightglass.service_kpis_1m_local
ENGINE = Distributed('{cluster}', 'sightglass', 'service_kpis_1m_local', cityHash64(org, service));

CREATE MATERIALIZED VIEW IF NOT EXISTS sightglass.service_kpis_1m_mv ON CLUSTER '{cluster}' TO sightglass.service_kpis_1m_local AS
SELECT
  org, minute, service, kind IN ('server', 'consumer') AS entry,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMergeState(0.5, 0.95, 0.99)(duration_quantiles) AS duration_quantiles
FROM sightglass.span_kpis_1m_local
GROUP BY org, minute, service, entry;

CREATE TABLE IF NOT EXISTS sightglass.span_kpis_1h_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(hour)
ORDER BY (org, service, operation, kind, hour)
TTL toDate(hour) + toIntervalDay(90)
SETTINGS index_granularity = 256, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.span_kpis_1h ON CLUSTER '{cluster}' AS sightglass.span_kpis_1h_local
ENGINE = Distributed('{cluster}', 'sightglass', 'span_kpis_1h_local', cityHash64(org, service, operation));

CREATE MATERIALIZED VIEW IF NOT EXISTS sightglass.span_kpis_1h_mv ON CLUSTER '{cluster}' TO sightglass.span_kpis_1h_local AS
SELECT
  org, toStartOfHour(minute) AS hour, service, operation, kind,
  sum(spans) AS spans,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(duration_sum_ns) AS duration_sum_ns,
  max(duration_max_ns) AS duration_max_ns,
  quantilesBFloat16WeightedMergeState(0.5, 0.95, 0.99)(duration_quantiles) AS duration_quantiles
FROM sightglass.span_kpis_1m_local
GROUP BY org, hour, service, operation, kind;

CREATE TABLE IF NOT EXISTS sightglass.service_kpis_1h_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  entry Bool,
  requests SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  errors SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_sum_ns SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  duration_quantiles AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), Float64, UInt64) CODEC(ZSTD(1))
) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(hour)
ORDER BY (org, entry, hour, service)
TTL toDate(hour) + toIntervalDay(90)
SETTINGS index_granularity = 256, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.service_kpis_1h ON CLUSTER '{cluster}' AS sightglass.service_kpis_1h_local
ENGINE = Distributed('{cluster}', 'sightglass', 'service_kpis_1h_local', cityHash64(org, service));

CREATE MATERIALIZED VIEW IF NOT EXISTS sightglass.service_kpis_1h_mv ON CLUSTER '{cluster}' TO sightglass.service_kpis_1h_local AS
SELECT
  org, toStartOfHour(minute) AS hour, service, entry,
  sum(requests) AS requests,
  sum(errors) AS errors,
  sum(duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMergeState(0.5, 0.95, 0.99)(duration_quantiles) AS duration_quantiles
FROM sightglass.service_kpis_1m_local
GROUP BY org, hour, service, entry;

CREATE TABLE IF NOT EXISTS sightglass.service_edges_1m_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  source LowCardinality(String),
  target LowCardinality(String),
  bucket UInt16 CODEC(ZSTD(1)),
  requests Float64 CODEC(ZSTD(1)),
  errors Float64 CODEC(ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(minute)
ORDER BY (org, minute, source, target, bucket)
TTL toDate(minute) + toIntervalDay(90)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.service_edges_1m ON CLUSTER '{cluster}' AS sightglass.service_edges_1m_local
ENGINE = Distributed('{cluster}', 'sightglass', 'service_edges_1m_local', cityHash64(org, source, target));

CREATE TABLE IF NOT EXISTS sightglass.attribute_catalogue_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  signal Enum8('traces' = 1, 'logs' = 2, 'metrics' = 3),
  level Enum8('resource' = 1, 'record' = 2),
  hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  key LowCardinality(String),
  value String CODEC(ZSTD(1)),
  rows UInt64 CODEC(ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(hour)
ORDER BY (org, signal, level, key, hour, value)
TTL toDate(hour) + toIntervalDay(90)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.attribute_catalogue ON CLUSTER '{cluster}' AS sightglass.attribute_catalogue_local
ENGINE = Distributed('{cluster}', 'sightglass', 'attribute_catalogue_local', cityHash64(org, signal, level, key));

CREATE TABLE IF NOT EXISTS sightglass.logs_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(ts)
PRIMARY KEY (org, toStartOfFiveMinutes(ts), service)
ORDER BY (org, toStartOfFiveMinutes(ts), service, ts)
TTL toDate(ts) + toIntervalDay(30)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.logs ON CLUSTER '{cluster}' AS sightglass.logs_local
ENGINE = Distributed('{cluster}', 'sightglass', 'logs_local', cityHash64(org, service, toStartOfHour(ts)));

CREATE TABLE IF NOT EXISTS sightglass.series_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (org, metric, series_id, day)
TTL day + toIntervalDay(30)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.series ON CLUSTER '{cluster}' AS sightglass.series_local
ENGINE = Distributed('{cluster}', 'sightglass', 'series_local', cityHash64(org, metric, series_id));

CREATE TABLE IF NOT EXISTS sightglass.points_local ON CLUSTER '{cluster}' (
  org LowCardinality(String),
  metric LowCardinality(String),
  series_id UInt64 CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  start_ts DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value Float64 CODEC(Gorilla, ZSTD(1)),
  int_value Int64 CODEC(Delta(8), ZSTD(1)),
  is_int UInt8 CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(ts)
ORDER BY (org, metric, toStartOfHour(ts), series_id, ts)
TTL toDate(ts) + toIntervalDay(30)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.points ON CLUSTER '{cluster}' AS sightglass.points_local
ENGINE = Distributed('{cluster}', 'sightglass', 'points_local', cityHash64(org, metric, series_id));

CREATE TABLE IF NOT EXISTS sightglass.histograms_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(ts)
ORDER BY (org, metric, toStartOfHour(ts), series_id, ts)
TTL toDate(ts) + toIntervalDay(30)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.histograms ON CLUSTER '{cluster}' AS sightglass.histograms_local
ENGINE = Distributed('{cluster}', 'sightglass', 'histograms_local', cityHash64(org, metric, series_id));

CREATE TABLE IF NOT EXISTS sightglass.exemplars_local ON CLUSTER '{cluster}' (
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
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toDate(ts)
ORDER BY (org, metric, series_id, ts)
TTL toDate(ts) + toIntervalDay(30)
SETTINGS index_granularity = 8192, merge_selector_base = 10, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS sightglass.exemplars ON CLUSTER '{cluster}' AS sightglass.exemplars_local
ENGINE = Distributed('{cluster}', 'sightglass', 'exemplars_local', cityHash64(org, metric, series_id));
