import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
} from "react";
import { roundDuration } from "../../lib/format.ts";
import { rowWindow, scrollToShow } from "../../lib/row-window.ts";
import { useElementSize } from "../../lib/element-size.ts";
import { unfoldedRows, type SpanRow, type SpanTree } from "./span-tree.ts";
import { timeTicks, type TimeRange } from "./time-ticks.ts";
import { actionOf } from "./tree-keys.ts";
import { FOLD_HANDLE, rowId, rowIndexOf, TIMELINE_ROOM, WaterfallRow } from "./waterfall-row.tsx";

interface WaterfallProps {
  readonly tree: SpanTree;
  readonly selected: SpanRow | undefined;
  readonly folded: ReadonlySet<string>;
  /** The time that the axis shows. */
  readonly range: TimeRange;
  readonly onSelect: (row: SpanRow) => void;
  readonly onFold: (row: SpanRow, fold: boolean) => void;
}

/** Below this width a row has its name above its bar. */
const NARROW_PX = 640;
const OVERSCAN = 12;

/** Every span as a bar on one time axis. Only the rows in view are drawn, however many there are. */
export function Waterfall(props: WaterfallProps) {
  const { tree, selected, folded, range, onSelect, onFold } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(scroller);
  const rowsElement = useRef<HTMLDivElement>(null);
  useFocusOnOpening(rowsElement);
  const [scrollTop, setScrollTop] = useState(0);
  const shown = useMemo(() => unfoldedRows(tree, folded), [tree, folded]);
  const isNarrow = width > 0 && width < NARROW_PX;
  const rowHeight = (isNarrow ? 44 : 28) * remScale();
  const axisHeight = 28 * remScale();
  const bodyHeight = Math.max(0, height - axisHeight);
  const view = { scrollTop, height: bodyHeight, rowHeight };
  const { first, end } = rowWindow({ ...view, rows: shown.length, overscan: OVERSCAN });
  useFollowSelection(scroller, shown, selected, { height: bodyHeight, rowHeight });

  const { durationMs } = range;
  // About a tick every 120 pixels of the timeline's width.
  const ticks = timeTicks(durationMs, Math.max(2, (isNarrow ? width : width * 0.6) / 120));
  const axis = {
    range,
    isWhole: range.startMs === 0 && durationMs === tree.durationMs,
    ticks,
    isNarrow,
  };

  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(bodyHeight / rowHeight) - 1);
    const action = actionOf(event.key, { tree, shown, selected, folded, page });
    if (action === undefined) return;
    event.preventDefault();
    if (action.kind === "select") onSelect(action.row);
    else onFold(action.row, action.kind === "fold");
  };

  const click = ({ target }: MouseEvent): void => {
    const row = target instanceof Element ? tree.rows[rowIndexOf(target) ?? -1] : undefined;
    if (row === undefined) return;
    const isHandle = target instanceof Element && target.closest(`[${FOLD_HANDLE}]`) !== null;
    if (isHandle) onFold(row, !folded.has(row.key));
    else onSelect(row);
  };

  return (
    <div
      ref={scroller}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      className={`relative h-full overflow-x-hidden overflow-y-auto overscroll-contain outline-offset-[-2px] outline-accent [--name:clamp(15rem,34%,36rem)] ${selected === undefined ? "has-focus-visible:outline-2" : ""}`}
    >
      <Axis {...axis} height={axisHeight} />
      <GridLines {...axis} height={bodyHeight} />
      <div
        ref={rowsElement}
        role="tree"
        aria-label={`Spans of the trace, ${shown.length} of ${tree.rows.length} shown`}
        tabIndex={0}
        aria-activedescendant={selected === undefined ? undefined : rowId(selected)}
        onKeyDown={press}
        onClick={click}
        className="group/tree relative z-1 outline-none"
        style={{ height: shown.length * rowHeight }}
      >
        {shown.slice(first, end).map((row, place) => (
          <WaterfallRow
            key={row.index}
            row={row}
            top={(first + place) * rowHeight}
            height={rowHeight}
            rangeStartMs={range.startMs}
            rangeMs={durationMs}
            isNarrow={isNarrow}
            isSelected={row === selected}
            isFolded={folded.has(row.key)}
          />
        ))}
      </div>
    </div>
  );
}

/** CSS pixels of a `rem`, sixteenths: rows grow with the text. */
function remScale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

/** The keys work at once where the page that was left took the focus with it. */
function useFocusOnOpening(element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (document.activeElement !== document.body) return;
    // The ring comes with the first key.
    element.current?.focus({ preventScroll: true, focusVisible: false });
  }, [element]);
}

/** Brings the selected row into view when the selection changes, and only then. */
function useFollowSelection(
  scroller: RefObject<HTMLDivElement | null>,
  shown: readonly SpanRow[],
  selected: SpanRow | undefined,
  { height, rowHeight }: { height: number; rowHeight: number },
): void {
  const latest = useRef({ shown, height, rowHeight });
  useLayoutEffect(() => {
    latest.current = { shown, height, rowHeight };
  });
  const isLaidOut = height > 0;
  useEffect(() => {
    const target = scroller.current;
    const place = selected === undefined ? -1 : latest.current.shown.indexOf(selected);
    if (target === null || place === -1 || !isLaidOut) return;
    const top = scrollToShow(place, { scrollTop: target.scrollTop, ...latest.current });
    if (top !== undefined) target.scrollTo({ top });
  }, [scroller, selected, isLaidOut]);
}

interface AxisProps {
  readonly range: TimeRange;
  /** Whether the range is the whole trace; else its moments count from where it starts. */
  readonly isWhole: boolean;
  readonly ticks: readonly number[];
  readonly isNarrow: boolean;
  readonly height: number;
}

/** Stays at the top while the rows scroll. */
function Axis({ range, isWhole, ticks, isNarrow, height }: AxisProps) {
  return (
    <div
      aria-hidden="true"
      className="sticky top-0 z-2 flex border-b border-line bg-surface text-2xs text-faint"
      style={{ height }}
    >
      {isNarrow ? null : (
        <div className="flex w-(--name) shrink-0 items-center pl-4 font-medium">
          Service and operation
        </div>
      )}
      <div className={timeline(isNarrow)}>
        {ticks.map((tick) => (
          <span
            key={tick}
            className="absolute inset-y-0 flex items-center border-l border-line pl-1.5 whitespace-nowrap"
            style={{ left: percentOf(tick, range) }}
          >
            {isWhole ? "" : "+"}
            {tick === 0 ? "0" : roundDuration(tick)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** The axis's lines, behind the rows. It takes no room, and stays in view as the axis does. */
function GridLines({ range, ticks, isNarrow, height }: AxisProps) {
  return (
    <div aria-hidden="true" className="pointer-events-none sticky top-7 z-0 h-0">
      <div className="absolute inset-x-0 flex" style={{ height }}>
        {isNarrow ? null : <div className="w-(--name) shrink-0" />}
        <div className={timeline(isNarrow)}>
          {ticks.map((tick) => (
            <span
              key={tick}
              className="absolute inset-y-0 border-l border-line"
              style={{ left: percentOf(tick, range) }}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function timeline(isNarrow: boolean): string {
  return `relative min-w-0 flex-1 ${TIMELINE_ROOM} ${isNarrow ? "ml-3" : ""}`;
}

function percentOf(tick: number, { durationMs }: TimeRange): string {
  return `${durationMs > 0 ? (100 * tick) / durationMs : 0}%`;
}
