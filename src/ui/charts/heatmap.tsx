import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent, RefObject } from "react";
import { Button } from "../components/button.tsx";
import { useElementSize } from "../lib/element-size.ts";
import { duration, fullCount, roundDuration } from "../lib/format.ts";
import { useZone } from "../lib/use-zone.ts";
import { useCanvasColors } from "../lib/canvas-colors.ts";
import {
  boxBetween,
  boxOf,
  type CellBox,
  cellsWithin,
  type HeatmapBox,
  type HeatmapCells,
  rowsOf,
  SHADES,
  sumsWithin,
} from "./heatmap-cells.ts";
import { cellAt, drawHeatmap, type HeatmapColors, MARGIN } from "./heatmap-drawing.ts";
import { HeatmapTable } from "./heatmap-table.tsx";
import { timeLabels, timeTicks, timeWords } from "./time-ticks.ts";

type Cell = readonly [number, number];

interface HeatmapProps {
  /** What is counted, such as "Root spans by time and duration". */
  readonly label: string;
  readonly cells: HeatmapCells;
  /** CSS pixels. */
  readonly height: number;
  readonly selected: HeatmapBox | undefined;
  /** A box was drawn; undefined takes it away. */
  readonly onSelect: (box: HeatmapBox | undefined) => void;
  /** Shows its numbers as a table. */
  readonly isTable: boolean;
}

/**
 * Counts by time and duration, shaded by their number; failed ones stand in each cell as a bar. A box is
 * drawn with the pointer, or with the arrow keys, Shift with them, and Enter.
 */
export function Heatmap(props: HeatmapProps) {
  const { label, cells, height, selected, onSelect, isTable } = props;
  const zone = useZone();
  if (isTable) return <HeatmapTable label={label} cells={cells} height={height} zone={zone} />;
  return (
    <HeatmapCanvas
      label={label}
      cells={cells}
      height={height}
      selected={selected}
      onSelect={onSelect}
    />
  );
}

function HeatmapCanvas(props: Omit<HeatmapProps, "isTable">) {
  const { label, cells, height, selected, onSelect } = props;
  const zone = useZone();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useElementSize(frame);
  const [cursor, setCursor] = useState<Cell>();
  const [anchor, setAnchor] = useState<Cell>();
  const [isPointing, setPointing] = useState(false);
  const help = useId();
  const isDrawing = anchor !== undefined && cursor !== undefined;
  const box = isDrawing
    ? boxBetween(anchor, cursor)
    : selected === undefined
      ? undefined
      : cellsWithin(cells, selected);
  useDrawing({ canvas, cells, box, cursor, width, height });

  const cellOf = (event: PointerEvent): Cell | undefined => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return cellAt(cells, { width, height }, event.clientX - left, event.clientY - top);
  };
  const finish = (): void => {
    if (isDrawing) onSelect(boxOf(cells, boxBetween(anchor, cursor)));
    setAnchor(undefined);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    const from = cursor ?? [cells.columns - 1, Math.floor(rowsOf(cells) / 2)];
    if (move !== undefined && rowsOf(cells) > 0) {
      if (event.shiftKey && anchor === undefined) setAnchor(from);
      if (!event.shiftKey) setAnchor(undefined);
      const far = event.ctrlKey || event.metaKey ? 10 : 1;
      setCursor(movedTo(cells, from, [move[0] * far, move[1] * far]));
    } else if (event.key === "Enter" || event.key === " ") {
      if (cursor === undefined) return;
      onSelect(boxOf(cells, boxBetween(anchor ?? cursor, cursor)));
      setAnchor(undefined);
    } else if (event.key === "Escape" && (anchor !== undefined || selected !== undefined)) {
      setAnchor(undefined);
      if (anchor === undefined) onSelect(undefined);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const told = box !== undefined && isDrawing ? box : cursor && boxBetween(cursor, cursor);
  return (
    <div ref={frame} className="relative min-w-0 select-none">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- an application takes keys and the pointer itself */}
      <div
        role="application"
        aria-roledescription="heatmap"
        aria-label={label}
        aria-describedby={help}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (!isPointing) setCursor(undefined);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          const cell = cellOf(event);
          if (cell === undefined) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setAnchor(cell);
          setCursor(cell);
        }}
        onPointerMove={(event) => {
          setPointing(true);
          setCursor(cellOf(event));
        }}
        onPointerUp={finish}
        onPointerCancel={() => setAnchor(undefined)}
        onPointerLeave={() => {
          setPointing(false);
          if (anchor === undefined) setCursor(undefined);
        }}
        className="cursor-crosshair touch-pan-y rounded-sm outline-offset-[-2px]"
        style={{ height }}
      >
        <canvas ref={canvas} aria-hidden="true" className="block" style={{ width, height }} />
      </div>
      <p id={help} className="sr-only">
        Arrow keys move between cells, with Shift they draw a box. Enter selects it, Escape takes it
        away.
      </p>
      <CellWords
        cells={cells}
        box={told}
        zone={zone}
        place={{ width, height }}
        isSilent={isPointing}
      />
    </div>
  );
}

