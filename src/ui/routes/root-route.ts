import { createRootRoute, retainSearchParams } from "@tanstack/react-router";
import { type RangeSearch, rangeSearch } from "../lib/time-range.ts";
import { NotFound, PageFailed } from "./fallback-pages.tsx";
import { Shell } from "./shell.tsx";

/** View state that all pages share; a link keeps it unless it says otherwise. */
export interface ShellSearch extends RangeSearch {
  readonly live?: "off" | undefined;
}

export const rootRoute = createRootRoute({
  validateSearch: (search): ShellSearch => ({
    ...(search["live"] === "off" ? { live: "off" } : {}),
    ...rangeSearch(search),
  }),
  search: { middlewares: [retainSearchParams<ShellSearch>(["live", "range", "from", "to"])] },
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});
