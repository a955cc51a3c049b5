-- Run this once in the project's SQL editor. It may be run again.

CREATE TABLE IF NOT EXISTS "public"."events" (
  id BIGSERIAL PRIMARY KEY,
  event_id VARCHAR(255),
  event_type VARCHAR(100),
  event_level VARCHAR(50),
  timestamp TIMESTAMPTZ NOT NULL,
  source_name VARCHAR(255),
  master_type VARCHAR(100),
  worker_type VARCHAR(100),
  data JSONB NOT NULL,
  error TEXT,
  duration_ms INTEGER,
  cost_usd NUMERIC(12, 8),
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX IF NOT EXISTS "idx_events_timestamp" ON "public"."events" (timestamp DESC);

CREATE INDEX IF NOT EXISTS "idx_events_event_type" ON "public"."events" (event_type);

CREATE INDEX IF NOT EXISTS "idx_events_event_level" ON "public"."events" (event_level);

CREATE INDEX IF NOT EXISTS "idx_events_error" ON "public"."events" (error) WHERE error IS NOT NULL;

CREATE INDEX IF NOT EXISTS "idx_events_data_gin" ON "public"."events" USING GIN (data);

CREATE TABLE IF NOT EXISTS "public"."sightglass_deliveries" (
  key TEXT PRIMARY KEY,
  destination TEXT NOT NULL,
  rows INTEGER NOT NULL,
  delivered_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX IF NOT EXISTS sightglass_deliveries_at ON "public"."sightglass_deliveries" (destination, delivered_at);

CREATE TABLE IF NOT EXISTS "public".telemetry_traces (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  timestamp TIMESTAMPTZ NOT NULL,
  service TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  duration_ms FLOAT NOT NULL,
  status TEXT NOT NULL,
  attributes JSONB DEFAULT '{}',
  resource JSONB DEFAULT '{}'
);

CREATE INDEX IF NOT EXISTS idx_telemetry_traces_service ON "public".telemetry_traces (service, timestamp DESC);

CREATE INDEX IF NOT EXISTS idx_telemetry_traces_timestamp ON "public".telemetry_traces (timestamp);

CREATE INDEX IF NOT EXISTS idx_telemetry_traces_trace ON "public".telemetry_traces (trace_id);

CREATE TABLE IF NOT EXISTS "public".telemetry_metrics (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  timestamp TIMESTAMPTZ NOT NULL,
  service TEXT NOT NULL,
  metric_name TEXT NOT NULL,
  metric_type TEXT NOT NULL,
  value FLOAT NOT NULL,
  labels JSONB DEFAULT '{}'
);

CREATE INDEX IF NOT EXISTS idx_telemetry_metrics_name ON "public".telemetry_metrics (service, metric_name, timestamp DESC);

CREATE INDEX IF NOT EXISTS idx_telemetry_metrics_timestamp ON "public".telemetry_metrics (timestamp);

CREATE TABLE IF NOT EXISTS "public".kpi_rollups_hourly (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  period_start TIMESTAMPTZ NOT NULL,
  period_end TIMESTAMPTZ NOT NULL,
  service TEXT NOT NULL,
  total_requests INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  error_rate FLOAT NOT NULL,
  avg_duration_ms FLOAT NOT NULL,
  p50_duration_ms FLOAT NOT NULL,
  p95_duration_ms FLOAT NOT NULL,
  p99_duration_ms FLOAT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS idx_kpi_rollups_hourly_period ON "public".kpi_rollups_hourly (service, period_start);

CREATE TABLE IF NOT EXISTS "public".anomalies (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  timestamp TIMESTAMPTZ NOT NULL,
  service TEXT NOT NULL,
  metric_name TEXT NOT NULL,
  anomaly_type TEXT NOT NULL,
  severity TEXT NOT NULL,
  current_value FLOAT NOT NULL,
  expected_value FLOAT NOT NULL,
  deviation_percent FLOAT NOT NULL,
  description TEXT NOT NULL,
  metadata JSONB DEFAULT '{}',
  acknowledged BOOLEAN DEFAULT FALSE
);

CREATE INDEX IF NOT EXISTS idx_anomalies_timestamp ON "public".anomalies (timestamp DESC);

CREATE MATERIALIZED VIEW IF NOT EXISTS "public".mv_kpis_daily AS
SELECT
  (period_start AT TIME ZONE 'UTC')::DATE AS date,
  service,
  SUM(total_requests) AS requests,
  SUM(error_count) AS errors,
  COALESCE(SUM(error_count)::FLOAT / NULLIF(SUM(total_requests), 0), 0) AS error_rate,
  COALESCE(SUM(avg_duration_ms * total_requests) / NULLIF(SUM(total_requests), 0), 0) AS avg_latency_ms,
  COALESCE(SUM(p95_duration_ms * total_requests) / NULLIF(SUM(total_requests), 0), 0) AS p95_latency_ms,
  COALESCE(SUM(p99_duration_ms * total_requests) / NULLIF(SUM(total_requests), 0), 0) AS p99_latency_ms,
  100 * (1 - COALESCE(SUM(error_count)::FLOAT / NULLIF(SUM(total_requests), 0), 0)) AS uptime_percent
FROM "public".kpi_rollups_hourly
GROUP BY 1, 2;

CREATE UNIQUE INDEX IF NOT EXISTS idx_mv_kpis_daily_day ON "public".mv_kpis_daily (date, service);

CREATE OR REPLACE FUNCTION "public".rollup_hourly_kpis(p_period_start TIMESTAMPTZ, p_period_end TIMESTAMPTZ)
RETURNS JSONB LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  inserted INTEGER;
BEGIN
  WITH spans AS (
    SELECT
      date_trunc('hour', timestamp, 'UTC') AS hour, service, duration_ms,
      status = 'error' AS is_error,
      COALESCE(attributes->>'span_kind' IN ('server', 'consumer'), FALSE) AS is_entry,
      CASE WHEN jsonb_typeof(attributes->'sightglass.weight') = 'number'
        THEN (attributes->>'sightglass.weight')::FLOAT ELSE 1 END AS weight
    FROM "public".telemetry_traces
    WHERE timestamp >= date_trunc('hour', p_period_start, 'UTC')
      AND timestamp < date_trunc('hour', p_period_end + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'UTC')
  ), marked AS (
    SELECT *, BOOL_OR(is_entry) OVER (PARTITION BY hour, service) AS has_entry FROM spans
  ), ranked AS (
    SELECT *,
      SUM(weight) OVER (PARTITION BY hour, service ORDER BY duration_ms) AS upto,
      SUM(weight) OVER (PARTITION BY hour, service) AS total
    FROM marked WHERE is_entry = has_entry AND weight > 0
  )
  INSERT INTO "public".kpi_rollups_hourly AS kpi (
    period_start, period_end, service, total_requests, error_count, error_rate,
    avg_duration_ms, p50_duration_ms, p95_duration_ms, p99_duration_ms)
  SELECT hour, hour + INTERVAL '1 hour', service,
    LEAST(ROUND(SUM(weight)), 2147483647)::INTEGER,
    LEAST(ROUND(COALESCE(SUM(weight) FILTER (WHERE is_error), 0)), 2147483647)::INTEGER,
    COALESCE(SUM(weight) FILTER (WHERE is_error), 0) / SUM(weight),
    SUM(duration_ms * weight) / SUM(weight),
    MIN(duration_ms) FILTER (WHERE upto >= 0.5 * total), MIN(duration_ms) FILTER (WHERE upto >= 0.95 * total), MIN(duration_ms) FILTER (WHERE upto >= 0.99 * total)
  FROM ranked GROUP BY hour, service
  ON CONFLICT (service, period_start) DO UPDATE SET
    period_end = EXCLUDED.period_end, total_requests = EXCLUDED.total_requests,
    error_count = EXCLUDED.error_count, error_rate = EXCLUDED.error_rate,
    avg_duration_ms = EXCLUDED.avg_duration_ms, p50_duration_ms = EXCLUDED.p50_duration_ms,
    p95_duration_ms = EXCLUDED.p95_duration_ms, p99_duration_ms = EXCLUDED.p99_duration_ms;
  GET DIAGNOSTICS inserted = ROW_COUNT;
  RETURN jsonb_build_object('rows_inserted', inserted);
END
$$;

CREATE OR REPLACE FUNCTION "public".rollup_daily_kpis(p_date DATE)
RETURNS JSONB LANGUAGE sql SET search_path = '' AS $$
  SELECT "public".rollup_hourly_kpis(
    p_date::TIMESTAMP AT TIME ZONE 'UTC', (p_date + 1)::TIMESTAMP AT TIME ZONE 'UTC')
$$;

CREATE OR REPLACE FUNCTION "public".refresh_kpi_views()
RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  REFRESH MATERIALIZED VIEW CONCURRENTLY "public".mv_kpis_daily;
END
$$;

CREATE OR REPLACE FUNCTION "public".sightglass_roll_up(p_hours INTEGER)
RETURNS BOOLEAN LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  this_hour TIMESTAMPTZ := date_trunc('hour', NOW(), 'UTC');
  done TIMESTAMPTZ;
  begun TIMESTAMPTZ;
BEGIN
  SELECT MAX(period_end) INTO done FROM "public".kpi_rollups_hourly;
  IF done > this_hour - INTERVAL '12 hours' THEN
    PERFORM "public".rollup_hourly_kpis(done - INTERVAL '2 hours', LEAST(done, this_hour));
  END IF;
  SELECT MIN(timestamp) INTO begun FROM "public".telemetry_traces
  WHERE timestamp >= COALESCE(done, '-infinity') AND timestamp < this_hour;
  IF begun IS NULL THEN
    RETURN FALSE;
  END IF;
  PERFORM "public".rollup_hourly_kpis(begun, LEAST(begun + make_interval(hours => p_hours), this_hour));
  RETURN begun + make_interval(hours => p_hours) < this_hour;
END
$$;

REVOKE ALL ON FUNCTION "public".rollup_hourly_kpis(TIMESTAMPTZ, TIMESTAMPTZ) FROM PUBLIC;

REVOKE ALL ON FUNCTION "public".rollup_daily_kpis(DATE) FROM PUBLIC;

REVOKE ALL ON FUNCTION "public".refresh_kpi_views() FROM PUBLIC;

REVOKE ALL ON FUNCTION "public".sightglass_roll_up(INTEGER) FROM PUBLIC;

DROP FUNCTION IF EXISTS "public".sightglass_store_events(TEXT, TEXT, JSONB);

CREATE OR REPLACE FUNCTION "public".sightglass_store_events(p_key TEXT, p_destination TEXT, p_events JSONB, p_table TEXT DEFAULT 'events')
RETURNS INTEGER LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  stored INTEGER;
BEGIN
  INSERT INTO "public".sightglass_deliveries (key, destination, rows)
  VALUES (p_key, p_destination, jsonb_array_length(p_events)) ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  EXECUTE format('INSERT INTO "public".%1$I (event_id, event_type, event_level, timestamp, source_name, master_type, worker_type, data, error, duration_ms, cost_usd)
    SELECT event_id, event_type, event_level, timestamp, source_name, master_type, worker_type, data, error, duration_ms, cost_usd FROM jsonb_populate_recordset(NULL::"public".%1$I, $1)', p_table) USING p_events;
  GET DIAGNOSTICS stored = ROW_COUNT;
  DELETE FROM "public".sightglass_deliveries
  WHERE destination = p_destination AND delivered_at < NOW() - make_interval(days => 7);
  RETURN stored;
END
$$;

REVOKE ALL ON FUNCTION "public".sightglass_store_events FROM PUBLIC;

CREATE OR REPLACE FUNCTION "public".sightglass_delete_old(p_days INTEGER, p_table TEXT DEFAULT 'events')
RETURNS INTEGER LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  deleted INTEGER := 0;
  found_rows INTEGER;
  one TEXT;
BEGIN
  FOREACH one IN ARRAY ARRAY[p_table, 'telemetry_traces', 'telemetry_metrics'] LOOP
    EXECUTE format('DELETE FROM "public".%1$I WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM "public".%1$I WHERE timestamp < NOW() - make_interval(days => $1) LIMIT 10000))', one)
    USING p_days;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    deleted := deleted + found_rows;
  END LOOP;
  RETURN deleted;
END
$$;

REVOKE ALL ON FUNCTION "public".sightglass_delete_old FROM PUBLIC;

ALTER TABLE "public".events ENABLE ROW LEVEL SECURITY;

ALTER TABLE "public".sightglass_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE "public".telemetry_traces ENABLE ROW LEVEL SECURITY;

ALTER TABLE "public".telemetry_metrics ENABLE ROW LEVEL SECURITY;

ALTER TABLE "public".kpi_rollups_hourly ENABLE ROW LEVEL SECURITY;

ALTER TABLE "public".anomalies ENABLE ROW LEVEL SECURITY;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
    REVOKE ALL ON FUNCTION "public".sightglass_store_events FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".sightglass_store_events TO service_role;
    REVOKE ALL ON FUNCTION "public".sightglass_delete_old FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".sightglass_delete_old TO service_role;
    REVOKE ALL ON FUNCTION "public".rollup_hourly_kpis FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".rollup_hourly_kpis TO service_role;
    REVOKE ALL ON FUNCTION "public".rollup_daily_kpis FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".rollup_daily_kpis TO service_role;
    REVOKE ALL ON FUNCTION "public".refresh_kpi_views FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".refresh_kpi_views TO service_role;
    REVOKE ALL ON FUNCTION "public".sightglass_roll_up FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".sightglass_roll_up TO service_role;
    -- A materialized view has no row level security.
    REVOKE ALL ON "public".mv_kpis_daily FROM anon, authenticated;
    GRANT SELECT ON "public".mv_kpis_daily TO service_role;
  END IF;
END
$$;

NOTIFY pgrst, 'reload schema';
