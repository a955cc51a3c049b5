import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nonEmpty, oneOf } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

/** View state of the map: the service in the middle and how far around it, drawn or as a list and its order, the selected one. */
export interface MapSearch {
  readonly focus?: string | undefined;
  readonly depth?: "1" | "2" | "3" | "4" | "5" | undefined;
  readonly view?: "graph" | "list" | undefined;
  readonly selected?: string | undefined;
  readonly sort?: string | undefined;
}

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/map",
  validateSearch: (search): MapSearch => ({
    focus: nonEmpty(search["focus"]),
    depth: oneOf(search["depth"], ["1", "2", "3", "4", "5"]),
    view: oneOf(search["view"], ["graph", "list"]),
    selected: nonEmpty(search["selected"]),
    sort: nonEmpty(search["sort"]),
  }),
  component: lazyRouteComponent(() => import("./map.tsx"), "MapPage"),
});
