import {
  logContextAnswer,
  logContextQuery,
  logFacetsAnswer,
  logFacetsQuery,
  logHistogramAnswer,
  logHistogramQuery,
  logsAnswer,
  logsQuery,
} from "./logs.ts";
import type { Route } from "./route.ts";

/** What is asked of log records. */
export const LOG_ROUTES = {
  searchLogs: {
    path: "/api/v1/logs",
    tag: "Logs",
    summary: "Log records",
    query: logsQuery,
    answer: logsAnswer,
  },
  getLogHistogram: {
    path: "/api/v1/logs/histogram",
    tag: "Logs",
    summary: "Log records counted over time by severity",
    query: logHistogramQuery,
    answer: logHistogramAnswer,
  },
  getLogFacets: {
    path: "/api/v1/logs/facets",
    tag: "Logs",
    summary: "Fields of log records with their most frequent values",
    description:
      "Severities, services and attributes of resources are counted among all records that are asked for; attributes of the records themselves among the newest.",
    query: logFacetsQuery,
    answer: logFacetsAnswer,
  },
  getLogContext: {
    path: "/api/v1/logs/context",
    tag: "Logs",
    summary: "The log records around one",
    query: logContextQuery,
    answer: logContextAnswer,
  },
} as const satisfies Record<string, Route>;
