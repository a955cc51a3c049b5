import { quoteIdentifier } from "./schema.ts";

/** Where a span that stands for several keeps how many: its sampling weight, beside its attributes. */
export const WEIGHT_ATTRIBUTE = "sightglass.weight";

/** What computes the KPIs that are due, by name. */
export const ROLL_UP_FUNCTION = "sightglass_roll_up";

/** What computes KPIs in the database, by the names of the telemetry pipeline's document but for the last, with their arguments. */
export const KPI_FUNCTIONS = {
  rollup_hourly_kpis: "TIMESTAMPTZ, TIMESTAMPTZ",
  rollup_daily_kpis: "DATE",
  refresh_kpi_views: "",
  [ROLL_UP_FUNCTION]: "INTEGER",
} as const;

/**
 * The view of KPIs by day, and the functions that compute KPIs of the spans, as the telemetry pipeline's
 * document names them. Each statement may be run again.
 */
export function kpiStatements(schema: string): readonly string[] {
  const within = quoteIdentifier(schema);
  return [
    dailyView(within),
    `CREATE UNIQUE INDEX IF NOT EXISTS idx_mv_kpis_daily_day ON ${within}.mv_kpis_daily (date, service)`,
    hourlyRollup(within),
    dailyRollup(within),
    viewRefresh(within),
    rollUp(within),
    ...Object.entries(KPI_FUNCTIONS).map(
      ([name, types]) => `REVOKE ALL ON FUNCTION ${within}.${name}(${types}) FROM PUBLIC`,
    ),
  ];
}

/**
 * Days are those of UTC. Percentiles of a day are the mean of its hours' by requests: those of the day itself
 * cannot be told from them.
 */
