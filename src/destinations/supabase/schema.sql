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

CREATE OR REPLACE FUNCTION "public".sightglass_store_events(p_key TEXT, p_destination TEXT, p_events JSONB)
RETURNS INTEGER LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  stored INTEGER;
BEGIN
  INSERT INTO "public".sightglass_deliveries (key, destination, rows)
  VALUES (p_key, p_destination, jsonb_array_length(p_events)) ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  INSERT INTO "public"."events" (event_id, event_type, event_level, timestamp, source_name, master_type, worker_type, data, error, duration_ms, cost_usd)
  SELECT event_id, event_type, event_level, timestamp, source_name, master_type, worker_type, data, error, duration_ms, cost_usd FROM jsonb_populate_recordset(NULL::"public"."events", p_events);
  GET DIAGNOSTICS stored = ROW_COUNT;
  DELETE FROM "public".sightglass_deliveries
  WHERE destination = p_destination AND delivered_at < NOW() - make_interval(days => 7);
  RETURN stored;
END
$$;

REVOKE ALL ON FUNCTION "public".sightglass_store_events FROM PUBLIC;

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
  END IF;
END
$$;

NOTIFY pgrst, 'reload schema';
