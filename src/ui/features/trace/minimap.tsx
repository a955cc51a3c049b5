import { useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { type CanvasColors, useCanvasColors } from "../../lib/canvas-colors.ts";
import { useElementSize } from "../../lib/element-size.ts";
import { duration } from "../../lib/format.ts";
import { serviceColor } from "../../lib/service-color.ts";
import type { CriticalPath } from "./critical-path.ts";
import { hasFailed, type SpanRow, type SpanTree } from "./span-tree.ts";
import { TIME_ROOM, type TimeRange } from "./time-ticks.ts";

interface MinimapProps {
  readonly tree: SpanTree;
  readonly range: TimeRange;
  readonly selected: SpanRow | undefined;
  readonly path: CriticalPath | undefined;
  /** Shows the time between two moments of the trace, in any order. */
  readonly onRange: (startMs: number, endMs: number) => void;
}

/** A pointer that moves less than this has clicked, and not drawn a stretch. */
const CLICK_PX = 4;

/** The whole trace in little, one line for each span; a drag across it chooses the time that is shown. */
export function Minimap({ tree, range, selected, path, onRange }: MinimapProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width, height } = useElementSize(place);
  const [drag, setDrag] = useState<{ fromPx: number; toPx: number }>();
  const msOf = (px: number): number => (px / Math.max(1, width)) * tree.durationMs;
  const pxOf = (event: PointerEvent): number =>
    event.clientX - (place.current?.getBoundingClientRect().left ?? 0);
  const end = range.startMs + range.durationMs;
  const shown =
    drag === undefined
      ? { startMs: range.startMs, endMs: end }
      : {
          startMs: msOf(Math.min(drag.fromPx, drag.toPx)),
          endMs: msOf(Math.max(drag.fromPx, drag.toPx)),
        };
  const drop = (): void => {
    if (drag === undefined) return;
    setDrag(undefined);
    const { fromPx, toPx } = drag;
    if (Math.abs(toPx - fromPx) >= CLICK_PX) onRange(msOf(fromPx), msOf(toPx));
    else {
      // A click brings the stretch that is shown to where it was.
      const half = Math.min(range.durationMs, tree.durationMs / 4) / 2;
      onRange(msOf(fromPx) - half, msOf(fromPx) + half);
    }
  };
  return (
    <div className={`shrink-0 overflow-hidden border-b border-line bg-sunken py-1.5 ${TIME_ROOM}`}>
      <div
        ref={place}
        className="relative h-10 cursor-crosshair touch-none select-none"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const { target } = event;
          const grip = target instanceof Element ? target.closest("[data-end]") : null;
          // Who takes one end keeps the other.
          const kept = grip?.getAttribute("data-end") === "start" ? end : range.startMs;
          const fromPx = grip === null ? pxOf(event) : (kept / tree.durationMs) * width;
          setDrag({ fromPx, toPx: pxOf(event) });
        }}
        onPointerMove={(event) => {
          if (drag !== undefined) setDrag({ ...drag, toPx: pxOf(event) });
        }}
        onPointerUp={drop}
        onPointerCancel={() => setDrag(undefined)}
      >
        <Lines tree={tree} path={path} width={width} height={height} />
        {selected === undefined ? null : (
          <SelectedLine row={selected} tree={tree} height={height} />
        )}
        <Shade from={0} to={shown.startMs} of={tree.durationMs} />
        <Shade from={shown.endMs} to={tree.durationMs} of={tree.durationMs} />
        <Handle
          end="start"
          label="Start of the shown time"
          atMs={range.startMs}
          tree={tree}
          onMove={(ms) => onRange(Math.min(ms, end), end)}
        />
        <Handle
          end="end"
          label="End of the shown time"
          atMs={end}
          tree={tree}
          onMove={(ms) => onRange(range.startMs, Math.max(ms, range.startMs))}
        />
      </div>
    </div>
  );
}

/** What is not shown. */
function Shade({ from, to, of }: { from: number; to: number; of: number }) {
  if (to - from <= of * 1e-9) return null;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute inset-y-0 bg-bg opacity-75"
      style={{ left: `${(100 * from) / of}%`, width: `${(100 * (to - from)) / of}%` }}
    />
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -0.01,
  ArrowDown: -0.01,
  ArrowRight: 0.01,
  ArrowUp: 0.01,
  PageDown: -0.1,
  PageUp: 0.1,
};

