import type { CanvasColors } from "../lib/canvas-colors.ts";
import {
  type CellBox,
  durationTicks,
  type HeatmapCells,
  rowsOf,
  shadeOf,
} from "./heatmap-cells.ts";

/** CSS pixels around the cells. */
export const MARGIN = { left: 54, right: 8, top: 6, bottom: 20 } as const;

/** Where the cells are drawn, in CSS pixels. */
export interface HeatmapPlace {
  readonly width: number;
  readonly height: number;
}

export interface HeatmapColors extends CanvasColors {
  readonly shades: readonly string[];
  readonly bad: string;
}

export interface HeatmapDrawing {
  readonly cells: HeatmapCells;
  readonly colors: HeatmapColors;
  /** Labels of the axis of time, each at a moment. */
  readonly times: readonly { readonly atMs: number; readonly label: string }[];
  readonly durationLabel: (ms: number) => string;
  readonly box: CellBox | undefined;
  readonly cursor: readonly [number, number] | undefined;
}

/** The cell at a point of the canvas, the nearest one where it is beside all; undefined without cells. */
export function cellAt(
  cells: HeatmapCells,
  { width, height }: HeatmapPlace,
  x: number,
  y: number,
): readonly [number, number] | undefined {
  const rows = rowsOf(cells);
  if (rows === 0 || cells.columns === 0) return undefined;
  const across = (x - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
  const up = 1 - (y - MARGIN.top) / (height - MARGIN.top - MARGIN.bottom);
  const within = (share: number, count: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return [within(across, cells.columns), within(up, rows)];
}

/** Draws all of the heatmap on a canvas that is `scale` times as fine as its CSS pixels. */
export function drawHeatmap(
  context: CanvasRenderingContext2D,
  place: HeatmapPlace,
  scale: number,
  drawing: HeatmapDrawing,
): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, place.width, place.height);
  const grid = gridOf(place, drawing.cells);
  drawAxes(context, place, grid, drawing);
  drawCells(context, grid, drawing);
  if (drawing.box !== undefined) drawBox(context, place, grid, drawing.box, drawing.colors);
  if (drawing.cursor !== undefined) drawCursor(context, grid, drawing.cursor, drawing.colors);
}

interface Grid {
  readonly columnWidth: number;
  readonly rowHeight: number;
  readonly rows: number;
}

function gridOf({ width, height }: HeatmapPlace, cells: HeatmapCells): Grid {
  const rows = Math.max(1, rowsOf(cells));
  return {
    rows,
    columnWidth: (width - MARGIN.left - MARGIN.right) / Math.max(1, cells.columns),
    rowHeight: (height - MARGIN.top - MARGIN.bottom) / rows,
  };
}

const left = ({ columnWidth }: Grid, column: number): number => MARGIN.left + column * columnWidth;
const top = ({ rows, rowHeight }: Grid, row: number): number =>
  MARGIN.top + (rows - row) * rowHeight;

function drawAxes(
  context: CanvasRenderingContext2D,
  { width, height }: HeatmapPlace,
  grid: Grid,
  { cells, colors, times, durationLabel }: HeatmapDrawing,
): void {
  context.font = colors.font;
  context.fillStyle = colors.muted;
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const ticksMax = Math.max(2, Math.floor(height / 34));
  for (const { ms, row } of durationTicks(cells.boundsMs, ticksMax)) {
    const y = Math.round(top(grid, row)) + 0.5;
    line(context, MARGIN.left, y, width - MARGIN.right, y);
    context.fillText(durationLabel(ms), MARGIN.left - 6, y);
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "center";
  for (const { atMs, label } of times) {
    const x = left(grid, (atMs - cells.startMs) / cells.stepMs);
    const half = context.measureText(label).width / 2;
    if (x < MARGIN.left || x > width - MARGIN.right) continue;
    context.fillText(
      label,
      Math.min(Math.max(x, MARGIN.left + half), width - half - 2),
      height - 5,
    );
  }
}

function line(context: CanvasRenderingContext2D, x: number, y: number, x2: number, y2: number) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x2, y2);
  context.stroke();
}

/** The least of a cell that is drawn, in pixels: one span must be seen on any screen. */
const CELL_MIN = 1.5;

function drawCells(
  context: CanvasRenderingContext2D,
  grid: Grid,
  { cells, colors }: HeatmapDrawing,
): void {
  const max = cells.count.reduce((most, count) => Math.max(most, count), 0);
  const gap = grid.columnWidth > 5 && grid.rowHeight > 5 ? 1 : 0;
  const width = Math.max(CELL_MIN, grid.columnWidth - gap);
  const height = Math.max(CELL_MIN, grid.rowHeight - gap);
  for (const [at, column] of cells.column.entries()) {
    const [x, y] = [left(grid, column), top(grid, cells.row[at]! + 1)];
    context.fillStyle = colors.shades[shadeOf(cells.count[at]!, max) - 1] ?? colors.accent;
    context.fillRect(x, y, width, height);
    const failed = cells.errors[at]! / cells.count[at]!;
    if (!(failed > 0)) continue;
    // A bar within the cell, as high as the share that failed: its shape says it, and not its hue alone.
    const inset = Math.min(1.5, width / 4);
    const high = Math.max(Math.min(2, height), (height - 1) * failed);
    context.fillStyle = colors.surface;
    context.fillRect(
      x + inset - 0.5,
      y + height - high - 0.5,
      Math.max(2, width / 2.5) + 1,
      high + 0.5,
    );
    context.fillStyle = colors.bad;
    context.fillRect(x + inset, y + height - high, Math.max(1.5, width / 2.5), high);
  }
}

function drawBox(
  context: CanvasRenderingContext2D,
  { width, height }: HeatmapPlace,
  grid: Grid,
  { columns, rows }: CellBox,
  colors: HeatmapColors,
): void {
  const x = left(grid, columns[0]);
  const y = top(grid, rows[1] + 1);
  const w = (columns[1] - columns[0] + 1) * grid.columnWidth;
  const h = (rows[1] - rows[0] + 1) * grid.rowHeight;
  // What is outside steps back.
  context.globalAlpha = 0.55;
  context.fillStyle = colors.surface;
  const bottom = height - MARGIN.bottom;
  context.fillRect(MARGIN.left, MARGIN.top, width - MARGIN.left, y - MARGIN.top);
  context.fillRect(MARGIN.left, y + h, width - MARGIN.left, bottom - y - h);
  context.fillRect(MARGIN.left, y, x - MARGIN.left, h);
  context.fillRect(x + w, y, width - x - w, h);
  context.globalAlpha = 1;
  context.strokeStyle = colors.accent;
  context.lineWidth = 2;
  context.strokeRect(x, y, w, h);
}

function drawCursor(
  context: CanvasRenderingContext2D,
  grid: Grid,
  [column, row]: readonly [number, number],
  colors: HeatmapColors,
): void {
  context.strokeStyle = colors.text;
  context.lineWidth = 1.5;
  context.strokeRect(
    left(grid, column) - 1,
    top(grid, row + 1) - 1,
    grid.columnWidth + 2,
    grid.rowHeight + 2,
  );
}
