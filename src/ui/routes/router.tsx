import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { defined, nonEmpty, oneOf, parseSearch, stringifySearch } from "../lib/search-text.ts";
import { RANGES, type Range } from "../lib/time-range.ts";
import { NotFound, PageFailed } from "./fallback-pages.tsx";
import { Overview } from "./overview.tsx";
import { Shell } from "./shell.tsx";

/** View state of every page. */
interface ShellSearch {
  readonly live?: "off";
}

const rootRoute = createRootRoute({
  validateSearch: (search): ShellSearch => (search["live"] === "off" ? { live: "off" } : {}),
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});

/** View state of the overview. A page of older traces is `before` (a cursor) and the `until` of its range. */
export interface OverviewSearch {
  readonly range?: Range;
  readonly service?: string;
  readonly status?: "error";
  readonly before?: string;
  readonly until?: string;
  readonly sort?: string;
  readonly snippet?: string;
}

const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: (search): OverviewSearch =>
    defined({
      range: oneOf(search["range"], RANGES),
      service: nonEmpty(search["service"]),
      status: oneOf(search["status"], ["error"]),
      before: nonEmpty(search["before"]),
      until: nonEmpty(search["until"]),
      sort: nonEmpty(search["sort"]),
      snippet: nonEmpty(search["snippet"]),
    }),
  component: Overview,
});

/** View state of a trace: the selected span, those whose children are folded away, and the zoomed one. */
export interface TraceSearch {
  readonly span?: string;
  readonly folded?: string;
  readonly zoom?: string;
}

const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/traces/$traceId",
  validateSearch: (search): TraceSearch =>
    defined({
      span: nonEmpty(search["span"]),
      folded: nonEmpty(search["folded"]),
      zoom: nonEmpty(search["zoom"]),
    }),
  component: lazyRouteComponent(() => import("./trace.tsx"), "TracePage"),
});

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
