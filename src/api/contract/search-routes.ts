import type { Route } from "./route.ts";
import { searchCompletionsAnswer, searchCompletionsQuery } from "./search.ts";

/** What is asked of the search language itself. */
export const SEARCH_ROUTES = {
  completeSearch: {
    path: "/api/v1/search/completions",
    tag: "Search",
    summary: "What may be written next in a search",
    description:
      "Fields and attributes, or the values of one with their counts. From the catalogue of the hours of the range, never from rows.",
    query: searchCompletionsQuery,
    answer: searchCompletionsAnswer,
  },
} as const satisfies Record<string, Route>;
