import { createRootRoute, retainSearchParams } from "@tanstack/react-router";
import { type RangeSearch, rangeSearch } from "../lib/time-range.ts";
import { zoneOf } from "../lib/zone.ts";
import { NotFound, PageFailed } from "./fallback-pages.tsx";
import { Shell } from "./shell.tsx";

/** View state that all pages share; a link keeps it unless it says otherwise. */
export interface ShellSearch extends RangeSearch {
  readonly live?: "off" | undefined;
  /** Of the times that are shown: `UTC`, or a name of the IANA data base; the browser's own without it. */
  readonly zone?: string | undefined;
}

export const rootRoute = createRootRoute({
  validateSearch: (search): ShellSearch => {
    const zone = zoneOf(search["zone"]);
    return {
      ...(search["live"] === "off" ? { live: "off" } : {}),
      ...(zone === undefined ? {} : { zone }),
      ...rangeSearch(search),
    };
  },
  search: {
    middlewares: [retainSearchParams<ShellSearch>(["live", "zone", "range", "from", "to"])],
  },
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});