function dailyView(within: string): string {
  const mean = (column: string): string =>
    `COALESCE(SUM(${column} * total_requests) / NULLIF(SUM(total_requests), 0), 0)`;
  const errorRate = "COALESCE(SUM(error_count)::FLOAT / NULLIF(SUM(total_requests), 0), 0)";
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${within}.mv_kpis_daily AS
SELECT
  (period_start AT TIME ZONE 'UTC')::DATE AS date,
  service,
  SUM(total_requests) AS requests,
  SUM(error_count) AS errors,
  ${errorRate} AS error_rate,
  ${mean("avg_duration_ms")} AS avg_latency_ms,
  ${mean("p95_duration_ms")} AS p95_latency_ms,
  ${mean("p99_duration_ms")} AS p99_latency_ms,
  100 * (1 - ${errorRate}) AS uptime_percent
FROM ${within}.kpi_rollups_hourly
GROUP BY 1, 2`;
}

/**
 * Computes the KPIs of all hours that a period touches, again where they are there. Requests are the server and
 * consumer spans of a service, or all of one that has none in the hour; a span counts for as many as its weight.
 */
function hourlyRollup(within: string): string {
  const percentile = (share: number): string =>
    `MIN(duration_ms) FILTER (WHERE upto >= ${share} * total)`;
  return `CREATE OR REPLACE FUNCTION ${within}.rollup_hourly_kpis(p_period_start TIMESTAMPTZ, p_period_end TIMESTAMPTZ)
RETURNS JSONB LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  inserted INTEGER;
BEGIN
  WITH spans AS (
    SELECT
      date_trunc('hour', timestamp, 'UTC') AS hour, service, duration_ms,
      status = 'error' AS is_error,
      COALESCE(attributes->>'span_kind' IN ('server', 'consumer'), FALSE) AS is_entry,
      CASE WHEN jsonb_typeof(attributes->'${WEIGHT_ATTRIBUTE}') = 'number'
        THEN (attributes->>'${WEIGHT_ATTRIBUTE}')::FLOAT ELSE 1 END AS weight
    FROM ${within}.telemetry_traces
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
  INSERT INTO ${within}.kpi_rollups_hourly AS kpi (
    period_start, period_end, service, total_requests, error_count, error_rate,
    avg_duration_ms, p50_duration_ms, p95_duration_ms, p99_duration_ms)
  SELECT hour, hour + INTERVAL '1 hour', service,
    LEAST(ROUND(SUM(weight)), 2147483647)::INTEGER,
    LEAST(ROUND(COALESCE(SUM(weight) FILTER (WHERE is_error), 0)), 2147483647)::INTEGER,
    COALESCE(SUM(weight) FILTER (WHERE is_error), 0) / SUM(weight),
    SUM(duration_ms * weight) / SUM(weight),
    ${percentile(0.5)}, ${percentile(0.95)}, ${percentile(0.99)}
  FROM ranked GROUP BY hour, service
  ON CONFLICT (service, period_start) DO UPDATE SET
    period_end = EXCLUDED.period_end, total_requests = EXCLUDED.total_requests,
    error_count = EXCLUDED.error_count, error_rate = EXCLUDED.error_rate,
    avg_duration_ms = EXCLUDED.avg_duration_ms, p50_duration_ms = EXCLUDED.p50_duration_ms,
    p95_duration_ms = EXCLUDED.p95_duration_ms, p99_duration_ms = EXCLUDED.p99_duration_ms;
  GET DIAGNOSTICS inserted = ROW_COUNT;
  RETURN jsonb_build_object('rows_inserted', inserted);
END
$$`;
}

/** Computes the hours of a day again, with the spans that came late. */
function dailyRollup(within: string): string {
  return `CREATE OR REPLACE FUNCTION ${within}.rollup_daily_kpis(p_date DATE)
RETURNS JSONB LANGUAGE sql SET search_path = '' AS $$
  SELECT ${within}.rollup_hourly_kpis(
    p_date::TIMESTAMP AT TIME ZONE 'UTC', (p_date + 1)::TIMESTAMP AT TIME ZONE 'UTC')
$$`;
}

/** Only the owner of a view may refresh it, which whoever may call this need not be. */
function viewRefresh(within: string): string {
  return `CREATE OR REPLACE FUNCTION ${within}.refresh_kpi_views()
RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  REFRESH MATERIALIZED VIEW CONCURRENTLY ${within}.mv_kpis_daily;
END
$$`;
}

/**
 * How old hours may be that are computed again. Long before spans are a day old: from then on some of them may
 * be gone by their retention, and KPIs of the others would take the place of true ones.
 */
const LATE_HOURS_MAX = 12;

/**
 * Computes the KPIs of the hours that are over: again those of the last two that have some, for spans that came
 * late, and of `p_hours` behind them. Returns whether there are more, for which it is called again.
 */
function rollUp(within: string): string {
  return `CREATE OR REPLACE FUNCTION ${within}.${ROLL_UP_FUNCTION}(p_hours INTEGER)
RETURNS BOOLEAN LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  this_hour TIMESTAMPTZ := date_trunc('hour', NOW(), 'UTC');
  done TIMESTAMPTZ;
  begun TIMESTAMPTZ;
BEGIN
  SELECT MAX(period_end) INTO done FROM ${within}.kpi_rollups_hourly;
  IF done > this_hour - INTERVAL '${LATE_HOURS_MAX} hours' THEN
    PERFORM ${within}.rollup_hourly_kpis(done - INTERVAL '2 hours', LEAST(done, this_hour));
  END IF;
  SELECT MIN(timestamp) INTO begun FROM ${within}.telemetry_traces
  WHERE timestamp >= COALESCE(done, '-infinity') AND timestamp < this_hour;
  IF begun IS NULL THEN
    RETURN FALSE;
  END IF;
  PERFORM ${within}.rollup_hourly_kpis(begun, LEAST(begun + make_interval(hours => p_hours), this_hour));
  RETURN begun + make_interval(hours => p_hours) < this_hour;
END
$$`;
}
