import type { LogRecord } from "#api/contract/logs.ts";
import {
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type MouseEvent,
  type Ref,
  type RefObject,
} from "react";
import { Name } from "../../components/text.tsx";
import { useElementSize } from "../../lib/element-size.ts";
import { rowWindow, type RowWindow, scrollToShow } from "../../lib/row-window.ts";
import { scrolled, scrollHeight, topOf, type ScrollPlace } from "../../lib/scaled-scroll.ts";
import { LogRow, RowToCome, rowTracks, type RowLayout } from "./log-row.tsx";

const OVERSCAN = 6;
/** The bar is put where it belongs once the list has stood still so long. */
const SETTLE_MS = 200;
const NARROW_PX = 540;
/** Rows are placed from every so manieth: pixels by the million are not exact. */
const ROWS_PER_BASE = 1_000;

/** What moves a list from outside. */
export interface ListHandle {
  /** Brings a row into view: in the middle, or just so far that it is seen. */
  show(row: number, where: "middle" | "near"): void;
  focus(): void;
}

interface LogListProps {
  readonly label: string;
  readonly total: number;
  readonly rowAt: (number: number) => LogRecord | undefined;
  /** About when a row is that is not there yet (Unix milliseconds). */
  readonly timeMsAt: (number: number) => number | undefined;
  readonly layout: Omit<RowLayout, "isNarrow">;
  readonly selected: number | undefined;
  readonly onSelect: (number: number) => void;
  /** Told which rows are drawn, and the first of them that is seen, as often as that changes. */
  readonly onWindow?: (drawn: RowWindow, firstSeen: number) => void;
  readonly ref?: Ref<ListHandle>;
}

/**
 * Records in rows of one height, of which only those in view are drawn: a million scroll like a hundred. The
 * rows stay where they are and show another stretch of the list, since no element can be as high as the list.
 */
export function LogList({ ref, ...props }: LogListProps) {
  const { label, total, rowAt, timeMsAt, selected, onSelect, onWindow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(scroller);
  const isNarrow = width > 0 && width < NARROW_PX;
  const { columns, isWrapped, zone, hasDays } = props.layout;
  // The same object while nothing of it changes, so that a scroll draws no row anew.
  const layout = useMemo(
    (): RowLayout => ({ columns, isWrapped, zone, hasDays, isNarrow }),
    [columns, isWrapped, zone, hasDays, isNarrow],
  );
  const { rowHeight, headHeight } = heights(layout);
  const view = Math.max(0, height - headHeight);
  const size = { content: total * rowHeight, view };
  const [offset, scroll, showRow] = useScroll(scroller, size, rowHeight);
  const { first, end } = rowWindow({
    scrollTop: offset,
    height: view,
    rowHeight,
    rows: total,
    overscan: OVERSCAN,
  });
  const base = Math.floor(first / ROWS_PER_BASE) * ROWS_PER_BASE;
  // One that is mostly hidden is not seen.
  const firstSeen = Math.round(offset / rowHeight);
  useEffect(() => onWindow?.({ first, end }, firstSeen), [onWindow, first, end, firstSeen, total]);
  useImperativeHandle(
    ref,
    () => ({ show: showRow, focus: () => scroller.current?.focus({ preventScroll: true }) }),
    [showRow],
  );
  const click = ({ target }: MouseEvent): void => {
    const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
    if (row !== null) onSelect(Number(row.dataset["row"]));
  };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are commands of the page
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      tabIndex={0}
      aria-activedescendant={
        selected !== undefined && selected >= first && selected < end ? rowId(selected) : undefined
      }
      onScroll={scroll}
      onClick={click}
      className="relative h-full overflow-x-hidden overflow-y-auto overscroll-contain bg-surface outline-offset-[-2px]"
    >
      <div className="sticky top-0 z-1" style={{ height: 0 }}>
        <Head layout={layout} height={headHeight} />
        <div className="relative overflow-clip" style={{ height: view }}>
          <div style={{ transform: `translateY(${base * rowHeight - offset}px)` }}>
            {Array.from({ length: end - first }, (_, place) => {
              const number = first + place;
              const record = rowAt(number);
              const where = { top: (number - base) * rowHeight, height: rowHeight };
              return record === undefined ? (
                <RowToCome
                  key={number}
                  number={number}
                  timeMs={timeMsAt(number)}
                  layout={layout}
                  {...where}
                />
              ) : (
                <LogRow
                  key={number}
                  id={rowId(number)}
                  record={record}
                  number={number}
                  layout={layout}
                  isSelected={number === selected}
                  {...where}
                />
              );
            })}
          </div>
        </div>
      </div>
      <div aria-hidden="true" style={{ height: scrollHeight(size) + headHeight }} />
    </div>
  );
}

