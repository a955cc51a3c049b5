import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nonEmpty, oneOf, texts } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

/** View state of the Traces page. */
export interface TracesSearch {
  readonly q?: string | undefined;
  /** Which spans count; without it the first ones of traces, or all while there is a search. */
  readonly spans?: "roots" | "all" | undefined;
  /** The selected box of the heatmap. */
  readonly box?: string | undefined;
  readonly status?: "error" | undefined;
  readonly facet?: string[] | undefined;
  /** The newest first when left out. */
  readonly order?: "slowest" | undefined;
  readonly view?: "groups" | undefined;
  readonly by?: string | undefined;
  /** The order of the groups. */
  readonly sort?: string | undefined;
  /** The heatmap as a table. */
  readonly table?: "on" | undefined;
  /** A later page of the list is `before` (a cursor) and the `until` of its range. */
  readonly before?: string | undefined;
  readonly until?: string | undefined;
}

const FACETS_MAX = 8;

export const tracesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/traces",
  validateSearch: (search): TracesSearch => ({
    q: nonEmpty(search["q"]),
    spans: oneOf(search["spans"], ["roots", "all"]),
    box: nonEmpty(search["box"]),
    status: oneOf(search["status"], ["error"]),
    facet: texts(search["facet"], FACETS_MAX),
    order: oneOf(search["order"], ["slowest"]),
    view: oneOf(search["view"], ["groups"]),
    by: nonEmpty(search["by"]),
    sort: nonEmpty(search["sort"]),
    table: oneOf(search["table"], ["on"]),
    before: nonEmpty(search["before"]),
    until: nonEmpty(search["until"]),
  }),
  component: lazyRouteComponent(() => import("./traces.tsx"), "TracesPage"),
});
