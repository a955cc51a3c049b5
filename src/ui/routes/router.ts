import { createRouter } from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "../lib/search-text.ts";
import { overviewRoute } from "./overview-route.ts";
import { rootRoute } from "./root-route.ts";
import { traceRoute } from "./trace-route.ts";

/** The pages. Each has a file with its address and view state, and one with what is shown. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([overviewRoute, traceRoute]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
