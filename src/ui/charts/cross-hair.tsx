import { useState, type KeyboardEvent, type PointerEvent } from "react";
import { formatValue } from "../lib/units.ts";
import { visibleTitle } from "../lib/visible-text.ts";
import { type ChartPointer, useBrush, useCrossHair } from "./chart-sync.tsx";
import { ChartTooltip, type TooltipRow } from "./chart-tooltip.tsx";
import type { ChartExemplar, ChartMark, Plot, PlotArea, PlotContent } from "./plot.ts";
import { nearestPlace, placeBefore } from "./stacking.ts";
import { timeWords } from "./time-ticks.ts";

export interface CrossHairProps {
  /** Unique among the charts of the page. */
  readonly id: string;
  readonly title: string;
  readonly pointer: ChartPointer;
  readonly plot: Plot;
  readonly area: PlotArea;
  readonly content: PlotContent;
  /** Given a stretch of time that was chosen; without it none can be. */
  readonly onBrush?: ((fromMs: number, toMs: number) => void) | undefined;
  readonly onExemplar?: ((exemplar: ChartExemplar) => void) | undefined;
}

/** How near a pointer comes to a diamond or a mark to mean it, in pixels. */
const NEAR = 9;
/** A drag of less is a press. */
const DRAG_MIN = 4;
/** Points that are drawn on the cross-hair; more would hide the lines. */
const POINTS_MAX = 30;
/** Series that are read out at a moment. */
const SPOKEN_MAX = 6;

/** What lies over a plot: the cross-hair that all charts of a page share, the values under it, the brush. */
export function CrossHairLayer(props: CrossHairProps) {
  const { id, pointer, plot, area, content, onBrush } = props;
  const hair = useCrossHair(pointer);
  const brush = useBrush(pointer);
  const [pointed, setPointed] = useState<{ x: number; y: number }>();
  const place = hair === undefined ? -1 : placeAt(content, hair.timeMs);
  const isHere = hair?.chart === id && place >= 0;
  const x = hair === undefined ? -1 : plot.xOf(snapped(content, place, hair.timeMs));
  const isInside = x >= 0 && x <= area.width;
  const rows = isHere ? rowsAt(content, plot, place, pointed?.y) : [];
  const exemplar =
    isHere && pointed !== undefined ? exemplarNear(content, plot, pointed) : undefined;
  const mark = isHere ? markNear(content, plot, x) : undefined;
  return (
    <div
      {...useInput(props, place, setPointed, exemplar)}
      className={`absolute touch-pan-y outline-offset-1 ${exemplar !== undefined ? "cursor-pointer" : onBrush === undefined ? "cursor-default" : "cursor-crosshair"}`}
      style={area}
    >
      {brush === undefined ? null : <BrushBand plot={plot} area={area} {...brush} />}
      {hair !== undefined && isInside ? (
        <>
          <div
            className="pointer-events-none absolute inset-y-0 w-px bg-line-strong"
            style={{ transform: `translateX(${x}px)` }}
          />
          <HairPoints content={content} plot={plot} area={area} place={place} x={x} />
        </>
      ) : null}
      {isHere && isInside ? (
        <ChartTooltip
          x={x}
          width={area.width}
          margin={area.left}
          title={timeWords(content.times[place]! * 1_000, stepMs(content), content.zone)}
          rows={rows}
          unit={content.unit}
          exemplar={exemplar}
          mark={mark}
        />
      ) : null}
    </div>
  );
}

function BrushBand(props: { plot: Plot; area: PlotArea; fromMs: number; toMs: number }) {
  const { plot, area, fromMs, toMs } = props;
  const [left, right] = [fromMs, toMs].map((at) => Math.max(0, Math.min(area.width, plot.xOf(at))));
  if (right! - left! <= 0) return null;
  return (
    <div
      className="pointer-events-none absolute inset-y-0 border-x border-accent bg-accent/15"
      style={{ left: left!, width: right! - left! }}
    />
  );
}

