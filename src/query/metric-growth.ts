import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { type MetricPlan, type MetricShape, ofMetric } from "./metric-series.ts";
import { Scoped } from "./scoped.ts";

// Counters since a start become what was added in between: a point counts with its value less that
// of the point before it in its series.

/** How far before the range the point before the first is looked for. */
const LOOKBACK_NS = 300_000_000_000n;

/** Rows of a table, each with the `columns` of the one before it as `previous_…`, and its `place`. */
export function withPrevious(
  plan: MetricPlan,
  tableName: "points" | "histograms",
  columns: readonly Fragment[],
): Fragment {
  const { fromNs, toNs } = plan.range;
  const range = { fromNs: fromNs > LOOKBACK_NS ? fromNs - LOOKBACK_NS : 0n, toNs };
  const previous = columns.map(
    (column) => sql`lagInFrame(${column}) OVER previous AS previous_${column}`,
  );
  return sql`SELECT series_id, ts, start_ts, ${join([...columns, ...previous], ", ")},
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
${new Scoped(plan.org).from(tableName, ofMetric(plan, range))}
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
}

/** Keeps the rows that {@link withPrevious} read for their successors' sake out. */
export function inRange({ range }: MetricPlan): Fragment {
  return sql`ts >= ${literal.dateTime64(range.fromNs)}`;
}

/** Whether counts are since the start of a stream. Summaries have no temporality; theirs are. */
function isCumulative({ type, temporality }: MetricShape): boolean {
  return type === "summary" || temporality !== "delta";
}

/**
 * Whether a row counts with its own value (`now`), and less the one before (`before`). A first point
 * counts when its stream began within the range, since it then tells all that was added; a stream
 * that began anew counts from zero.
 */
export function growthOf(
  plan: MetricPlan,
  restarted: Fragment = sql`count < previous_count OR start_ts >= previous_ts`,
): { now: Fragment; before: Fragment } {
  if (!isCumulative(plan.shape)) return { now: sql`true`, before: sql`false` };
  const began = sql`start_ts >= ${literal.dateTime64(plan.range.fromNs)}`;
  return {
    now: sql`(place > 1 OR ${began})`,
    before: sql`(place > 1 AND NOT (${restarted}))`,
  };
}
