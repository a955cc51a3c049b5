import type { CanvasColors } from "../../lib/canvas-colors.ts";
import { duration } from "../../lib/format.ts";
import { serviceColor } from "../../lib/service-color.ts";
import { cut, visible } from "../../lib/visible-text.ts";
import type { CriticalPath } from "./critical-path.ts";
import { type FlameLayout, rowsWithin } from "./flame-layout.ts";
import { hasFailed, type SpanRow } from "./span-tree.ts";
import type { TimeRange } from "./time-ticks.ts";

/** What of a flame graph is drawn, and how. */
export interface FlameView {
  readonly layout: FlameLayout;
  readonly range: TimeRange;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly laneHeight: number;
  readonly fontPx: number;
  readonly selected: SpanRow | undefined;
  /** What is looked for; the rest is dimmed. */
  readonly found: ReadonlySet<number> | undefined;
  readonly path: CriticalPath | undefined;
}

/** Narrower spans have no words in them. */
const WORDS_PX_MIN = 32;
const WORDS_CHARACTERS_MAX = 200;
const DIMMED = 0.28;

/** Draws the lanes in view. Of spans that would fall on one pixel, only the first is drawn. */
export function drawFlame(
  context: CanvasRenderingContext2D,
  view: FlameView,
  colors: CanvasColors,
): void {
  const { layout, range, width, height, scrollTop, laneHeight } = view;
  context.clearRect(0, 0, width, height);
  context.font = `${view.fontPx}px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  const first = Math.floor(scrollTop / laneHeight);
  const end = Math.min(layout.lanes.length, Math.ceil((scrollTop + height) / laneHeight));
  const endMs = range.startMs + range.durationMs;
  for (let lane = first; lane < end; lane++) {
    const rows = layout.lanes[lane]!;
    const within = rowsWithin(rows, range.startMs, endMs);
    let filledTo = -1;
    for (let place = within.first; place < within.end; place++) {
      const row = rows[place]!;
      const box = flameBox(row, view, lane);
      const isMarked = row === view.selected || hasFailed(row) || view.found?.has(row.index);
      if (box.right <= filledTo && isMarked !== true) continue;
      filledTo = Math.max(filledTo, Math.ceil(box.right));
      drawSpan(context, row, box, view, colors);
    }
  }
  drawPath(context, view, colors);
  if (view.selected === undefined) return;
  const box = flameBox(view.selected, view, layout.laneOf[view.selected.index]!);
  context.strokeStyle = colors.of("var(--accent)");
  context.lineWidth = 2.5;
  context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
}

/** Where a span is drawn, in CSS pixels of the canvas. */
export interface FlameBox {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The box of a row in its lane. */
export function flameBox(
  row: SpanRow,
  view: Pick<FlameView, "range" | "width" | "laneHeight" | "scrollTop">,
  lane: number,
): FlameBox {
  const scale = view.range.durationMs > 0 ? view.width / view.range.durationMs : 0;
  const left = (row.offsetMs - view.range.startMs) * scale;
  const right = left + row.durationMs * scale;
  const top = lane * view.laneHeight - view.scrollTop;
  return {
    // What lies far outside is cut: numbers without end make a browser's canvas slow.
    left: Math.max(-2, left),
    right: Math.min(view.width + 2, Math.max(right, left + 1)),
    top: top + 0.5,
    bottom: top + view.laneHeight - 1.5,
  };
}

function drawSpan(
  context: CanvasRenderingContext2D,
  row: SpanRow,
  { left, right, top, bottom }: FlameBox,
  view: FlameView,
  colors: CanvasColors,
): void {
  const color = serviceColor(row.service);
  const isDimmed =
    view.found !== undefined
      ? !view.found.has(row.index)
      : view.path !== undefined && !view.path.byRow.has(row.index);
  context.globalAlpha = isDimmed ? DIMMED : 1;
  context.fillStyle = colors.of(color);
  const gap = right - left > 4 ? 1 : 0;
  context.fillRect(left, top, right - left - gap, bottom - top);
  if (hasFailed(row)) {
    // A failure has a bar at its foot, whatever the colour of its service.
    context.fillStyle = colors.of("var(--surface)");
    context.fillRect(left, bottom - 4, right - left - gap, 4);
    context.fillStyle = colors.of("var(--bad)");
    context.fillRect(left, bottom - 3, right - left - gap, 3);
  }
  const room = Math.min(right, view.width) - Math.max(left, 0) - 8;
  if (room >= WORDS_PX_MIN) {
    context.globalAlpha = isDimmed ? 0.7 : 1;
    context.fillStyle = isDimmed ? colors.of("var(--text)") : colors.textOn(color);
    context.save();
    context.beginPath();
    context.rect(left, top, right - left - 4, bottom - top);
    context.clip();
    const words = `${hasFailed(row) ? "✕ " : ""}${wordsOf(row)}`;
    context.fillText(words, Math.max(left, 0) + 4, (top + bottom) / 2 + 0.5);
    context.restore();
  }
  context.globalAlpha = 1;
}

function wordsOf(row: SpanRow): string {
  const name = visible(cut(row.name, WORDS_CHARACTERS_MAX)) || "(empty)";
  const service = visible(cut(row.service, WORDS_CHARACTERS_MAX)) || "(empty)";
  return `${name}  ${service}  ${duration(row.durationMs)}`;
}

/** The critical path as a line under what it waits for. */
function drawPath(context: CanvasRenderingContext2D, view: FlameView, colors: CanvasColors): void {
  const { path, range, layout } = view;
  if (path === undefined) return;
  const scale = range.durationMs > 0 ? view.width / range.durationMs : 0;
  context.fillStyle = colors.of("var(--text)");
  for (const { row, startMs, endMs } of path.segments) {
    const left = Math.max(0, (startMs - range.startMs) * scale);
    const right = Math.min(view.width, (endMs - range.startMs) * scale);
    const bottom = (layout.laneOf[row.index]! + 1) * view.laneHeight - view.scrollTop;
    if (right < 0 || left > view.width || bottom < 0 || bottom > view.height + view.laneHeight) {
      continue;
    }
    context.fillRect(left, bottom - 2, Math.max(1, right - left), 2);
  }
}
