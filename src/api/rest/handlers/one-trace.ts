import { readLinkedSpans } from "#query/linked-spans.ts";
import { findInTrace } from "#query/trace-matches.ts";
import { readOutline } from "#query/trace-outline.ts";
import { readSpan } from "#query/trace.ts";
import type { ONE_TRACE_ROUTES } from "../../contract/one-trace-routes.ts";
import type { HandlersOf } from "../route-request.ts";

export function oneTraceHandlers(): HandlersOf<keyof typeof ONE_TRACE_ROUTES> {
  return {
    getTraceOutline: ({ params, context }) => readOutline(context, params.traceId),
    getSpan: ({ params, context }) => readSpan(context, params.traceId, params.spanId),
    getLinkedTraces: ({ params, context }) => readLinkedSpans(context, params.traceId),
    findInTrace: ({ params, query, context }) => findInTrace(context, params.traceId, query.text),
  };
}
