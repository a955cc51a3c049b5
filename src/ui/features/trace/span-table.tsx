import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { WarnIcon } from "../../components/icons.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { SortHead } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { RowGap } from "../../components/row-gap.tsx";
import { useElementSize } from "../../lib/element-size.ts";
import { saveCsv } from "../../lib/export.ts";
import { duration, fullCount, percent } from "../../lib/format.ts";
import { remScale } from "../../lib/rem-scale.ts";
import { rowWindow, scrollToShow } from "../../lib/row-window.ts";
import { selfTimes } from "./self-time.ts";
import {
  type Grouping,
  GROUPINGS,
  lineValues,
  nextSpanOrder,
  orderedLines,
  parseSpanOrder,
  type SpanColumn,
  tableLines,
  type TableLine,
} from "./span-order.ts";
import type { SpanRow, SpanTree } from "./span-tree.ts";

interface SpanTableProps {
  readonly traceId: string;
  readonly tree: SpanTree;
  /** The rows that are looked for; all of them when nothing is. */
  readonly found: readonly SpanRow[] | undefined;
  readonly selected: SpanRow | undefined;
  readonly sort: string | undefined;
  readonly group: string | undefined;
  readonly onSort: (sort: string) => void;
  readonly onGroup: (group: Grouping | undefined) => void;
  readonly onSelect: (row: SpanRow) => void;
}

const OVERSCAN = 12;
const CSV_COLUMNS = [
  "service",
  "operation",
  "spans",
  "start_ms",
  "duration_ms",
  "self_ms",
  "share_of_trace",
  "errors",
];

/** Every span as a line, or what services and operations add up to. Only the lines in view are drawn. */
export function SpanTable(props: SpanTableProps) {
  const { tree, traceId, found } = props;
  const grouping = GROUPINGS.find((one) => one === props.group);
  const { sort } = props;
  const order = useMemo(() => parseSpanOrder(sort, grouping), [sort, grouping]);
  const lines = useMemo(
    () => tableLines(found ?? tree.rows, selfTimes(tree), grouping),
    [tree, found, grouping],
  );
  const sorted = useMemo(() => orderedLines(lines, order), [lines, order]);
  const save = (): void =>
    saveCsv(
      `trace-${traceId.slice(0, 8)}-spans`,
      CSV_COLUMNS,
      sorted.map((line) => lineValues(line, tree)),
    );
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5 text-xs">
        <span className="text-faint">Group by</span>
        <Button pressed={grouping === undefined} onClick={() => props.onGroup(undefined)}>
          Nothing
        </Button>
        <Button pressed={grouping === "service"} onClick={() => props.onGroup("service")}>
          Service
        </Button>
        <Button pressed={grouping === "operation"} onClick={() => props.onGroup("operation")}>
          Operation
        </Button>
        <span className="ml-auto text-faint">
          {fullCount(sorted.length)} {grouping === undefined ? "spans" : `${grouping}s`}
        </span>
        <Button onClick={save}>Save as CSV</Button>
      </div>
      <Grid
        {...props}
        lines={sorted}
        grouping={grouping}
        head={(column) => ({
          direction:
            order.column === column ? (order.isDescending ? "descending" : "ascending") : undefined,
          onSort: () => props.onSort(nextSpanOrder(order, column)),
        })}
      />
    </div>
  );
}

interface GridProps extends SpanTableProps {
  readonly lines: readonly TableLine[];
  readonly grouping: Grouping | undefined;
  readonly head: (column: SpanColumn) => {
    direction: "ascending" | "descending" | undefined;
    onSort: () => void;
  };
}

