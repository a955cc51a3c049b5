import { useState } from "react";

/** Colours before they repeat; the tokens `--series-1` … of styles.css. */
const COLORS = 20;
/** Names whose colours a chart remembers. */
const NAMES_MAX = 1_000;

/**
 * Gives out the colours of a chart's series in the order in which their names are first seen, and to the same
 * name the same one as long as the chart is there: a series that comes or goes recolours no other.
 */
export function useSeriesColors(): (name: string) => string {
  const [seen] = useState(() => new Map<string, number>());
  return (name) => {
    let place = seen.get(name);
    if (place === undefined) {
      if (seen.size >= NAMES_MAX) seen.clear();
      place = seen.size;
      seen.set(name, place);
    }
    return `var(--series-${(place % COLORS) + 1})`;
  };
}
