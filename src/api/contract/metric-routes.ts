import {
  cardinalityAnswer,
  cardinalityQuery,
  metricLabelsAnswer,
  metricLabelsQuery,
  metricQuery,
  metricQueryAnswer,
  metricsAnswer,
  metricsQuery,
} from "./metrics.ts";
import type { Route } from "./route.ts";

/** What is asked of metrics. */
export const METRIC_ROUTES = {
  listMetrics: {
    path: "/api/v1/metrics",
    tag: "Metrics",
    summary: "Metrics with their type, unit and attribute keys",
    description: "Those with a series on a day (UTC) of the time range.",
    query: metricsQuery,
    answer: metricsAnswer,
  },
  queryMetric: {
    path: "/api/v1/metrics/query",
    tag: "Metrics",
    summary: "One metric over time",
    description:
      "Resets of cumulative counters are taken into account. Quantiles come from the buckets of histograms, interpolated.",
    query: metricQuery,
    answer: metricQueryAnswer,
  },
  listCardinality: {
    path: "/api/v1/metrics/cardinality",
    tag: "Metrics",
    summary: "Which metrics and labels make the most series",
    description:
      "Of the days (UTC) of the time range. Large numbers are estimates within one per cent.",
    query: cardinalityQuery,
    answer: cardinalityAnswer,
  },
  listMetricLabels: {
    path: "/api/v1/metrics/labels",
    tag: "Metrics",
    summary: "The attributes of one metric, and how many series each of them makes",
    description:
      "Of the days (UTC) of the time range. Large numbers are estimates within one per cent.",
    query: metricLabelsQuery,
    answer: metricLabelsAnswer,
  },
} as const satisfies Record<string, Route>;
