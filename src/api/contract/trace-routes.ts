import { traceAnswer, traceParams, tracesAnswer, tracesQuery } from "./traces.ts";
import type { Route } from "./route.ts";

/** What is asked of traces. */
export const TRACE_ROUTES = {
  searchTraces: {
    path: "/api/v1/traces",
    tag: "Traces",
    summary: "Traces, the latest start first",
    description:
      "A trace matches when one of its spans within the time range fulfils every condition. Each trace comes once, whole: its figures count all its spans.",
    query: tracesQuery,
    answer: tracesAnswer,
  },
  getTrace: {
    path: "/api/v1/traces/{traceId}",
    tag: "Traces",
    summary: "One trace with all its spans",
    params: traceParams,
    answer: traceAnswer,
  },
} as const satisfies Record<string, Route>;
