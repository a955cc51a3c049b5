import { useEffect, useState, useSyncExternalStore } from "react";

/**
 * The design's colours as a canvas takes them: `var(--bad)` as `rgb(…)`. Made anew for each theme.
 *
 * @example
 * const colors = useCanvasColors();
 * context.fillStyle = colors.of("var(--accent)");
 */
export class CanvasColors {
  private readonly probe = document.createElement("span");
  private readonly known = new Map<string, string>();
  private readonly onto = new Map<string, string>();

  constructor() {
    this.probe.hidden = true;
    document.body.append(this.probe);
  }

  /** The colour of a token or of any other CSS colour. */
  of(color: string): string {
    let found = this.known.get(color);
    if (found === undefined) {
      this.probe.style.color = color;
      found = getComputedStyle(this.probe).color;
      this.known.set(color, found);
    }
    return found;
  }

  /** Black or white, whichever is read more easily on the colour. */
  textOn(color: string): string {
    let found = this.onto.get(color);
    if (found === undefined) {
      found = luminance(this.of(color)) > 0.32 ? "#000000" : "#ffffff";
      this.onto.set(color, found);
    }
    return found;
  }

  /** Takes what it needs out of the page. */
  remove(): void {
    this.probe.remove();
  }
}

/** The relative luminance of WCAG of `rgb(r, g, b)`; that of a middle grey for what is none. */
export function luminance(color: string): number {
  const parts = /^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)/.exec(color)?.slice(1).map(Number);
  if (parts === undefined) return 0.2;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The colours of the theme that is shown; undefined before the first layout. */
export function useCanvasColors(): CanvasColors | undefined {
  const theme = useShownTheme();
  const [colors, setColors] = useState<CanvasColors>();
  useEffect(() => {
    const made = new CanvasColors();
    // oxlint-disable-next-line react/set-state-in-effect -- what reads colours is in the page, and is taken out again
    setColors(made);
    return () => made.remove();
  }, [theme]);
  return colors;
}

const DARK = "(prefers-color-scheme: dark)";

/** A text that changes with the theme that is shown, whoever changed it: for what is drawn by hand. */
function useShownTheme(): string {
  return useSyncExternalStore(subscribe, shownTheme);
}

function shownTheme(): string {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ?? (matchMedia(DARK).matches ? "dark" : "light");
}

function subscribe(listener: () => void): () => void {
  const system = matchMedia(DARK);
  const chosen = new MutationObserver(listener);
  system.addEventListener("change", listener);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", listener);
    chosen.disconnect();
  };
}
