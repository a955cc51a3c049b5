import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nonEmpty, oneOf, texts } from "../lib/search-text.ts";
import { rootRoute } from "./root-route.ts";

/** Columns of a list; more would leave no room for what the records say. */
const COLUMNS_MAX = 8;

/** View state of the log records: what is searched for, how rows look, the selected one, and the tail. */
export interface LogsSearch {
  readonly q?: string | undefined;
  /** Fields in columns of their own; the service without any. `none` for no column at all. */
  readonly column?: readonly string[] | undefined;
  readonly wrap?: "on" | undefined;
  /** The id of the selected record. */
  readonly record?: string | undefined;
  readonly tail?: "on" | undefined;
  readonly facets?: "off" | undefined;
}

export const logsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/logs",
  validateSearch: (search): LogsSearch => ({
    q: nonEmpty(search["q"]),
    column: texts(search["column"], COLUMNS_MAX),
    wrap: oneOf(search["wrap"], ["on"]),
    record: nonEmpty(search["record"]),
    tail: oneOf(search["tail"], ["on"]),
    facets: oneOf(search["facets"], ["off"]),
  }),
  component: lazyRouteComponent(() => import("./logs.tsx"), "LogsPage"),
});
