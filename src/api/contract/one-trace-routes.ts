import {
  linkedAnswer,
  matchesAnswer,
  matchesQuery,
  outlineAnswer,
  outlineParams,
  spanParams,
} from "./one-trace.ts";
import type { Route } from "./route.ts";
import { traceAnswer } from "./traces.ts";

/** What is asked of one trace, beside the whole of it. */
export const ONE_TRACE_ROUTES = {
  getTraceOutline: {
    path: "/api/v1/traces/{traceId}/outline",
    tag: "Traces",
    summary: "The shape of one trace, in columns",
    description:
      "What a waterfall is drawn from: ids, parents, names, times and status of all spans, without their attributes. Small enough for a trace of 100,000 spans.",
    params: outlineParams,
    answer: outlineAnswer,
  },
  getSpan: {
    path: "/api/v1/traces/{traceId}/spans/{spanId}",
    tag: "Traces",
    summary: "All that is known of one span",
    description:
      "A trace of the spans that have this id: more than one where a sender gave both sides of a call the same.",
    params: spanParams,
    answer: traceAnswer,
  },
  getLinkedTraces: {
    path: "/api/v1/traces/{traceId}/linked",
    tag: "Traces",
    summary: "Spans of other traces that link to this one, or that it links to",
    params: outlineParams,
    answer: linkedAnswer,
  },
  findInTrace: {
    path: "/api/v1/traces/{traceId}/matches",
    tag: "Traces",
    summary: "Spans of one trace that have a text in them",
    description:
      "In the status message, in a key or value of an attribute of the span, or in an event's name or values.",
    params: outlineParams,
    query: matchesQuery,
    answer: matchesAnswer,
  },
} as const satisfies Record<string, Route>;
