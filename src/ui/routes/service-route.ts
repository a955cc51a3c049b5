import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nonEmpty, oneOf } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

export const SERVICE_TABS = ["operations", "dependencies", "resources", "traces", "logs"] as const;
export type ServiceTab = (typeof SERVICE_TABS)[number];

/** View state of a service's page: the tab, the order of its table, and a page of older traces. */
export interface ServicePageSearch {
  readonly tab?: ServiceTab | undefined;
  readonly sort?: string | undefined;
  readonly status?: "error" | undefined;
  readonly before?: string | undefined;
  readonly until?: string | undefined;
}

export const serviceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/services/$service",
  validateSearch: (search): ServicePageSearch => ({
    tab: oneOf(search["tab"], SERVICE_TABS),
    sort: nonEmpty(search["sort"]),
    status: oneOf(search["status"], ["error"]),
    before: nonEmpty(search["before"]),
    until: nonEmpty(search["until"]),
  }),
  component: lazyRouteComponent(() => import("./service.tsx"), "ServicePage"),
});
