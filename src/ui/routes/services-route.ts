import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nonEmpty } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

/** View state of the list of services: its order, and what the names must contain. */
export interface ServicesSearch {
  readonly sort?: string | undefined;
  readonly filter?: string | undefined;
}

export const servicesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/services",
  validateSearch: (search): ServicesSearch => ({
    sort: nonEmpty(search["sort"]),
    filter: nonEmpty(search["filter"]),
  }),
  component: lazyRouteComponent(() => import("./services.tsx"), "ServicesPage"),
});
