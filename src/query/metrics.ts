import { QUERY_LIMITS } from "#core/limits.ts";
import {
  METRIC_KINDS,
  type MetricKind,
  TEMPORALITIES,
  type Temporality,
} from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinDays } from "./time-range.ts";

/** A metric: series of one name, type and unit. */
export interface MetricSummary {
  readonly name: string;
  readonly type: MetricKind;
  readonly unit: string;
  readonly description: string;
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  /** Keys of its series' attributes. */
  readonly attributes: string[];
  readonly series: number;
  /** Whose series they are: some of them, where there are very many. */
  readonly services: string[];
}

export function metricsStatement(
  org: string,
  range: TimeRange,
  search: string | undefined,
): Fragment {
  const conditions = [withinDays(range)];
  if (search !== undefined) {
    const text = literal.string(search);
    conditions.push(
      sql`(positionCaseInsensitiveUTF8(metric, ${text}) > 0 OR positionCaseInsensitiveUTF8(series.description, ${text}) > 0)`,
    );
  }
  return sql`SELECT metric, type, unit, argMax(series.description, day) AS description, temporality, monotonic,
  arraySort(groupUniqArrayArray(mapKeys(attrs))) AS attributes,
  uniqExact(series_id) AS series,
  arraySlice(arraySort(groupUniqArray(toString(service))), 1, ${literal.int(QUERY_LIMITS.servicesPerMetricMax)}) AS services
${new Scoped(org).from("series", conditions)}
GROUP BY metric, type, unit, temporality, monotonic
ORDER BY metric, type, unit, temporality, monotonic
LIMIT ${literal.uint(QUERY_LIMITS.metricsMax + 1)}`;
}

const metricRow = z.object({
  metric: z.string(),
  type: z.enum(METRIC_KINDS),
  unit: z.string(),
  description: z.string(),
  temporality: z.enum(TEMPORALITIES),
  monotonic: z.boolean(),
  attributes: z.array(z.string()),
  series: z.coerce.number(),
  services: z.array(z.string()),
});

/** The metrics with a series on a day of the range, by name. */
export async function listMetrics(
  context: QueryContext,
  range: TimeRange,
  search: string | undefined,
): Promise<{ data: MetricSummary[]; truncated: boolean }> {
  const rows = await read(context, metricsStatement(context.org, range, search), metricRow);
  const truncated = rows.length > QUERY_LIMITS.metricsMax;
  if (truncated) rows.pop();
  return { data: rows.map(({ metric, ...rest }) => ({ name: metric, ...rest })), truncated };
}
