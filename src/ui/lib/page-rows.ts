import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { rowWindow, type RowWindow } from "./row-window.ts";

/** Rows beyond each edge of the window that are drawn too. */
const OVERSCAN = 12;
/** A table of at most so many rows is drawn whole. */
const WHOLE_ROWS_MAX = 120;
/** Room between a row that is gone to and the edge of the window, below what sticks to its top. */
const MARGIN_PX = 112;

export interface PageRows {
  /** Of the element whose children are the rows. */
  readonly body: RefObject<HTMLTableSectionElement | null>;
  readonly shown: RowWindow;
  /** Scrolls row `index` into the window and gives the first link in it the focus. */
  readonly goTo: (index: number) => void;
  /** The row that has the focus, or that had it last; -1 before any had. */
  readonly current: () => number;
}

/**
 * Which rows of a long table are drawn: those in the window and around it, whatever element it is that
 * scrolls. Rows have the same height and carry their index as `data-row`.
 */
export function usePageRows(rows: number, rowHeight: number): PageRows {
  const body = useRef<HTMLTableSectionElement>(null);
  const isWhole = rows <= WHOLE_ROWS_MAX;
  const [seen, setSeen] = useState<RowWindow>({ first: 0, end: WHOLE_ROWS_MAX });
  const wanted = useRef<number | undefined>(undefined);
  const last = useRef(-1);

  useLayoutEffect(() => {
    if (isWhole) return undefined;
    const measure = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const next = rowWindow({
        scrollTop: Math.max(0, -top),
        height: window.innerHeight - Math.max(0, top),
        rowHeight,
        rows,
        overscan: OVERSCAN,
      });
      setSeen((now) => (now.first === next.first && now.end === next.end ? now : next));
    };
    measure();
    // Scrolls do not bubble, and are caught on their way down: whichever element it is that scrolls.
    const options = { capture: true, passive: true } as const;
    window.addEventListener("scroll", measure, options);
    window.addEventListener("resize", measure);
    return () => {
      window.removeEventListener("scroll", measure, options);
      window.removeEventListener("resize", measure);
    };
  }, [isWhole, rowHeight, rows]);

  const shown = isWhole
    ? { first: 0, end: rows }
    : { first: seen.first, end: Math.min(rows, seen.end) };

  const focusWanted = useCallback((): void => {
    const index = wanted.current;
    if (index === undefined) return;
    const link = body.current?.querySelector<HTMLElement>(`[data-row="${index}"] a`);
    if (link === null || link === undefined) return;
    wanted.current = undefined;
    last.current = index;
    link.style.scrollMargin = `${MARGIN_PX}px`;
    link.focus();
  }, []);
  // A row that was gone to may be drawn only now.
  useEffect(focusWanted);

  const goTo = useCallback(
    (index: number): void => {
      wanted.current = index;
      focusWanted();
      if (wanted.current === undefined) return;
      const table = body.current;
      if (table === null) return;
      const top = table.getBoundingClientRect().top + index * rowHeight;
      scrollerOf(table).scrollBy({ top: top - window.innerHeight / 2, behavior: "instant" });
    },
    [focusWanted, rowHeight],
  );

  const current = useCallback((): number => {
    const row = document.activeElement?.closest<HTMLElement>("[data-row]");
    const isOurs = row !== null && row !== undefined && body.current?.contains(row) === true;
    return isOurs ? Number(row.dataset["row"]) : last.current;
  }, []);

  return { body, shown, goTo, current };
}

/** The nearest element around that scrolls; the page itself where none does. */
function scrollerOf(element: Element): Element {
  for (let at = element.parentElement; at !== null; at = at.parentElement) {
    const { overflowY } = getComputedStyle(at);
    if ((overflowY === "auto" || overflowY === "scroll") && at.scrollHeight > at.clientHeight)
      return at;
  }
  return document.scrollingElement ?? document.documentElement;
}
