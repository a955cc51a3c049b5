import { QUERY_LIMITS } from "#core/limits.ts";
import type { Cursors } from "#query/cursor.ts";
import { searchLogs } from "#query/logs.ts";
import type { LOG_ROUTES } from "../../contract/log-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

export function logHandlers(range: RangeOf, cursors: Cursors): HandlersOf<keyof typeof LOG_ROUTES> {
  return {
    searchLogs: ({ query, context }) => {
      const { service, severity, traceId, cursor } = query;
      return searchLogs({ ...context, cursors }, range(query), {
        query: query.query,
        service,
        severity,
        traceId,
        attributes: query.attribute ?? [],
        order: query.order ?? "desc",
        limit: query.limit ?? QUERY_LIMITS.limitDefault,
        cursor,
      });
    },
  };
}
