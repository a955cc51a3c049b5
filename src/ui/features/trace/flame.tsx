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
import { Name } from "../../components/text.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { useCanvasColors } from "../../lib/canvas-colors.ts";
import { useElementSize } from "../../lib/element-size.ts";
import { duration, percent, roundDuration } from "../../lib/format.ts";
import { remScale } from "../../lib/rem-scale.ts";
import type { CriticalPath } from "./critical-path.ts";
import { drawFlame, flameBox, type FlameBox, type FlameView } from "./flame-draw.ts";
import { layOutFlame, neighbourOf, rowAt, type FlameLayout } from "./flame-layout.ts";
import { selfTimes } from "./self-time.ts";
import type { SpanRow, SpanTree } from "./span-tree.ts";
import { TIME_ROOM, timeTicks, type TimeRange } from "./time-ticks.ts";
import { zoomedBy } from "./zoom.ts";

interface FlameProps {
  readonly tree: SpanTree;
  readonly range: TimeRange;
  readonly selected: SpanRow | undefined;
  readonly found: ReadonlySet<number> | undefined;
  readonly path: CriticalPath | undefined;
  readonly onSelect: (row: SpanRow) => void;
  readonly onZoomTo: (row: SpanRow) => void;
  readonly onRange: (startMs: number, endMs: number) => void;
}

const ZOOM_STEP = 0.6;
/** The address is written when the wheel has come to rest. */
const WHEEL_REST_MS = 180;
const HIT_PX = 3;

/** Every span as a box over time, children under their parents. Drawn on a canvas; the table says the same. */
export function Flame(props: FlameProps) {
  const { tree, selected, found, path, onSelect, onZoomTo } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const drawing = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { height } = useElementSize(scroller);
  const { width } = useElementSize(drawing);
  const layout = useMemo(() => layOutFlame(tree), [tree]);
  const [scrollTop, setScrollTop] = useState(0);
  const [hover, setHover] = useState<{ row: SpanRow; x: number; y: number }>();
  const [range, changeRange] = useRangeAtRest(props.range, props.onRange);
  const laneHeight = 22 * remScale();
  const axisHeight = 24 * remScale();
  const fontPx = 11 * remScale();
  const viewHeight = Math.max(0, height - axisHeight);
  const view = useMemo<FlameView>(
    () => ({
      layout,
      range,
      width,
      height: viewHeight,
      scrollTop,
      laneHeight,
      fontPx,
      selected,
      found,
      path,
    }),
    [layout, range, width, viewHeight, scrollTop, laneHeight, fontPx, selected, found, path],
  );
  useDrawing(canvas, view);
  useFollowLane(scroller, layout, selected, laneHeight, viewHeight);
  useWheelZoom(drawing, range, changeRange);

  const rowUnder = (event: MouseEvent): SpanRow | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined || width === 0) return undefined;
    const lane = layout.lanes[Math.floor((event.clientY - box.top + scrollTop) / laneHeight)];
    const perPx = range.durationMs / width;
    const atMs = range.startMs + (event.clientX - box.left) * perPx;
    return lane === undefined ? undefined : rowAt(lane, atMs, HIT_PX * perPx);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = range.startMs + range.durationMs / 2;
    const factor = { "+": ZOOM_STEP, "=": ZOOM_STEP, "-": 1 / ZOOM_STEP }[event.key];
    const target =
      selected === undefined
        ? event.key.startsWith("Arrow")
          ? tree.rows[0]
          : undefined
        : neighbourOf(event.key, selected, tree, layout);
    if (factor !== undefined) changeRange(zoomedBy(range, factor, middle));
    else if (event.key === "Enter" && selected !== undefined) onZoomTo(selected);
    else if (target !== undefined) onSelect(target);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- one drawing, whose spans its keys reach
    <div
      ref={scroller}
      role="group"
      tabIndex={0}
      aria-label={`Flame graph of ${tree.rows.length} spans. Arrows go from span to span, plus and minus zoom; the tab Spans has the same as a table.`}
      onKeyDown={press}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      className={`relative h-full overflow-x-hidden overflow-y-auto overscroll-contain bg-surface outline-offset-[-2px] ${TIME_ROOM}`}
    >
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the keys are those of the group */}
      <div
        ref={drawing}
        className="sticky top-0 z-1 overflow-hidden"
        style={{ height }}
        onMouseMove={(event) => {
          const row = rowUnder(event);
          setHover(row === undefined ? undefined : { row, x: event.clientX, y: event.clientY });
        }}
        onMouseLeave={() => setHover(undefined)}
        onClick={(event) => {
          const row = rowUnder(event);
          if (row !== undefined) onSelect(row);
        }}
        onDoubleClick={(event) => {
          const row = rowUnder(event);
          if (row !== undefined) onZoomTo(row);
        }}
      >
        <Axis range={range} width={width} height={axisHeight} />
        <canvas
          ref={canvas}
          aria-hidden="true"
          className={`block ${hover === undefined ? "" : "cursor-pointer"}`}
          style={{ width, height: viewHeight }}
        />
        {hover === undefined ? null : (
          <HoverOutline
            box={flameBox(hover.row, view, layout.laneOf[hover.row.index]!)}
            above={axisHeight}
          />
        )}
      </div>
      <div style={{ height: Math.max(0, layout.lanes.length * laneHeight - viewHeight) }} />
      {hover === undefined ? null : <Tooltip {...hover} tree={tree} />}
    </div>
  );
}

