import { createRoute } from "@tanstack/react-router";
import { nonEmpty, oneOf } from "../lib/search-text.ts";
import { Overview } from "./overview.tsx";
import { rootRoute } from "./root-route.ts";

/** View state of the overview. A page of older traces is `before` (a cursor) and the `until` of its range. */
export interface OverviewSearch {
  readonly service?: string | undefined;
  readonly status?: "error" | undefined;
  readonly before?: string | undefined;
  readonly until?: string | undefined;
  readonly sort?: string | undefined;
  readonly snippet?: string | undefined;
}

export const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: (search): OverviewSearch => ({
    service: nonEmpty(search["service"]),
    status: oneOf(search["status"], ["error"]),
    before: nonEmpty(search["before"]),
    until: nonEmpty(search["until"]),
    sort: nonEmpty(search["sort"]),
    snippet: nonEmpty(search["snippet"]),
  }),
  component: Overview,
});
