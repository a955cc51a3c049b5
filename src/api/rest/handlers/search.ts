import { searchCompletions } from "#query/search/completions.ts";
import type { SEARCH_ROUTES } from "../../contract/search-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

export function searchHandlers(range: RangeOf): HandlersOf<keyof typeof SEARCH_ROUTES> {
  return {
    completeSearch: async ({ query, context }) => {
      const { signal, q = "", at = q.length } = query;
      const found = await searchCompletions(context, range(query), { signal, q, at });
      return { replace: found.replace, data: [...found.data] };
    },
  };
}