const MOVES: Readonly<Record<string, Cell>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function movedTo(cells: HeatmapCells, [column, row]: Cell, [across, up]: Cell): Cell {
  const within = (at: number, count: number): number => Math.min(count - 1, Math.max(0, at));
  return [within(column + across, cells.columns), within(row + up, rowsOf(cells))];
}

/** What is in a box, beside it; told aloud when it was moved to by keys. */
function CellWords(props: {
  cells: HeatmapCells;
  box: CellBox | undefined;
  zone: ReturnType<typeof useZone>;
  place: { width: number; height: number };
  isSilent: boolean;
}) {
  const { cells, box, zone, place, isSilent } = props;
  if (box === undefined) return null;
  const { fromMs, toMs, minMs, maxMs } = boxOf(cells, box);
  const { count, errors } = sumsWithin(cells, box);
  const time = timeWords(fromMs, cells.stepMs, zone);
  const until = timeWords(toMs, cells.stepMs, zone);
  const words = `${fullCount(Math.round(count))} spans${errors > 0 ? `, ${fullCount(Math.round(errors))} failed` : ""}`;
  const durations = `${duration(minMs)} – ${duration(maxMs)}`;
  const share = (box.columns[1] + 1) / Math.max(1, cells.columns);
  const x = MARGIN.left + share * (place.width - MARGIN.left - MARGIN.right);
  const isLeft = share > 0.6;
  return (
    <>
      <div
        aria-hidden="true"
        className="pointer-events-none absolute top-1 left-0 z-10 w-max rounded-md border border-line bg-surface/95 px-2 py-1.5 text-xs shadow-md"
        style={{
          transform: isLeft ? `translateX(calc(${x - 24}px - 100%))` : `translateX(${x + 10}px)`,
        }}
      >
        <p className="font-medium whitespace-nowrap">
          {time} – {until}
        </p>
        <p className="whitespace-nowrap text-muted">{durations}</p>
        <p className={`whitespace-nowrap ${errors > 0 ? "text-bad" : ""}`}>{words}</p>
      </div>
      <span role="status" className="sr-only">
        {isSilent ? "" : `${time}, ${durations}: ${words}`}
      </span>
    </>
  );
}

/** Draws the heatmap whenever anything of it changes, as sharp as the screen is. */
function useDrawing(of: {
  canvas: RefObject<HTMLCanvasElement | null>;
  cells: HeatmapCells;
  box: CellBox | undefined;
  cursor: Cell | undefined;
  width: number;
  height: number;
}): void {
  const { canvas, cells, box, cursor, width, height } = of;
  const colors = useHeatmapColors();
  const zone = useZone();
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    context.canvas.width = Math.round(width * scale);
    context.canvas.height = Math.round(height * scale);
    const endMs = cells.startMs + cells.columns * cells.stepMs;
    const ticks = timeTicks(cells.startMs, endMs, Math.max(2, Math.floor(width / 110)), zone);
    const labels = timeLabels(ticks, zone);
    drawHeatmap(context, { width, height }, scale, {
      cells,
      colors,
      box,
      cursor,
      times: ticks.map((atMs, at) => ({ atMs, label: labels[at]! })),
      durationLabel: roundDuration,
    });
  }, [canvas, cells, box, cursor, width, height, colors, zone]);
}

function useHeatmapColors(): HeatmapColors {
  const colors = useCanvasColors();
  return useMemo(
    () => ({
      ...colors,
      shades: Array.from({ length: SHADES }, (_, shade) => colors.of(`var(--heat-${shade + 1})`)),
      bad: colors.of("var(--bad)"),
    }),
    [colors],
  );
}

/** What the shades mean, and how the selection is taken away. */
export function HeatmapLegend({
  max,
  onClear,
}: {
  max: number;
  onClear: (() => void) | undefined;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pb-2 text-xs text-faint sm:px-4">
      <span className="flex items-center gap-1.5">
        1
        <span aria-hidden="true" className="flex">
          {Array.from({ length: SHADES }, (_, shade) => (
            <span
              key={shade}
              className="h-2.5 w-3.5 forced-color-adjust-none"
              style={{ backgroundColor: `var(--heat-${shade + 1})` }}
            />
          ))}
        </span>
        {fullCount(Math.round(max))} spans
      </span>
      <span className="flex items-center gap-1.5">
        <span aria-hidden="true" className="inline-flex h-2.5 w-3.5 items-end bg-sunken">
          <span className="ml-0.5 h-2 w-1 bg-bad forced-color-adjust-none" />
        </span>
        share that failed
      </span>
      {onClear === undefined ? (
        <span className="max-sm:hidden">Draw a box to see what sets those spans apart</span>
      ) : (
        <Button onClick={onClear} className="ml-auto">
          Clear the selection
        </Button>
      )}
    </div>
  );
}
