import { QUERY_LIMITS } from "#core/limits.ts";
import {
  METRIC_KINDS,
  type MetricKind,
  TEMPORALITIES,
  type Temporality,
} from "#core/vocabulary.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { matchCondition, type ResolvedMatch, valueIs } from "./attribute-filter.ts";
import { anyOf, Scoped } from "./scoped.ts";
import { type TimeRange, withinDays, withinTime } from "./time-range.ts";

/** Which series of a metric, and by what they are put together. */
export interface SeriesSelection {
  readonly org: string;
  readonly metric: string;
  readonly range: TimeRange;
  readonly matches: readonly ResolvedMatch[];
  readonly groupBy: readonly string[];
}

/** What the series of a metric are. A metric that changed its type counts as what most series are. */
export interface MetricShape {
  readonly type: MetricKind;
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly unit: string;
}

export const shapeRow: z.ZodType<MetricShape> = z.object({
  type: z.enum(METRIC_KINDS),
  temporality: z.enum(TEMPORALITIES),
  monotonic: z.boolean(),
  unit: z.string(),
});

export function shapeStatement(selection: SeriesSelection): Fragment {
  return sql`SELECT type, temporality, monotonic, unit
${selected(selection)}
GROUP BY type, temporality, monotonic, unit
ORDER BY uniqExact(series_id) DESC, type, temporality, monotonic, unit
LIMIT 1`;
}

/** `service` stands for the resource's `service.name`, which has a column. */
function isService(key: string): boolean {
  return key === "service" || key === "service.name";
}

function selected(selection: SeriesSelection, shape?: MetricShape): Fragment {
  const { org, metric, range, matches } = selection;
  const conditions = [sql`metric = ${literal.string(metric)}`, withinDays(range)];
  for (const match of matches) {
    const places = [sql`${matchCondition("series", [match])}`];
    if (isService(match.key)) places.push(valueIs(sql`service`, match.value));
    conditions.push(anyOf(places));
  }
  if (shape !== undefined) {
    conditions.push(
      sql`type = ${literal.string(shape.type)}`,
      sql`temporality = ${literal.string(shape.temporality)}`,
      sql`monotonic = ${literal.bool(shape.monotonic)}`,
      sql`unit = ${literal.string(shape.unit)}`,
    );
  }
  return new Scoped(org).from("series", conditions);
}

/** Series whose points are looked at for how far they are apart. */
const SERIES_LOOKED_AT = 1_000;

/** How many seconds the points of a series of the metric are apart, of the one in the middle. */
export function intervalStatement(selection: SeriesSelection, { type }: MetricShape): Fragment {
  const tableName = type === "gauge" || type === "sum" ? "points" : "histograms";
  return sql`SELECT medianExactOrNull(seconds) AS apart
FROM (
SELECT (toUnixTimestamp64Nano(max(ts)) - toUnixTimestamp64Nano(min(ts))) / 1e9 / (count() - 1) AS seconds
${new Scoped(selection.org).from(tableName, ofMetric(selection, selection.range))}
GROUP BY series_id
HAVING count() > 1
LIMIT ${literal.uint(SERIES_LOOKED_AT)}
)
LIMIT 1`;
}

/** A subquery of `series_id` and `labels`, the values of the keys to group by, in their order. */
export function labelledSeries(selection: SeriesSelection, shape: MetricShape): Fragment {
  const { groupBy } = selection;
  const series = sql`SELECT series_id, service, resource_id, attrs
${selected(selection, shape)}
LIMIT 1 BY series_id`;
  const labels = sql`CAST([${join(groupBy.map(labelOf), ", ")}], 'Array(String)') AS labels`;
  if (groupBy.every(isService)) {
    return sql`(
SELECT series_id, ${labels}
FROM (${series})
)`;
  }
  const resources = sql`SELECT resource_id, attrs AS resource_attrs
${new Scoped(selection.org).from("resources", [withinDays(selection.range)])}
LIMIT 1 BY resource_id`;
  return sql`(
SELECT series_id, ${labels}
FROM (${series}) AS own
LEFT JOIN (${resources}) AS resource USING (resource_id)
)`;
}

function labelOf(key: string): Fragment {
  if (isService(key)) return sql`toString(service)`;
  const name = literal.string(key);
  return sql`if(mapContains(attrs, ${name}), attrs[${name}], resource_attrs[${name}])`;
}

/** Conditions on a table of points: those of the metric within a time. */
export function ofMetric({ metric }: SeriesSelection, range: TimeRange): Fragment[] {
  return [sql`metric = ${literal.string(metric)}`, withinTime(range)];
}

/** A selection with what its series are, and the time between its points. */
export interface MetricPlan extends SeriesSelection {
  readonly shape: MetricShape;
  readonly stepNs: bigint;
}

/** The start of the step that a point's `ts` is in. Steps are counted from 1970. */
export function stepOf({ stepNs }: MetricPlan): Fragment {
  const step = literal.int(stepNs);
  return sql`intDiv(toUnixTimestamp64Nano(ts), ${step}) * ${step} AS step_ns`;
}

/** The end of a statement over points: their series' labels, a group for each line and step, in order. */
export function intoSteps(plan: MetricPlan): Fragment {
  return sql`INNER JOIN ${labelledSeries(plan, plan.shape)} AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT ${literal.uint(QUERY_LIMITS.pointsMax + 1)}`;
}
