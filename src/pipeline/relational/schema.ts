import { EVENT_COLUMNS } from "./event-columns.ts";

/** A name of PostgreSQL between quotation marks, as it is written in a statement. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Where the tables are, and what the one of events is called. */
export interface TableNames {
  readonly schema: string;
  readonly events: string;
}

/** Deliveries that were stored, by their keys. */
export const DELIVERIES_TABLE = "sightglass_deliveries";

/**
 * Days that a delivery is remembered after a later one of the same destination was stored. A portion is
 * sent again only until it is settled, and then by hand as a dead letter.
 */
export const DELIVERY_DAYS = 7;

/** The name as an index of the events' table has it: PostgreSQL itself would cut a long one, and two might then be one. */
export function indexName(table: string, suffix: string): string {
  const IDENTIFIER_BYTES_MAX = 63;
  const room = IDENTIFIER_BYTES_MAX - "idx__".length - suffix.length;
  return `idx_${table.slice(0, room)}_${suffix}`;
}

/**
 * The table of events with its five indexes, as the event pipeline's document has them, and the table
 * by which a delivery that is repeated is known. Each statement may be run again.
 */
export function eventTables({ schema, events }: TableNames): readonly string[] {
  const within = quoteIdentifier(schema);
  const table = `${within}.${quoteIdentifier(events)}`;
  const index = (suffix: string, rest: string): string =>
    `CREATE INDEX IF NOT EXISTS ${quoteIdentifier(indexName(events, suffix))} ON ${table} ${rest}`;
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
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
)`,
    index("timestamp", "(timestamp DESC)"),
    index("event_type", "(event_type)"),
    index("event_level", "(event_level)"),
    index("error", "(error) WHERE error IS NOT NULL"),
    index("data_gin", "USING GIN (data)"),
    ...deliveryTables(schema),
  ];
}

function deliveryTables(schema: string): readonly string[] {
  const table = `${quoteIdentifier(schema)}.${quoteIdentifier(DELIVERIES_TABLE)}`;
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  key TEXT PRIMARY KEY,
  destination TEXT NOT NULL,
  rows INTEGER NOT NULL,
  delivered_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
)`,
    `CREATE INDEX IF NOT EXISTS sightglass_deliveries_at ON ${table} (destination, delivered_at)`,
  ];
}

/** What stores events once, called over PostgREST. */
export const STORE_EVENTS_FUNCTION = "sightglass_store_events";
/** And what deletes old rows. */
export const DELETE_OLD_FUNCTION = "sightglass_delete_old";

/** Rows of a table that one statement deletes: it holds up others for a moment only, and can be left off in between. */
export const DELETED_ROWS_MAX = 10_000;

/**
 * The function that stores a delivery's events and its key in one transaction, or nothing when the key is
 * there. It returns how many events it stored. Only who may write to the tables can use it.
 */
export function storeEventsFunction({ schema, events }: TableNames): readonly string[] {
  const within = quoteIdentifier(schema);
  const name = `${within}.${STORE_EVENTS_FUNCTION}`;
  const columns = EVENT_COLUMNS.join(", ");
  return [
    // As it was before it took the name of a table: with both of them, neither could be called.
    `DROP FUNCTION IF EXISTS ${name}(TEXT, TEXT, JSONB)`,
    `CREATE OR REPLACE FUNCTION ${name}(p_key TEXT, p_destination TEXT, p_events JSONB, p_table TEXT DEFAULT '${events}')
RETURNS INTEGER LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  stored INTEGER;
BEGIN
  INSERT INTO ${within}.${DELIVERIES_TABLE} (key, destination, rows)
  VALUES (p_key, p_destination, jsonb_array_length(p_events)) ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  EXECUTE format('INSERT INTO ${within}.%1$I (${columns})
    SELECT ${columns} FROM jsonb_populate_recordset(NULL::${within}.%1$I, $1)', p_table) USING p_events;
  GET DIAGNOSTICS stored = ROW_COUNT;
  DELETE FROM ${within}.${DELIVERIES_TABLE}
  WHERE destination = p_destination AND delivered_at < NOW() - make_interval(days => ${DELIVERY_DAYS});
  RETURN stored;
END
$$`,
    `REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`,
  ];
}

/** The function that deletes rows of all tables that are older than so many days, some of each, and returns how many. */
export function deleteOldFunction({ schema, events }: TableNames): readonly string[] {
  const within = quoteIdentifier(schema);
  const name = `${within}.${DELETE_OLD_FUNCTION}`;
  return [
    `CREATE OR REPLACE FUNCTION ${name}(p_days INTEGER, p_table TEXT DEFAULT '${events}')
RETURNS INTEGER LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  deleted INTEGER := 0;
  found_rows INTEGER;
  one TEXT;
BEGIN
  FOREACH one IN ARRAY ARRAY[p_table, 'telemetry_traces', 'telemetry_metrics'] LOOP
    EXECUTE format('DELETE FROM ${within}.%1$I WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM ${within}.%1$I WHERE timestamp < NOW() - make_interval(days => $1) LIMIT ${DELETED_ROWS_MAX}))', one)
    USING p_days;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    deleted := deleted + found_rows;
  END LOOP;
  RETURN deleted;
END
$$`,
    `REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`,
  ];
}

/**
 * The tables of telemetry, KPIs and anomalies, as the telemetry pipeline's document has them. Spans and
 * points are written to the first two, from which KPIs are computed (`kpi-schema.ts`); the last is there for
 * whoever looks for anomalies.
 */
export function telemetryTables(schema: string): readonly string[] {
  const within = quoteIdentifier(schema);
  return [
    `CREATE TABLE IF NOT EXISTS ${within}.telemetry_traces (
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
)`,
    `CREATE INDEX IF NOT EXISTS idx_telemetry_traces_service ON ${within}.telemetry_traces (service, timestamp DESC)`,
    `CREATE INDEX IF NOT EXISTS idx_telemetry_traces_timestamp ON ${within}.telemetry_traces (timestamp)`,
    `CREATE INDEX IF NOT EXISTS idx_telemetry_traces_trace ON ${within}.telemetry_traces (trace_id)`,
    `CREATE TABLE IF NOT EXISTS ${within}.telemetry_metrics (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  timestamp TIMESTAMPTZ NOT NULL,
  service TEXT NOT NULL,
  metric_name TEXT NOT NULL,
  metric_type TEXT NOT NULL,
  value FLOAT NOT NULL,
  labels JSONB DEFAULT '{}'
)`,
    `CREATE INDEX IF NOT EXISTS idx_telemetry_metrics_name ON ${within}.telemetry_metrics (service, metric_name, timestamp DESC)`,
    `CREATE INDEX IF NOT EXISTS idx_telemetry_metrics_timestamp ON ${within}.telemetry_metrics (timestamp)`,
    `CREATE TABLE IF NOT EXISTS ${within}.kpi_rollups_hourly (
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
)`,
    `CREATE UNIQUE INDEX IF NOT EXISTS idx_kpi_rollups_hourly_period ON ${within}.kpi_rollups_hourly (service, period_start)`,
    `CREATE TABLE IF NOT EXISTS ${within}.anomalies (
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
)`,
    `CREATE INDEX IF NOT EXISTS idx_anomalies_timestamp ON ${within}.anomalies (timestamp DESC)`,
  ];
}
