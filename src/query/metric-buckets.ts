import { type Fragment, literal, sql } from "#store/sql.ts";
import { growthOf, inRange, withPrevious } from "./metric-growth.ts";
import { intoSteps, type MetricPlan, ofMetric, stepOf } from "./metric-series.ts";
import { Scoped } from "./scoped.ts";

/** Lines of explicit buckets: all `bounds`, and the `counts` that were added by upper bound. */
export function bucketsStatement(plan: MetricPlan): Fragment {
  const { now, before } = growthOf(plan);
  return sql`SELECT labels, ${stepOf(plan)}, arraySort(groupUniqArrayArray(bounds)) AS bounds,
  sumMap(keys, counts) AS added, arrayMap(upper -> toString(upper), added.1) AS bucket_uppers, added.2 AS bucket_counts
FROM (
SELECT series_id, ts, bounds,
  arrayConcat(arrayPushBack(bounds, inf), arrayPushBack(previous_bounds, inf)) AS keys,
  arrayConcat(
    arrayMap(c -> if(now, toInt64(c), 0), arrayResize(buckets, length(bounds) + 1)),
    arrayMap(c -> if(before, -toInt64(c), 0), arrayResize(previous_buckets, length(previous_bounds) + 1))
  ) AS counts,
  ${now} AS now, ${before} AS before
FROM (
${withPrevious(plan, "histograms", [sql`count`, sql`bounds`, sql`buckets`])}
)
WHERE ${inRange(plan)}
) AS points
${intoSteps(plan)}`;
}

/** The coarsest scale of a metric's exponential histograms: all can be brought to it, exactly. */
export function scaleStatement(plan: MetricPlan): Fragment {
  return sql`SELECT min(scale) AS scale
${new Scoped(plan.org).from("histograms", ofMetric(plan, plan.range))}
HAVING count() > 0`;
}

/** Lines of exponential buckets at one scale: `zero`, and counts by index of either sign. */
export function exponentialStatement(plan: MetricPlan, scale: number): Fragment {
  const { now, before } = growthOf(plan);
  const columns = [
    sql`count`,
    sql`scale`,
    sql`zero_count`,
    sql`positive_offset`,
    sql`positive_buckets`,
    sql`negative_offset`,
    sql`negative_buckets`,
  ];
  return sql`SELECT labels, ${stepOf(plan)}, toString(sum(zero_added)) AS zero,
  sumMap(positive_keys, positive_counts) AS positive_added, positive_added.1 AS positive, positive_added.2 AS positive_added_counts,
  sumMap(negative_keys, negative_counts) AS negative_added, negative_added.1 AS negative, negative_added.2 AS negative_added_counts
FROM (
SELECT series_id, ts,
  if(now, toInt64(zero_count), 0) - if(before, toInt64(previous_zero_count), 0) AS zero_added,
  ${keys(sql`positive`, scale)} AS positive_keys,
  ${counts(sql`positive`)} AS positive_counts,
  ${keys(sql`negative`, scale)} AS negative_keys,
  ${counts(sql`negative`)} AS negative_counts,
  ${now} AS now, ${before} AS before
FROM (
${withPrevious(plan, "histograms", columns)}
)
WHERE ${inRange(plan)}
) AS points
${intoSteps(plan)}`;
}

/** Index of each bucket at the coarser scale: one bucket there holds 2^(difference) of these. */
function keys(sign: Fragment, scale: number): Fragment {
  const at = (prefix: Fragment): Fragment =>
    sql`arrayMap(i -> toInt32(floor((${prefix}${sign}_offset + i - 1) / exp2(${prefix}scale - ${literal.int(scale)}))), arrayEnumerate(${prefix}${sign}_buckets))`;
  return sql`arrayConcat(${at(sql``)}, ${at(sql`previous_`)})`;
}

function counts(sign: Fragment): Fragment {
  return sql`arrayConcat(arrayMap(c -> if(now, toInt64(c), 0), ${sign}_buckets), arrayMap(c -> if(before, -toInt64(c), 0), previous_${sign}_buckets))`;
}
