import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { TRACE_VIEWS, type TraceViewName } from "../features/trace/trace-views.ts";
import { askOutline, outlineKey } from "../lib/api/one-trace.ts";
import { queries } from "../lib/query-client.ts";
import { nonEmpty, oneOf } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

/**
 * View state of a trace: the selected span, those whose children are folded away, the zoomed one or a stretch
 * of time, which view, what is looked for, whether the critical path and the logs are shown in place, order and
 * groups of the table, and the trace that it is compared with.
 */
export interface TraceSearch {
  readonly span?: string | undefined;
  readonly folded?: string | undefined;
  readonly zoom?: string | undefined;
  readonly view?: TraceViewName | undefined;
  readonly find?: string | undefined;
  readonly path?: "on" | undefined;
  readonly logs?: "on" | undefined;
  readonly sort?: string | undefined;
  readonly group?: string | undefined;
  readonly with?: string | undefined;
}

export const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/traces/$traceId",
  validateSearch: (search): TraceSearch => ({
    span: nonEmpty(search["span"]),
    folded: nonEmpty(search["folded"]),
    zoom: nonEmpty(search["zoom"]),
    view: oneOf(search["view"], TRACE_VIEWS),
    find: nonEmpty(search["find"]),
    path: oneOf(search["path"], ["on"]),
    logs: oneOf(search["logs"], ["on"]),
    sort: nonEmpty(search["sort"]),
    group: nonEmpty(search["group"]),
    with: nonEmpty(search["with"]),
  }),
  // The largest answer of all: it comes while the page's own code does.
  loader: ({ params: { traceId } }) => {
    const asked = queries.query({
      queryKey: outlineKey(traceId),
      queryFn: ({ signal }) => askOutline(traceId, signal),
      // What changes in the address of a trace that is there asks nothing: the page itself asks again.
      staleTime: Number.POSITIVE_INFINITY,
    });
    // The page itself says what went wrong.
    asked.catch(() => undefined);
  },
  component: lazyRouteComponent(() => import("./trace.tsx"), "TracePage"),
});