/** A grid with one stop for Tab: arrows, pages, Home and End go from line to line. */
function Grid({ tree, lines, grouping, selected, head, onSelect }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { height } = useElementSize(scroller);
  const [scrollTop, setScrollTop] = useState(0);
  const rowHeight = 30 * remScale();
  const headHeight = 32 * remScale();
  const bodyHeight = Math.max(0, height - headHeight);
  const { first, end } = rowWindow({
    scrollTop,
    height: bodyHeight,
    rowHeight,
    rows: lines.length,
    overscan: OVERSCAN,
  });
  const place = useMemo(() => placeOf(lines, selected, grouping), [lines, selected, grouping]);
  useEffect(() => {
    const target = scroller.current;
    if (target === null || place === -1 || bodyHeight === 0) return;
    const top = scrollToShow(place, { scrollTop: target.scrollTop, height: bodyHeight, rowHeight });
    if (top !== undefined) target.scrollTo({ top });
    // Followed when the selection or the order changes, not while it is scrolled.
  }, [place, bodyHeight, rowHeight]);
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(bodyHeight / rowHeight) - 1);
    const target = targetOf(event.key, place, lines.length, page);
    const line = target === undefined ? undefined : lines[target];
    if (line === undefined) return;
    event.preventDefault();
    onSelect(line.row);
  };
  return (
    <div
      ref={scroller}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain"
    >
      <table
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- a table with a selection is a grid
        role="grid"
        tabIndex={0}
        aria-label={`Spans of the trace, ${fullCount(lines.length)} lines`}
        aria-rowcount={lines.length + 1}
        {...(place === -1 || place < first || place >= end
          ? {}
          : { "aria-activedescendant": lineId(place) })}
        onKeyDown={press}
        className="group/grid w-full table-fixed outline-offset-[-2px]"
      >
        <thead className="sticky top-0 z-1 bg-surface shadow-[0_1px_0_var(--line)]">
          <tr aria-rowindex={1}>
            <SortHead {...head("name")} className="pl-3 sm:pl-4">
              Service and operation
            </SortHead>
            {grouping === undefined ? null : (
              <SortHead {...head("spans")} isNumeric className="w-18">
                Spans
              </SortHead>
            )}
            <SortHead {...head("start")} isNumeric className="w-22 max-md:hidden">
              Start
            </SortHead>
            <SortHead {...head("duration")} isNumeric className="w-22">
              Duration
            </SortHead>
            <SortHead {...head("self")} isNumeric className="w-22 max-sm:hidden">
              Self
            </SortHead>
            <th
              scope="col"
              className="w-22 px-2 text-right text-xs font-medium text-faint max-lg:hidden"
            >
              Of the trace
            </th>
            <SortHead {...head("errors")} isNumeric className="w-18 pr-3 sm:pr-4">
              Errors
            </SortHead>
          </tr>
        </thead>
        {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the keys are those of the grid */}
        <tbody
          onClick={({ target }) => {
            const row = target instanceof Element ? target.closest("[data-line]") : null;
            const line = lines[Number(row?.getAttribute("data-line") ?? -1)];
            if (line !== undefined) onSelect(line.row);
          }}
        >
          <RowGap columns={7} height={first * rowHeight} />
          {lines.slice(first, end).map((line, index) => (
            <Line
              key={line.row.index}
              line={line}
              place={first + index}
              height={rowHeight}
              tree={tree}
              grouping={grouping}
              isSelected={first + index === place}
            />
          ))}
          <RowGap columns={7} height={(lines.length - end) * rowHeight} />
        </tbody>
      </table>
    </div>
  );
}

/** The line of the selected span: its own, or that of its group. */
function placeOf(
  lines: readonly TableLine[],
  selected: SpanRow | undefined,
  grouping: Grouping | undefined,
): number {
  if (selected === undefined) return -1;
  return lines.findIndex(({ row }) =>
    grouping === undefined
      ? row === selected
      : row.service === selected.service && (grouping === "service" || row.name === selected.name),
  );
}

function targetOf(key: string, at: number, lines: number, page: number): number | undefined {
  const within = (place: number): number => Math.max(0, Math.min(lines - 1, place));
  switch (key) {
    case "ArrowDown":
      return within(at + 1);
    case "ArrowUp":
      return within(at - 1);
    case "PageDown":
      return within(at + page);
    case "PageUp":
      return within(at - page);
    case "Home":
      return 0;
    case "End":
      return within(lines);
    default:
      return undefined;
  }
}

function lineId(place: number): string {
  return `line-${place}`;
}

function Line(props: {
  line: TableLine;
  place: number;
  height: number;
  tree: SpanTree;
  grouping: Grouping | undefined;
  isSelected: boolean;
}) {
  const { line, place, height, tree, grouping, isSelected } = props;
  const { row, errors } = line;
  return (
    <tr
      id={lineId(place)}
      data-line={place}
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      className={`cursor-default border-b border-line outline-accent ${
        isSelected
          ? "bg-selected group-focus-visible/grid:outline-2 group-focus-visible/grid:outline-offset-[-2px]"
          : "hover:bg-hover"
      }`}
      style={{ height }}
    >
      <td className="min-w-0 px-2 pl-3 sm:pl-4">
        <span className="flex min-w-0 items-center gap-2">
          <ServiceName service={row.service} className="max-w-[45%] shrink-0 font-medium" />
          {grouping === "service" ? null : <Name value={row.name} className="text-muted" />}
        </span>
      </td>
      {grouping === undefined ? null : <td className="px-2 text-right">{fullCount(line.spans)}</td>}
      <td className="px-2 text-right text-muted max-md:hidden">+{duration(line.startMs)}</td>
      <td className="px-2 text-right">
        <Duration ms={line.totalMs} />
      </td>
      <td className="px-2 text-right max-sm:hidden">
        <Duration ms={line.selfMs} />
      </td>
      <td className="px-2 text-right text-muted max-lg:hidden">
        {percent(tree.durationMs > 0 ? line.totalMs / tree.durationMs : 0)}
      </td>
      <td className="px-2 pr-3 text-right sm:pr-4">
        {errors === 0 ? (
          <span className="text-faint">0</span>
        ) : (
          <span className="inline-flex items-center gap-1 font-medium text-bad">
            <WarnIcon className="size-3.5" />
            {fullCount(errors)}
          </span>
        )}
      </td>
    </tr>
  );
}