/** A dot on each line where the cross-hair meets it. */
function HairPoints(props: {
  content: PlotContent;
  plot: Plot;
  area: PlotArea;
  place: number;
  x: number;
}) {
  const { content, plot, area, place, x } = props;
  if (place < 0 || content.kind === "bars") return null;
  return content.series.slice(0, POINTS_MAX).map(({ color, isHidden }, index) => {
    const edge =
      isHidden || (content.series[index]!.values[place] ?? null) === null
        ? null
        : plot.edge(index, place);
    const y = edge === null ? Number.NaN : plot.yOf(edge);
    if (!(y >= 0 && y <= area.height)) return null;
    return (
      <div
        key={index}
        className="pointer-events-none absolute -mt-[3.5px] -ml-[3.5px] size-[7px] rounded-full border border-surface forced-color-adjust-none"
        style={{ left: x, top: y, backgroundColor: color }}
      />
    );
  });
}

/** Pointer, touch and keys of a plot: a slider over its times, so that a screen reader tells each value. */
function useInput(
  props: CrossHairProps,
  place: number,
  setPointed: (at: { x: number; y: number } | undefined) => void,
  exemplar: ChartExemplar | undefined,
) {
  const { id, title, pointer, plot, area, content, onBrush, onExemplar } = props;
  const [start, setStart] = useState<number>();
  const timeOf = (x: number): number => plot.timeAt(Math.max(0, Math.min(area.width, x)));
  const move = (event: PointerEvent<HTMLElement>): void => {
    const { x, y } = within(event);
    setPointed({ x, y });
    pointer.point({ timeMs: timeOf(x), chart: id });
    if (start === undefined || onBrush === undefined) return;
    if (Math.abs(x - start) < DRAG_MIN && pointer.brush() === undefined) return;
    pointer.mark({ ...ordered(timeOf(start), timeOf(x)), chart: id });
  };
  const apply = (): boolean => {
    const chosen = pointer.brush();
    pointer.mark(undefined);
    if (chosen === undefined || chosen.chart !== id || chosen.toMs - chosen.fromMs < 1)
      return false;
    onBrush?.(Math.round(chosen.fromMs), Math.round(chosen.toMs));
    return true;
  };
  const current = content.times.length === 0 ? undefined : content.times[Math.max(0, place)]!;
  return {
    role: "slider",
    tabIndex: 0,
    "aria-label": `${title}: values over time`,
    "aria-valuemin": content.times[0] ?? 0,
    "aria-valuemax": content.times.at(-1) ?? 0,
    "aria-valuenow": current ?? 0,
    "aria-valuetext": place < 0 ? "Arrow keys tell the values" : spoken(content, place),
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      if (event.pointerType === "mouse") event.currentTarget.setPointerCapture(event.pointerId);
      setStart(within(event).x);
    },
    onPointerMove: move,
    onPointerUp: () => {
      // Another button, or a press that began elsewhere.
      if (start === undefined) return;
      setStart(undefined);
      if (!apply() && exemplar !== undefined) onExemplar?.(exemplar);
    },
    onPointerCancel: () => {
      setStart(undefined);
      pointer.mark(undefined);
    },
    onPointerLeave: () => {
      setPointed(undefined);
      pointer.point(undefined);
    },
    onBlur: () => {
      pointer.point(undefined);
      pointer.mark(undefined);
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (keyOn(event, props, place, apply)) event.preventDefault();
    },
  } as const;
}

/** What a key does; true when it did something. */
function keyOn(
  { key, shiftKey }: KeyboardEvent,
  { id, pointer, content, onBrush }: CrossHairProps,
  place: number,
  apply: () => boolean,
): boolean {
  const last = content.times.length - 1;
  if (last < 0) return false;
  if (key === "Enter") return apply();
  if (key === "Escape") {
    const hadSome = pointer.brush() !== undefined || pointer.hair() !== undefined;
    pointer.mark(undefined);
    pointer.point(undefined);
    return hadSome;
  }
  const to = targetOf(key, place, last);
  if (to === undefined) return false;
  const timeMs = content.times[Math.max(0, Math.min(last, to))]! * 1_000;
  const before = place < 0 ? timeMs : content.times[place]! * 1_000;
  pointer.point({ timeMs, chart: id });
  if (!shiftKey || onBrush === undefined) pointer.mark(undefined);
  else {
    const brush = pointer.brush();
    // It goes on from the end that does not move.
    const fixed =
      brush === undefined ? before : brush.fromMs === before ? brush.toMs : brush.fromMs;
    pointer.mark({ ...ordered(fixed, timeMs), chart: id });
  }
  return true;
}

