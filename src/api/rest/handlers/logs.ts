import { LOG_LIMITS, QUERY_LIMITS } from "#core/limits.ts";
import type { Cursors } from "#query/cursor.ts";
import { logContext } from "#query/log-context.ts";
import { logFacets } from "#query/log-facets.ts";
import { logHistogram } from "#query/log-histogram.ts";
import { type LogConditions, searchLogs } from "#query/logs.ts";
import type { LOG_ROUTES } from "../../contract/log-routes.ts";
import type { QueryOf } from "../../contract/routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";
import { searchOf } from "../search-parameter.ts";

export function logHandlers(range: RangeOf, cursors: Cursors): HandlersOf<keyof typeof LOG_ROUTES> {
  return {
    searchLogs: ({ query, context }) =>
      searchLogs({ ...context, cursors }, range(query), {
        ...conditionsOf(query),
        order: query.order ?? "desc",
        limit: query.limit ?? QUERY_LIMITS.limitDefault,
        cursor: query.cursor,
      }),
    getLogHistogram: async ({ query, context }) => {
      const stepsMax = query.steps ?? LOG_LIMITS.histogramStepsDefault;
      const histogram = await logHistogram(context, range(query), {
        ...conditionsOf(query),
        stepsMax,
      });
      return { ...histogram, data: [...histogram.data] };
    },
    getLogFacets: async ({ query, context }) => {
      const facets = await logFacets(context, range(query), conditionsOf(query));
      return { ...facets, data: facets.data.map((one) => ({ ...one, values: [...one.values] })) };
    },
    getLogContext: async ({ query, context }) => {
      const found = await logContext(context, query.id, {
        of: query.of ?? "resource",
        rows: query.rows ?? LOG_LIMITS.contextRowsDefault,
      });
      return { ...found, before: [...found.before], after: [...found.after] };
    },
  };
}

/** What records a request asks for. @throws InvalidRequest For a search that is none. */
function conditionsOf(query: QueryOf<"getLogFacets">): LogConditions {
  const { service, severity, traceId } = query;
  return {
    query: query.query,
    search: searchOf(query.q, "logs"),
    service,
    severity,
    traceId,
    attributes: query.attribute ?? [],
  };
}
