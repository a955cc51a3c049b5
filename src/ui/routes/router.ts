import { createRouter } from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "../lib/search-text.ts";
import { aboutRoute } from "./about-route.ts";
import { logsRoute } from "./logs-route.ts";
import { mapRoute } from "./map-route.ts";
import { metricsRoute } from "./metrics-route.ts";
import { overviewRoute } from "./overview-route.ts";
import { pipelinesRoute } from "./pipelines-route.ts";
import { rootRoute } from "./root-route.ts";
import { settingsRoute } from "./settings-route.ts";
import { serviceRoute } from "./service-route.ts";
import { servicesRoute } from "./services-route.ts";
import { traceRoute } from "./trace-route.ts";
import { tracesRoute } from "./traces-route.ts";

/** The pages. Each has a file with its address and view state, and one with what is shown. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    overviewRoute,
    servicesRoute,
    serviceRoute,
    mapRoute,
    tracesRoute,
    traceRoute,
    logsRoute,
    metricsRoute,
    pipelinesRoute,
    settingsRoute,
    aboutRoute,
  ]),
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
