import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { metricsSearch } from "../features/metrics/metric-view.ts";
import { rootRoute } from "./root-route.ts";

export const metricsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/metrics",
  validateSearch: metricsSearch,
  component: lazyRouteComponent(() => import("./metrics.tsx"), "MetricsPage"),
});
