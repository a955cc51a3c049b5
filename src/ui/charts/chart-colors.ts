import { useMemo, useState, useSyncExternalStore } from "react";

/** The tokens that charts draw with, as a canvas takes them. */
export interface ChartColors {
  /** Another one for each look of the page. */
  readonly key: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  /** The font of an axis, as large as the page's smallest words. */
  readonly font: string;
  /** What a colour of CSS is in this theme: `var(--bad)` becomes `rgb(…)`. */
  readonly resolve: (color: string) => string;
}

/** Colours that are remembered for one look. */
const REMEMBERED_MAX = 200;
const DARK = "(prefers-color-scheme: dark)";

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia(DARK);
  system.addEventListener("change", listener);
  window.addEventListener("resize", listener);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", listener);
    window.removeEventListener("resize", listener);
  };
}

/** All that the look depends on: the chosen theme, the system's, and the size of words. */
function look(): string {
  const theme =
    document.documentElement.dataset["theme"] ?? (matchMedia(DARK).matches ? "dark" : "light");
  return `${theme} ${getComputedStyle(document.documentElement).fontSize}`;
}

/** The colours of the theme that is shown, anew when it changes. */
export function useChartColors(): ChartColors {
  const key = useSyncExternalStore(subscribe, look);
  return useMemo(() => colorsOf(key), [key]);
}

function colorsOf(key: string): ChartColors {
  const known = new Map<string, string>();
  const resolve = (color: string): string => {
    let resolved = known.get(color);
    if (resolved === undefined) {
      if (known.size >= REMEMBERED_MAX) known.clear();
      known.set(color, (resolved = computed(color)));
    }
    return resolved;
  };
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.6875;
  return {
    key,
    text: resolve("var(--text)"),
    muted: resolve("var(--muted)"),
    line: resolve("var(--line)"),
    surface: resolve("var(--surface)"),
    accent: resolve("var(--accent)"),
    font: `${Math.round(size)}px ${getComputedStyle(document.body).fontFamily}`,
    resolve,
  };
}

/** Asked of an element, since only the page knows its tokens and which theme holds. */
function computed(color: string): string {
  const probe = document.createElement("span");
  probe.style.color = color;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A resolved colour, let through: `alpha` is 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const [, parts] = /^rgb\(([\d., ]+)\)$/.exec(color) ?? [];
  return parts === undefined ? color : `rgba(${parts}, ${alpha})`;
}

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
