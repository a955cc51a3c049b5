import { TRACE_VIEW_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "../query-context.ts";
import { Scoped } from "../scoped.ts";
import { planScan, type ScanPlan } from "./scan-plan.ts";
import { columnOf, type CountedBy, countedBy, resourceValues, valuesOf } from "./span-fields.ts";
import { COUNT, ERRORS, setConditions, type SpanSet } from "./span-set.ts";

/** Spans that have one value, with what one asks of them first. */
export interface SpanGroup {
  readonly value: string;
  readonly count: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Weights are scaled as in the rollups, since the engine's weighted quantiles take whole ones. */
export function groupsStatement(
  org: string,
  set: SpanSet,
  plan: ScanPlan,
  by: CountedBy,
): Fragment {
  const conditions = [plan.when, ...setConditions(set)];
  const spans = by.isAttribute
    ? sql`SELECT ${valuesOf([by.field])}, weight, status, duration_ns
FROM (
SELECT attrs, resource_id, weight, status, duration_ns
${new Scoped(org).from("spans", conditions)}
) AS found
GLOBAL ANY LEFT JOIN (
${resourceValues(org, set.range, [by.field])}
) AS held ON found.resource_id = held.held_id`
    : sql`SELECT ${columnOf(by.field)} AS v0, weight, status, duration_ns
${new Scoped(org).from("spans", conditions)}`;
  return sql`SELECT v0 AS value, ${COUNT} AS count, ${ERRORS} AS errors,
  quantilesBFloat16Weighted(0.5, 0.95, 0.99)(toFloat64(duration_ns), toUInt64(round(weight * 16))) AS quantiles
FROM (
${spans}
)
GROUP BY value
ORDER BY count DESC, value
LIMIT ${literal.uint(TRACE_VIEW_LIMITS.groupsMax)}`;
}

const groupRow = z.object({
  value: z.string(),
  count: z.number(),
  errors: z.number(),
  quantiles: z.array(z.number().nullable()).length(3),
});

/** The spans of a set by a column or an attribute, the largest group first. */
export async function spanGroups(
  context: QueryContext,
  set: SpanSet,
  by: string,
): Promise<{ data: SpanGroup[]; scanned: { share: number } }> {
  const field = countedBy(by);
  const plan = await planScan(
    context,
    set.range,
    field.isAttribute
      ? TRACE_VIEW_LIMITS.spansWithAttributesScannedMax
      : TRACE_VIEW_LIMITS.spansScannedMax,
  );
  const rows = await read(context, groupsStatement(context.org, set, plan, field), groupRow);
  return {
    data: rows.map(({ value, count, errors, quantiles }) => {
      const [p50Ms, p95Ms, p99Ms] = quantiles.map((ns) => (ns ?? 0) / 1_000_000);
      return {
        value,
        count: count / plan.share,
        errors: errors / plan.share,
        errorRate: count > 0 ? errors / count : 0,
        p50Ms: p50Ms!,
        p95Ms: p95Ms!,
        p99Ms: p99Ms!,
      };
    }),
    scanned: { share: plan.share },
  };
}
