import type { Aggregation } from "#core/vocabulary.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { growthOf, inRange, withPrevious } from "./metric-growth.ts";
import {
  intoSteps,
  labelledSeries,
  stepOf,
  type MetricPlan,
  ofMetric,
  type MetricShape,
} from "./metric-series.ts";
import { Scoped } from "./scoped.ts";
import { attributeColumns } from "./stored-attributes.ts";

/**
 * Lines of number points: `labels`, `step_ns` and `value` as text, exact where all values are
 * integers. `increase` and `rate` give the increase; the rate is a matter of division.
 */
export function numberStatement(plan: MetricPlan, aggregation: Aggregation): Fragment {
  const { type, temporality } = plan.shape;
  const grows = aggregation === "rate" || aggregation === "increase";
  if (grows && temporality !== "delta") return increaseStatement(plan);
  if (grows || (aggregation === "sum" && temporality === "delta")) {
    return pointsStatement(plan, exactly("sum"));
  }
  if (aggregation === "sum" || (aggregation === "last" && type === "sum"))
    return lastSumStatement(plan);
  return pointsStatement(plan, numberAggregate(aggregation));
}

function numberAggregate(aggregation: Aggregation): Fragment {
  switch (aggregation) {
    case "min":
      return exactly("min");
    case "max":
      return exactly("max");
    case "count":
      return sql`toString(count())`;
    case "last":
      return sql`if(argMax(is_int, ts) = 1, toString(argMax(int_value, ts)), toString(argMax(points.value, ts)))`;
    case "p50":
    case "p90":
    case "p95":
    case "p99":
      return sql`toString(quantileExactInclusive(${level(aggregation)})(points.value))`;
    default:
      return sql`toString(avg(points.value))`;
  }
}

/** The level of a quantile, as the engine wants its parameters: a plain number. */
function level(aggregation: Aggregation): Fragment {
  switch (aggregation) {
    case "p50":
      return sql`0.5`;
    case "p90":
      return sql`0.9`;
    case "p99":
      return sql`0.99`;
    default:
      return sql`0.95`;
  }
}

/** An aggregate over integers where all values are integers, so that none loses digits. */
function exactly(aggregate: "sum" | "min" | "max"): Fragment {
  const apply = { sum: sql`sum`, min: sql`min`, max: sql`max` }[aggregate];
  return sql`if(min(is_int) = 1, toString(${apply}(toInt128(int_value))), toString(${apply}(points.value)))`;
}

/** All points of a step and group at once. */
function pointsStatement(plan: MetricPlan, aggregate: Fragment): Fragment {
  return sql`SELECT labels, ${stepOf(plan)}, ${aggregate} AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
${new Scoped(plan.org).from("points", ofMetric(plan, plan.range))}
) AS points
${intoSteps(plan)}`;
}

/** The last value of each series in a step, added over the series of a group. */
function lastSumStatement(plan: MetricPlan): Fragment {
  return sql`SELECT labels, step_ns,
  if(min(all_int) = 1, toString(sum(toInt128(last_int))), toString(sum(last_value))) AS value
FROM (
SELECT series_id, ${stepOf(plan)}, argMax(value, ts) AS last_value, argMax(int_value, ts) AS last_int, argMax(is_int, ts) AS all_int
${new Scoped(plan.org).from("points", ofMetric(plan, plan.range))}
GROUP BY series_id, step_ns
) AS points
${intoSteps(plan)}`;
}

/** Growth of cumulative sums. One that is not monotonic may fall; one that is began anew when it fell. */
function increaseStatement(plan: MetricPlan): Fragment {
  const restarted = plan.shape.monotonic
    ? sql`value < previous_value OR start_ts >= previous_ts`
    : sql`false`;
  const { now, before } = growthOf(plan, restarted);
  const columns = [sql`value`, sql`int_value`, sql`is_int`];
  return sql`SELECT labels, ${stepOf(plan)},
  if(min(exact) = 1, toString(sum(int_growth)), toString(sum(growth))) AS value
FROM (
SELECT series_id, ts,
  if(now, value, 0) - if(before, previous_value, 0) AS growth,
  if(now, toInt128(int_value), 0) - if(before, toInt128(previous_int_value), 0) AS int_growth,
  is_int = 1 AND (NOT before OR previous_is_int = 1) AS exact,
  ${now} AS now, ${before} AS before
FROM (
${withPrevious(plan, "points", columns)}
)
WHERE ${inRange(plan)}
) AS points
${intoSteps(plan)}`;
}

/** Lines of the counts and sums that histograms or summaries add: `count` and `sum` as text. */
export function totalsStatement(plan: MetricPlan): Fragment {
  const { now, before } = growthOf(plan);
  return sql`SELECT labels, ${stepOf(plan)}, toString(sum(added_count)) AS count, toString(sum(added_sum)) AS sum
FROM (
SELECT series_id, ts,
  if(now, toInt64(count), 0) - if(before, toInt64(previous_count), 0) AS added_count,
  if(now, ifNull(sum, 0), 0) - if(before, ifNull(previous_sum, 0), 0) AS added_sum,
  ${now} AS now, ${before} AS before
FROM (
${withPrevious(plan, "histograms", [sql`count`, sql`sum`])}
)
WHERE ${inRange(plan)}
) AS points
${intoSteps(plan)}`;
}

/**
 * Lines of one number that histograms or summaries carry themselves: the least or greatest value, or
 * a quantile of summaries, which can only be averaged.
 */
export function carriedStatement(plan: MetricPlan, aggregation: Aggregation): Fragment {
  const number = carriedNumber(plan.shape, aggregation);
  const combine = aggregation === "min" ? sql`min` : aggregation === "max" ? sql`max` : sql`avg`;
  const conditions = [...ofMetric(plan, plan.range), sql`isNotNull(${number})`];
  return sql`SELECT labels, ${stepOf(plan)}, toString(${combine}(carried)) AS value
FROM (
SELECT series_id, ts, assumeNotNull(${number}) AS carried
${new Scoped(plan.org).from("histograms", conditions)}
) AS points
${intoSteps(plan)}`;
}

function carriedNumber({ type }: MetricShape, aggregation: Aggregation): Fragment {
  if (type !== "summary") return aggregation === "min" ? sql`min` : sql`max`;
  const wanted =
    aggregation === "min" ? sql`0` : aggregation === "max" ? sql`1` : level(aggregation);
  return sql`if(has(quantiles, ${wanted}), quantile_values[indexOf(quantiles, ${wanted})], NULL)`;
}

/** The newest exemplars of each line. */
export function exemplarsStatement(plan: MetricPlan): Fragment {
  return sql`SELECT labels, toUnixTimestamp64Nano(ts) AS time_ns,
  if(is_int = 1, toString(int_value), toString(value)) AS value_text,
  lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, ${attributeColumns}
FROM (
SELECT series_id, ts, value, int_value, is_int, trace_id, span_id, attrs, attr_types
${new Scoped(plan.org).from("exemplars", ofMetric(plan, plan.range))}
) AS exemplars
INNER JOIN ${labelledSeries(plan, plan.shape)} AS series USING (series_id)
ORDER BY labels, ts DESC, trace, span
LIMIT ${literal.uint(QUERY_LIMITS.exemplarsPerLineMax)} BY labels
LIMIT ${literal.uint(QUERY_LIMITS.exemplarsMax)}`;
}
