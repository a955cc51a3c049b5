import { QUERY_LIMITS } from "#core/limits.ts";
import type { Cursors } from "#query/cursor.ts";
import { searchTraces } from "#query/trace-search.ts";
import { readTrace } from "#query/trace.ts";
import { traceViewHandlers } from "./trace-views.ts";
import type { TRACE_ROUTES } from "../../contract/trace-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";
import { searchOf } from "../search-parameter.ts";

export function traceHandlers(
  range: RangeOf,
  cursors: Cursors,
): HandlersOf<keyof typeof TRACE_ROUTES> {
  return {
    ...traceViewHandlers(range),
    searchTraces: ({ query, context }) => {
      const { service, operation, status, order, cursor } = query;
      return searchTraces({ ...context, cursors }, range(query), {
        search: searchOf(query.q, "traces"),
        isRoot: query.spans === "roots" ? true : undefined,
        service,
        operation,
        status,
        minDurationNs: query.minDurationMs,
        maxDurationNs: query.maxDurationMs,
        attributes: query.attribute ?? [],
        order,
        limit: query.limit ?? QUERY_LIMITS.limitDefault,
        cursor,
      });
    },
    getTrace: ({ params, context }) => readTrace(context, params.traceId),
  };
}
