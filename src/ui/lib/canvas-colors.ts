import { useMemo, useSyncExternalStore } from "react";

/**
 * The design's colours as a canvas takes them, of one look of the page.
 *
 * @example
 * const colors = useCanvasColors();
 * context.fillStyle = colors.of("var(--bad)");
 */
export interface CanvasColors {
  /** Another one for each look of the page. */
  readonly key: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  /** As large as the page's smallest words. */
  readonly font: string;
  /** What a colour of CSS is in this theme: `var(--bad)` becomes `rgb(…)`. */
  readonly of: (color: string) => string;
  /** Black or white, whichever is read more easily on the colour. */
  readonly textOn: (color: string) => string;
}

/** Colours that are remembered for one look. */
const REMEMBERED_MAX = 200;
const DARK = "(prefers-color-scheme: dark)";

/** The colours of the theme that is shown, anew when it changes, whoever changed it. */
export function useCanvasColors(): CanvasColors {
  const key = useSyncExternalStore(subscribe, look);
  return useMemo(() => colorsOf(key), [key]);
}

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

function colorsOf(key: string): CanvasColors {
  const of = remembered(computed);
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.6875;
  return {
    key,
    text: of("var(--text)"),
    muted: of("var(--muted)"),
    line: of("var(--line)"),
    surface: of("var(--surface)"),
    accent: of("var(--accent)"),
    font: `${Math.round(size)}px ${getComputedStyle(document.body).fontFamily}`,
    of,
    textOn: remembered((color) => (luminance(of(color)) > 0.32 ? "#000000" : "#ffffff")),
  };
}

/** The same function, which looks each colour up once. */
function remembered(find: (color: string) => string): (color: string) => string {
  const known = new Map<string, string>();
  return (color) => {
    let found = known.get(color);
    if (found === undefined) {
      if (known.size >= REMEMBERED_MAX) known.clear();
      known.set(color, (found = find(color)));
    }
    return found;
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

/** The relative luminance of WCAG of `rgb(r, g, b)`; that of a middle grey for what is none. */
function luminance(color: string): number {
  const parts = /^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)/.exec(color)?.slice(1).map(Number);
  if (parts === undefined) return 0.2;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A resolved colour, let through: `alpha` is 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const [, parts] = /^rgb\(([\d., ]+)\)$/.exec(color) ?? [];
  return parts === undefined ? color : `rgba(${parts}, ${alpha})`;
}
