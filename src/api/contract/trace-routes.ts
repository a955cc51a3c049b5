import { traceAnswer, traceParams, tracesAnswer, tracesQuery } from "./traces.ts";
import {
  differencesAnswer,
  differencesQuery,
  facetsAnswer,
  facetsQuery,
  groupsAnswer,
  groupsQuery,
  heatmapAnswer,
  heatmapQuery,
} from "./trace-views.ts";
import type { Route } from "./route.ts";

/** What is asked of traces. */
export const TRACE_ROUTES = {
  searchTraces: {
    path: "/api/v1/traces",
    tag: "Traces",
    summary: "Traces, the latest or the slowest first",
    description:
      "A trace matches when one of its spans within the time range fulfils every condition. Each trace comes once, whole: its figures count all its spans.",
    query: tracesQuery,
    answer: tracesAnswer,
  },
  countFacets: {
    path: "/api/v1/traces/facets",
    tag: "Traces",
    summary: "Spans by service, operation, status, kind, and by attributes",
    description: "The most frequent values among the spans that a search finds, with their counts.",
    query: facetsQuery,
    answer: facetsAnswer,
  },
  getHeatmap: {
    path: "/api/v1/traces/heatmap",
    tag: "Traces",
    summary: "Spans by time and duration",
    query: heatmapQuery,
    answer: heatmapAnswer,
  },
  groupSpans: {
    path: "/api/v1/traces/groups",
    tag: "Traces",
    summary: "Counts, errors and durations of the spans of each value",
    query: groupsQuery,
    answer: groupsAnswer,
  },
  findDifferences: {
    path: "/api/v1/traces/differences",
    tag: "Traces",
    summary: "How a selection of traces differs from the others",
    description:
      "Compares the traces of the selected spans with those of the other spans that the search finds, as a bounded sample of whole traces of both sides: what takes part, where time passes, where errors begin, what is called, the attributes, and the lines of logs. Told is what is beyond chance, what sets the selection apart most first.",
    query: differencesQuery,
    answer: differencesAnswer,
  },
  getTrace: {
    path: "/api/v1/traces/{traceId}",
    tag: "Traces",
    summary: "One trace with all its spans",
    params: traceParams,
    answer: traceAnswer,
  },
} as const satisfies Record<string, Route>;
