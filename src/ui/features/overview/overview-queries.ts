import { askChanges } from "../../lib/api/changes.ts";
import { askServices, askServiceSeries } from "../../lib/api/services.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";

/** Points of a line in a tile: no more than its pixels. */
const TILE_POINTS = 48;

/** The services with the figures of the equal range before. */
export function useComparedServices(range: TimeRange) {
  return usePolled({
    key: ["services", "compared", range],
    ask: (cancel) =>
      askServices({ ...requestRange(range, Date.now()), compare: "previous" }, cancel),
    everyMs: everyMsIn(range, POLL_MS.lists),
    keepPrevious: true,
  });
}

export function useTileSeries(range: TimeRange) {
  return usePolled({
    key: ["services", "series", TILE_POINTS, range],
    ask: (cancel) =>
      askServiceSeries({ ...requestRange(range, Date.now()), points: TILE_POINTS }, cancel),
    everyMs: everyMsIn(range, POLL_MS.series),
    keepPrevious: true,
  });
}

/** What changed against the range before; a change is a matter of minutes, and asked for less often. */
export function useChanges(range: TimeRange) {
  return usePolled({
    key: ["services", "changes", range],
    ask: (cancel) => askChanges(requestRange(range, Date.now()), cancel),
    everyMs: everyMsIn(range, POLL_MS.series),
    keepPrevious: true,
  });
}
