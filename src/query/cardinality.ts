import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinDays } from "./time-range.ts";

/** How many series there are, and which metrics and labels make them. */
export interface Cardinality {
  readonly series: number;
  readonly metrics: number;
  /** The metrics with the most series first. */
  readonly data: { name: string; series: number; services: number; resources: number }[];
  /** The attribute keys of series with the most values first. */
  readonly labels: { key: string; values: number; metrics: number; series: number }[];
}

/** One metric's labels: what each adds to the number of its series. */
export interface MetricLabels {
  readonly name: string;
  readonly series: number;
  readonly services: number;
  readonly resources: number;
  /** Series that were left if all resources sent as one. */
  readonly seriesWithoutResources: number;
  readonly data: {
    key: string;
    values: number;
    series: number;
    /** Series that were left without the label. */
    seriesWithout: number;
    topValues: string[];
  }[];
}

/** Sample values of a label; the engine wants the parameter of an aggregate as a plain number. */
const TOP_VALUES = sql`10`;

// A series has a row for each day. `uniq` counts it once, exactly up to some ten thousand, and beyond that
// within one per cent in little memory.

export function cardinalityStatements(org: string, range: TimeRange) {
  const from = (conditions: readonly Fragment[] = []): Fragment =>
    new Scoped(org).from("series", [withinDays(range), ...conditions]);
  const most = literal.uint(QUERY_LIMITS.cardinalityMax);
  return {
    totals: sql`SELECT uniq(series_id) AS series, uniq(metric) AS metrics
${from()}
LIMIT 1`,
    metrics: sql`SELECT metric AS name, uniq(series_id) AS series, uniq(service) AS services, uniq(resource_id) AS resources
${from()}
GROUP BY metric
ORDER BY series DESC, metric
LIMIT ${most}`,
    labels: sql`SELECT key, uniq(value) AS value_count, uniq(metric) AS metrics, uniq(series_id) AS series
FROM (
SELECT metric, series_id, attrs
${from()}
)
ARRAY JOIN mapKeys(attrs) AS key, mapValues(attrs) AS value
GROUP BY key
ORDER BY value_count DESC, key
LIMIT ${most}`,
  };
}

/**
 * Of one metric. A series without one of its labels is told by the sum of the hashes of the others: of all less its
 * own, which is quickly made for each label.
 */
export function metricLabelsStatements(org: string, range: TimeRange, metric: string) {
  const series = sql`(
SELECT series_id, service, resource_id, scope_id, attrs,
  arraySum(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs))) AS labels_hash
${new Scoped(org).from("series", [sql`metric = ${literal.string(metric)}`, withinDays(range)])}
)`;
  return {
    totals: sql`SELECT uniq(series_id) AS series, uniq(service) AS services, uniq(resource_id) AS resources,
  uniq(cityHash64(scope_id, labels_hash)) AS without_resources
FROM ${series}
LIMIT 1`,
    labels: sql`SELECT key, uniq(value) AS value_count, uniq(series_id) AS series,
  uniq(cityHash64(resource_id, scope_id, labels_hash - cityHash64(key, value))) AS series_without,
  topK(${TOP_VALUES})(value) AS top_values
FROM ${series}
ARRAY JOIN mapKeys(attrs) AS key, mapValues(attrs) AS value
GROUP BY key
ORDER BY value_count DESC, key
LIMIT ${literal.uint(QUERY_LIMITS.cardinalityMax)}`,
  };
}

const whole = z.coerce.number();
const totalsRow = z.object({ series: whole, metrics: whole });
const metricRow = z.object({ name: z.string(), series: whole, services: whole, resources: whole });
const labelRow = z.object({ key: z.string(), value_count: whole, metrics: whole, series: whole });
const metricTotalsRow = z.object({
  series: whole,
  services: whole,
  resources: whole,
  without_resources: whole,
});
const metricLabelRow = z.object({
  key: z.string(),
  value_count: whole,
  series: whole,
  series_without: whole,
  top_values: z.array(z.string()),
});

/** The metrics and labels with the most series and values, of the days of the range. */
export async function listCardinality(
  context: QueryContext,
  range: TimeRange,
): Promise<Cardinality> {
  const statements = cardinalityStatements(context.org, range);
  const [[totals], metrics, labels] = await Promise.all([
    read(context, statements.totals, totalsRow),
    read(context, statements.metrics, metricRow),
    read(context, statements.labels, labelRow),
  ]);
  return {
    series: totals?.series ?? 0,
    metrics: totals?.metrics ?? 0,
    data: metrics,
    labels: labels.map(({ value_count: values, ...rest }) => ({ ...rest, values })),
  };
}

/** The labels of one metric, those with the most values first; none for a metric that has no series. */
export async function listMetricLabels(
  context: QueryContext,
  range: TimeRange,
  name: string,
): Promise<MetricLabels> {
  const statements = metricLabelsStatements(context.org, range, name);
  const [[totals], labels] = await Promise.all([
    read(context, statements.totals, metricTotalsRow),
    read(context, statements.labels, metricLabelRow),
  ]);
  return {
    name,
    series: totals?.series ?? 0,
    services: totals?.services ?? 0,
    resources: totals?.resources ?? 0,
    seriesWithoutResources: totals?.without_resources ?? 0,
    data: labels.map((row) => ({
      key: row.key,
      values: row.value_count,
      series: row.series,
      seriesWithout: row.series_without,
      topValues: row.top_values,
    })),
  };
}
