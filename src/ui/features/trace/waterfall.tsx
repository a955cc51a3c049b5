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
import { remScale } from "../../lib/rem-scale.ts";
import type { CriticalPath, PathSegment } from "./critical-path.ts";
import { logId, logPlaceOf, LogRow } from "./log-row.tsx";
import { unfoldedRows, type SpanRow, type SpanTree } from "./span-tree.ts";
import { timeTicks, type TimeRange } from "./time-ticks.ts";
import type { TraceLog } from "./trace-queries.ts";
import { actionOf, type LogItem, type TreeItem } from "./tree-keys.ts";
import { FOLD_HANDLE, rowId, rowIndexOf, TIMELINE_ROOM, WaterfallRow } from "./waterfall-row.tsx";

interface WaterfallProps {
  readonly tree: SpanTree;
  readonly selected: SpanRow | undefined;
  readonly folded: ReadonlySet<string>;
  /** The time that the axis shows. */
  readonly range: TimeRange;
  /** What is looked for, by row index. */
  readonly found: ReadonlySet<number> | undefined;
  readonly path: CriticalPath | undefined;
  /** Log records by span id, which then stand under their spans. */
  readonly logs: ReadonlyMap<string, readonly TraceLog[]> | undefined;
  readonly onSelect: (row: SpanRow) => void;
  readonly onFold: (row: SpanRow, fold: boolean) => void;
}

/** Below this width a row has its name above its bar. */
const NARROW_PX = 640;
const OVERSCAN = 12;
const NO_SEGMENTS: readonly PathSegment[] = [];

/** Every span as a bar on one time axis. Only the rows in view are drawn, however many there are. */
export function Waterfall(props: WaterfallProps) {
  const { tree, selected, folded, range, found, path, logs, onSelect, onFold } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(scroller);
  const rowsElement = useRef<HTMLDivElement>(null);
  useFocusOnOpening(rowsElement);
  const [scrollTop, setScrollTop] = useState(0);
  const shown = useMemo(() => unfoldedRows(tree, folded), [tree, folded]);
  const items = useMemo(() => withLogs(shown, logs), [shown, logs]);
  const segments = useMemo(
    () => path && Map.groupBy(path.segments, ({ row }) => row.index),
    [path],
  );
  const isNarrow = width > 0 && width < NARROW_PX;
  const rowHeight = (isNarrow ? 44 : 28) * remScale();
  const axisHeight = 28 * remScale();
  const bodyHeight = Math.max(0, height - axisHeight);
  const view = { scrollTop, height: bodyHeight, rowHeight };
  const { first, end } = rowWindow({ ...view, rows: items.length, overscan: OVERSCAN });
  const [chosenLog, chooseLog] = useState<LogItem>();
  const log = useMemo(() => placeOfLog(items, chosenLog, selected), [items, chosenLog, selected]);
  useFollowSelection(scroller, selected, chosenLog, { items, log, height: bodyHeight, rowHeight });
  const choose = (item: TreeItem): void => {
    const isLog = "log" in item;
    chooseLog(isLog ? item : undefined);
    onSelect(isLog ? item.of : item);
  };

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
    const at = log === -1 && selected !== undefined ? items.indexOf(selected) : log;
    const action = actionOf(event.key, { tree, items, at, folded, page });
    if (action === undefined) return;
    event.preventDefault();
    if (action.kind === "select") choose(action.item);
    else onFold(action.row, action.kind === "fold");
  };

  const click = ({ target }: MouseEvent): void => {
    if (!(target instanceof Element)) return;
    const row = tree.rows[rowIndexOf(target) ?? -1];
    const item = row ?? items[logPlaceOf(target) ?? -1];
    if (item === undefined) return;
    const isHandle = target.closest(`[${FOLD_HANDLE}]`) !== null;
    if (isHandle && row !== undefined) onFold(row, !folded.has(row.key));
    else choose(item);
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
        aria-activedescendant={
          log === -1 ? (selected === undefined ? undefined : rowId(selected)) : logId(log)
        }
        onKeyDown={press}
        onClick={click}
        className="group/tree relative z-1 outline-none"
        style={{ height: items.length * rowHeight }}
      >
        {items.slice(first, end).map((item, index) => {
          const top = (first + index) * rowHeight;
          const place = { top, height: rowHeight, isNarrow };
          return "log" in item ? (
            <LogRow
              key={`log ${first + index}`}
              {...place}
              {...item}
              place={first + index}
              isCurrent={first + index === log}
              traceStart={tree.startTime}
              range={range}
            />
          ) : (
            <WaterfallRow
              key={item.index}
              {...place}
              row={item}
              rangeStartMs={range.startMs}
              rangeMs={durationMs}
              isSelected={item === selected}
              isCurrent={item === selected && log === -1}
              isFolded={folded.has(item.key)}
              isFound={found?.has(item.index) === true}
              isDimmed={
                found === undefined ? segments?.has(item.index) === false : !found.has(item.index)
              }
              segments={segments?.get(item.index) ?? NO_SEGMENTS}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The rows with the log records of each under it; the rows themselves where there are none. */
function withLogs(
  rows: readonly SpanRow[],
  logs: ReadonlyMap<string, readonly TraceLog[]> | undefined,
): readonly TreeItem[] {
  if (logs === undefined || logs.size === 0) return rows;
  return rows.flatMap((row): TreeItem[] => [
    row,
    ...(logs.get(row.spanId)?.map((log) => ({ log, of: row })) ?? []),
  ]);
}

/** The place of the log record that was chosen, while its span is the selected one; -1 for none. */
function placeOfLog(
  items: readonly TreeItem[],
  chosen: LogItem | undefined,
  selected: SpanRow | undefined,
): number {
  if (chosen === undefined || chosen.of.key !== selected?.key) return -1;
  return items.findIndex(
    (item) => "log" in item && item.log === chosen.log && item.of === selected,
  );
}

/** The keys work at once where the page that was left took the focus with it. */
function useFocusOnOpening(element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (document.activeElement !== document.body) return;
    // The ring comes with the first key.
    element.current?.focus({ preventScroll: true, focusVisible: false });
  }, [element]);
}

/** Brings the line of the selection into view when that changes, and only then. */
function useFollowSelection(
  scroller: RefObject<HTMLDivElement | null>,
  selected: SpanRow | undefined,
  chosenLog: LogItem | undefined,
  view: {
    items: readonly TreeItem[];
    /** The place of the log record that the keys are at; -1 for none. */
    log: number;
    height: number;
    rowHeight: number;
  },
): void {
  const latest = useRef(view);
  useLayoutEffect(() => {
    latest.current = view;
  });
  const isLaidOut = view.height > 0;
  useEffect(() => {
    const target = scroller.current;
    const { items, log, height, rowHeight } = latest.current;
    const row = selected === undefined ? -1 : items.indexOf(selected);
    const place = log === -1 ? row : log;
    if (target === null || place === -1 || !isLaidOut) return;
    const top = scrollToShow(place, { scrollTop: target.scrollTop, height, rowHeight });
    if (top !== undefined) target.scrollTo({ top });
  }, [scroller, selected, chosenLog, isLaidOut]);
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