/** One end of the stretch, as a slider: arrows move it by a hundredth of the trace, pages by a tenth. */
function Handle(props: {
  end: "start" | "end";
  label: string;
  atMs: number;
  tree: SpanTree;
  onMove: (ms: number) => void;
}) {
  const { label, atMs, tree, onMove } = props;
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const target =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? tree.durationMs
          : step === undefined
            ? undefined
            : atMs + step * tree.durationMs;
    if (target === undefined) return;
    event.preventDefault();
    onMove(Math.max(0, Math.min(tree.durationMs, target)));
  };
  const share = tree.durationMs > 0 ? (100 * atMs) / tree.durationMs : 0;
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={tree.durationMs}
      aria-valuenow={atMs}
      aria-valuetext={duration(atMs)}
      onKeyDown={press}
      data-end={props.end}
      className="absolute inset-y-0 w-3 cursor-ew-resize -translate-x-1/2"
      style={{ left: `${share}%` }}
    >
      <span aria-hidden="true" className="absolute inset-y-0 left-1/2 w-px bg-line-strong" />
      <span
        aria-hidden="true"
        className="absolute top-1/2 left-1/2 h-3.5 w-1.5 -translate-1/2 rounded-full border border-line-strong bg-surface"
      />
    </div>
  );
}

function Lines(props: {
  tree: SpanTree;
  path: CriticalPath | undefined;
  width: number;
  height: number;
}) {
  const { tree, path, width, height } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const colors = useCanvasColors();
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined || width === 0) return;
    const scale = devicePixelRatio;
    context.canvas.width = Math.round(width * scale);
    context.canvas.height = Math.round(height * scale);
    context.scale(scale, scale);
    drawLines(context, { tree, path, width, height }, colors);
  }, [tree, path, width, height, colors]);
  return <canvas ref={canvas} aria-hidden="true" className="absolute inset-0 size-full" />;
}

/** A line for each span at the height of its row; of rows that share a pixel the first to fill it is drawn. */
function drawLines(
  context: CanvasRenderingContext2D,
  view: {
    tree: SpanTree;
    path: CriticalPath | undefined;
    width: number;
    height: number;
  },
  colors: CanvasColors,
): void {
  const { tree, path, width, height } = view;
  const { step, thick } = stepsOf(tree, height);
  const scale = tree.durationMs > 0 ? width / tree.durationMs : 0;
  const filledTo = new Map<number, number>();
  context.globalAlpha = path === undefined ? 1 : 0.35;
  for (const row of tree.rows) {
    const line = Math.floor(row.index * step);
    const left = row.offsetMs * scale;
    const right = Math.max(left + 1, (row.offsetMs + row.durationMs) * scale);
    if (!hasFailed(row)) {
      const filled = filledTo.get(line) ?? -1;
      if (right <= filled) continue;
      filledTo.set(line, right);
    }
    context.fillStyle = colors.of(hasFailed(row) ? "var(--bad)" : serviceColor(row.service));
    context.fillRect(left, line, right - left, thick);
  }
  context.globalAlpha = 1;
  context.fillStyle = colors.of("var(--text)");
  for (const { row, startMs, endMs } of path?.segments ?? []) {
    const line = Math.floor(row.index * step);
    context.fillRect(startMs * scale, line, Math.max(1, (endMs - startMs) * scale), thick);
  }
}

/** How far one line is from the next, and how thick each is. */
function stepsOf(tree: SpanTree, height: number): { step: number; thick: number } {
  const step = height / Math.max(1, tree.rows.length);
  return { step, thick: Math.max(1, Math.min(3, step * 0.7)) };
}

/** The selected span, over the lines: they are not drawn anew when the selection goes from row to row. */
function SelectedLine(props: { row: SpanRow; tree: SpanTree; height: number }) {
  const { row, tree, height } = props;
  const { step, thick } = stepsOf(tree, height);
  const share = tree.durationMs > 0 ? 100 / tree.durationMs : 0;
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none absolute min-w-[3px] bg-accent"
      style={{
        left: `${row.offsetMs * share}%`,
        width: `${row.durationMs * share}%`,
        top: Math.floor(row.index * step) - 1,
        height: thick + 2,
      }}
    />
  );
}
