import { QUERY_LIMITS } from "#core/limits.ts";
import { listCardinality, listMetricLabels } from "#query/cardinality.ts";
import { queryMetric } from "#query/metric-query.ts";
import { listMetrics } from "#query/metrics.ts";
import type { METRIC_ROUTES } from "../../contract/metric-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

export function metricHandlers(range: RangeOf): HandlersOf<keyof typeof METRIC_ROUTES> {
  return {
    listMetrics: ({ query, context }) => listMetrics(context, range(query), query.search),
    queryMetric: ({ query, context }) =>
      queryMetric(context, range(query), {
        name: query.name,
        filter: query.filter ?? [],
        groupBy: (query.groupBy ?? [])
          .flatMap((keys) => keys.split(","))
          .filter((key) => key !== ""),
        aggregation: query.aggregation,
        stepSeconds: query.step,
        downsampling:
          query.downsample === undefined
            ? undefined
            : { method: query.downsample, pixels: query.pixels ?? QUERY_LIMITS.pixelsDefault },
      }),
    listCardinality: ({ query, context }) => listCardinality(context, range(query)),
    listMetricLabels: ({ query, context }) => listMetricLabels(context, range(query), query.name),
  };
}