function targetOf(key: string, place: number, last: number): number | undefined {
  const page = Math.max(1, Math.round(last / 10));
  // Without a cross-hair the newest value is where one begins.
  const at = place < 0 ? last + 1 : place;
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return at - 1;
    case "ArrowRight":
    case "ArrowUp":
      return Math.min(last, at + 1);
    case "PageDown":
      return at - page;
    case "PageUp":
      return at + page;
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

function within(event: PointerEvent<HTMLElement>): { x: number; y: number } {
  const { left, top } = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

function ordered(one: number, other: number): { fromMs: number; toMs: number } {
  return { fromMs: Math.min(one, other), toMs: Math.max(one, other) };
}

/** Bars hold until the next; of lines it is the nearest value. */
function placeAt({ times, kind }: PlotContent, timeMs: number): number {
  return kind === "bars" ? placeBefore(times, timeMs / 1_000) : nearestPlace(times, timeMs / 1_000);
}

/** The cross-hair stands on the value that it tells, or where it was pointed at where there is none. */
function snapped({ times, kind }: PlotContent, place: number, timeMs: number): number {
  return place < 0 || kind === "bars" ? timeMs : times[place]! * 1_000;
}

function stepMs({ times }: PlotContent): number {
  return times.length < 2 ? 60_000 : Math.round((times[1]! - times[0]!) * 1_000);
}

/** The values at a place, the largest first; the one nearest to `y` is marked. */
function rowsAt(
  content: PlotContent,
  plot: Plot,
  place: number,
  y: number | undefined,
): TooltipRow[] {
  let nearest = -1;
  let distance = Number.POSITIVE_INFINITY;
  const rows = content.series.flatMap(({ name, color, values, isHidden, isDashed }, index) => {
    const value = values[place] ?? null;
    if (isHidden || value === null) return [];
    const edge = plot.edge(index, place);
    if (y !== undefined && edge !== null) {
      const apart = Math.abs(plot.yOf(edge) - y);
      if (apart < distance) [nearest, distance] = [index, apart];
    }
    return [{ index, name, color, value, isDashed: isDashed ?? false }];
  });
  return rows
    .toSorted((a, b) => b.value - a.value)
    .map((row) => ({ ...row, isNearest: rows.length > 1 && row.index === nearest }));
}

function exemplarNear(
  content: PlotContent,
  plot: Plot,
  at: { x: number; y: number },
): ChartExemplar | undefined {
  let found: ChartExemplar | undefined;
  let distance = NEAR;
  for (const exemplar of content.exemplars) {
    const apart = Math.hypot(
      plot.xOf(exemplar.timeMs) - at.x,
      plot.exemplarY(exemplar.value) - at.y,
    );
    if (apart < distance) [found, distance] = [exemplar, apart];
  }
  return found;
}

function markNear({ marks }: PlotContent, plot: Plot, x: number): ChartMark | undefined {
  return marks.find(({ timeMs }) => Math.abs(plot.xOf(timeMs) - x) < NEAR);
}

/** What a screen reader says of a place. */
function spoken(content: PlotContent, place: number): string {
  const shown = content.series.filter(({ isHidden }) => !isHidden);
  const told = shown
    .slice(0, SPOKEN_MAX)
    .map(
      ({ name, values }) =>
        `${visibleTitle(name).slice(0, 80)} ${formatValue(content.unit, values[place])}`,
    );
  const more =
    shown.length > SPOKEN_MAX ? `, and ${shown.length - SPOKEN_MAX} more in the table` : "";
  return `${timeWords(content.times[place]! * 1_000, stepMs(content), content.zone)}: ${told.join(", ")}${more}`;
}
