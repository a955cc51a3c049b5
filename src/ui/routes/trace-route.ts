import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nonEmpty } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

/** View state of a trace: the selected span, those whose children are folded away, and the zoomed one. */
export interface TraceSearch {
  readonly span?: string | undefined;
  readonly folded?: string | undefined;
  readonly zoom?: string | undefined;
}

export const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/traces/$traceId",
  validateSearch: (search): TraceSearch => ({
    span: nonEmpty(search["span"]),
    folded: nonEmpty(search["folded"]),
    zoom: nonEmpty(search["zoom"]),
  }),
  component: lazyRouteComponent(() => import("./trace.tsx"), "TracePage"),
});