function rowId(number: number): string {
  return `log-row-${number}`;
}

/** Rows grow with the text. */
function heights({ isNarrow, isWrapped }: RowLayout): { rowHeight: number; headHeight: number } {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const line = isWrapped ? 3.625 : 1.5;
  return {
    rowHeight: Math.round((isNarrow ? line + 1.375 : line) * rem),
    headHeight: isNarrow ? 0 : Math.round(1.75 * rem),
  };
}

function Head({ layout, height }: { layout: RowLayout; height: number }) {
  if (layout.isNarrow) return null;
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="grid items-center gap-x-3 border-b border-line bg-surface pr-3 pl-2.5 text-xs font-medium text-faint"
      style={{ ...rowTracks(layout), height }}
    >
      <span role="columnheader">Time</span>
      <span role="columnheader">Level</span>
      {layout.columns.map((column) => (
        <span key={column} role="columnheader" className="min-w-0">
          <Name value={column === "service" ? "Service" : column} />
        </span>
      ))}
      <span role="columnheader">Message</span>
    </div>
  );
}

type ShowRow = ListHandle["show"];

/** Where the list stands, and what scrolls it: the reader, or {@link ListHandle.show}. */
function useScroll(
  scroller: RefObject<HTMLDivElement | null>,
  size: { content: number; view: number },
  rowHeight: number,
): readonly [offset: number, scroll: () => void, show: ShowRow] {
  const [offset, setOffset] = useState(0);
  const latest = useRef({ size, rowHeight });
  const place = useRef<ScrollPlace>({ offset: 0, top: 0 });
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLayoutEffect(() => {
    latest.current = { size, rowHeight };
  });
  const [moves] = useState(() => {
    /** Puts the bar where the offset says. The scroll event that follows changes nothing. */
    const align = (): void => {
      const target = scroller.current;
      if (target === null) return;
      target.scrollTop = topOf(place.current.offset, latest.current.size);
      place.current = { ...place.current, top: target.scrollTop };
    };
    const scroll = (): void => {
      const top = scroller.current?.scrollTop ?? 0;
      if (top === place.current.top) return;
      place.current = scrolled(place.current, top, latest.current.size);
      setOffset(place.current.offset);
      clearTimeout(settle.current);
      settle.current = setTimeout(align, SETTLE_MS);
    };
    const show: ShowRow = (row, where) => {
      const { size: now, rowHeight: height } = latest.current;
      const view = { scrollTop: place.current.offset, height: now.view, rowHeight: height };
      const middle = row * height - (now.view - height) / 2;
      const wanted = where === "middle" ? middle : scrollToShow(row, view);
      if (wanted === undefined) return;
      const offsetMax = Math.max(0, now.content - now.view);
      place.current = { ...place.current, offset: Math.max(0, Math.min(wanted, offsetMax)) };
      setOffset(place.current.offset);
      align();
    };
    return { align, scroll, show };
  });
  useEffect(() => () => clearTimeout(settle.current), []);
  // Another list, or a longer one, may not reach so far.
  const offsetMax = Math.max(0, size.content - size.view);
  const shown = Math.min(offset, offsetMax);
  useEffect(() => {
    if (place.current.offset > offsetMax) place.current = { ...place.current, offset: offsetMax };
    moves.align();
  }, [moves, offsetMax]);
  return [shown, moves.scroll, moves.show];
}