/** Draws when something that is drawn has changed, and only then: it goes through all spans in view. */
function useDrawing(canvas: RefObject<HTMLCanvasElement | null>, view: FlameView): void {
  const colors = useCanvasColors();
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined || view.width === 0) return;
    const scale = devicePixelRatio;
    const pixelsWide = Math.round(view.width * scale);
    const pixelsHigh = Math.round(view.height * scale);
    // Giving a canvas its size empties it, even when it is the same.
    if (context.canvas.width !== pixelsWide) context.canvas.width = pixelsWide;
    if (context.canvas.height !== pixelsHigh) context.canvas.height = pixelsHigh;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawFlame(context, view, colors);
  }, [canvas, view, colors]);
}

/** Around the span under the pointer; over the canvas, which is not drawn anew for it. */
function HoverOutline({ box, above }: { box: FlameBox; above: number }) {
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none absolute border border-text"
      style={{
        left: box.left,
        top: above + box.top,
        width: box.right - box.left,
        height: box.bottom - box.top,
      }}
    />
  );
}

/** A range that follows the wheel at once, and is told when it has come to rest. */
function useRangeAtRest(
  given: TimeRange,
  onRange: (startMs: number, endMs: number) => void,
): readonly [TimeRange, (ends: readonly [number, number]) => void] {
  const [moving, setMoving] = useState<TimeRange>();
  const latest = useRef(onRange);
  useEffect(() => {
    latest.current = onRange;
  });
  useEffect(() => {
    if (moving === undefined) return undefined;
    const timer = setTimeout(() => {
      latest.current(moving.startMs, moving.startMs + moving.durationMs);
      setMoving(undefined);
    }, WHEEL_REST_MS);
    return () => clearTimeout(timer);
  }, [moving]);
  const change = ([startMs, endMs]: readonly [number, number]): void =>
    setMoving({ startMs, durationMs: Math.max(1e-6, endMs - startMs) });
  return [moving ?? given, change];
}

/** The wheel with Ctrl, or a pinch, zooms around the pointer; sideways it moves along the time. */
function useWheelZoom(
  element: RefObject<HTMLElement | null>,
  range: TimeRange,
  change: (ends: readonly [number, number]) => void,
): void {
  const latest = useRef({ range, change });
  useEffect(() => {
    latest.current = { range, change };
  });
  useEffect(() => {
    const target = element.current;
    const wheel = (event: WheelEvent): void => {
      const isZoom = event.ctrlKey || event.metaKey;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (target === null || (!isZoom && Math.abs(sideways) <= 1)) return;
      // Else the whole page would zoom, or go back.
      event.preventDefault();
      const { range: now, change: move } = latest.current;
      const box = target.getBoundingClientRect();
      const perPx = now.durationMs / Math.max(1, box.width);
      if (isZoom) {
        const atMs = now.startMs + (event.clientX - box.left) * perPx;
        move(zoomedBy(now, Math.exp(event.deltaY * 0.003), atMs));
      } else {
        const startMs = now.startMs + sideways * perPx;
        move([startMs, startMs + now.durationMs]);
      }
    };
    // React listens passively, and could not keep the page where it is.
    target?.addEventListener("wheel", wheel, { passive: false });
    return () => target?.removeEventListener("wheel", wheel);
  }, [element]);
}

/** Brings the lane of the selection into view when that changes. */
function useFollowLane(
  scroller: RefObject<HTMLDivElement | null>,
  layout: FlameLayout,
  selected: SpanRow | undefined,
  laneHeight: number,
  height: number,
): void {
  const latest = useRef({ laneHeight, height });
  useLayoutEffect(() => {
    latest.current = { laneHeight, height };
  });
  const isLaidOut = height > 0;
  useEffect(() => {
    const target = scroller.current;
    if (target === null || selected === undefined || !isLaidOut) return;
    const { laneHeight: high, height: room } = latest.current;
    const top = layout.laneOf[selected.index]! * high;
    if (top < target.scrollTop) target.scrollTo({ top });
    else if (top + high > target.scrollTop + room) target.scrollTo({ top: top + high - room });
  }, [scroller, layout, selected, isLaidOut]);
}

function Axis({ range, width, height }: { range: TimeRange; width: number; height: number }) {
  const ticks = timeTicks(range.durationMs, Math.max(2, width / 120));
  return (
    <div
      aria-hidden="true"
      className="relative overflow-hidden border-b border-line bg-surface text-2xs text-faint"
      style={{ height }}
    >
      {ticks.map((tick) => (
        <span
          key={tick}
          className="absolute inset-y-0 flex items-center border-l border-line pl-1.5 whitespace-nowrap"
          style={{ left: `${(100 * tick) / Math.max(range.durationMs, 1e-9)}%` }}
        >
          {range.startMs === 0 ? "" : "+"}
          {tick === 0 ? "0" : roundDuration(tick)}
        </span>
      ))}
    </div>
  );
}

/** What the box under the pointer is. */
function Tooltip({ row, x, y, tree }: { row: SpanRow; x: number; y: number; tree: SpanTree }) {
  const selfMs = selfTimes(tree)[row.index]!;
  const isRight = x > innerWidth / 2;
  const isLow = y > innerHeight / 2;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none fixed z-3 max-w-96 rounded-md border border-line-strong bg-surface px-3 py-2 text-xs shadow-lg"
      style={{
        ...(isRight ? { right: innerWidth - x + 12 } : { left: x + 12 }),
        ...(isLow ? { bottom: innerHeight - y + 12 } : { top: y + 12 }),
      }}
    >
      <Name value={row.name} className="font-semibold" />
      <ServiceName service={row.service} className="text-muted" />
      <p className="mt-1">
        {duration(row.durationMs)}{" "}
        <span className="text-muted">
          · {percent(row.durationMs / Math.max(tree.durationMs, 1e-9))} of the trace ·{" "}
          {duration(selfMs)} its own
        </span>
      </p>
      {row.status === "error" ? <p className="font-medium text-bad">✕ Failed</p> : null}
    </div>
  );
}
