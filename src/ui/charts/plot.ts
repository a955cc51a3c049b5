import uPlot from "uplot";
import { axisLabels, axisRange, axisTicks, type Unit } from "../lib/units.ts";
import type { Zone } from "../lib/zone.ts";
import { type CanvasColors, withAlpha } from "../lib/canvas-colors.ts";
import { type ChartSeries, type ChartValue, stacked } from "./stacking.ts";
import { timeLabels, timeTicks } from "./time-ticks.ts";

/** How a chart draws its series: as lines, with the area under each, or put on each other. */
export type ChartKind = "line" | "area" | "stacked" | "bars";

/** Something that happened at a moment, drawn as a line through the chart. */
export interface ChartMark {
  readonly timeMs: number;
  readonly label: string;
  readonly color?: string | undefined;
}

/** A measured value whose trace can be opened. */
export interface ChartExemplar {
  readonly timeMs: number;
  readonly value: number;
  /** What is told of it beside time and value. */
  readonly label: string;
  readonly traceId: string;
  readonly spanId?: string | undefined;
}

/** A series with its colour of CSS, and whether the reader has turned it off. */
export interface PlottedSeries extends ChartSeries {
  readonly color: string;
  readonly isHidden: boolean;
}

/** All that a drawing is made of. */
export interface PlotContent {
  readonly kind: ChartKind;
  readonly unit: Unit;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PlottedSeries[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: Zone;
  readonly marks: readonly ChartMark[];
  readonly exemplars: readonly ChartExemplar[];
}

/** Where the drawing is within the canvas, in CSS pixels. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const TICK_PIXELS_Y = 38;
const TICK_PIXELS_X = 80;
const EXEMPLAR_RADIUS = 4;

/** One canvas with axes and series. Whoever makes it destroys it. */
export class Plot {
  readonly #uplot: uPlot;
  readonly #colors: CanvasColors;
  #content: PlotContent;
  #edges: readonly (readonly ChartValue[])[];
  #height: number;

  constructor(
    host: HTMLElement,
    options: {
      readonly content: PlotContent;
      readonly colors: CanvasColors;
      readonly width: number;
      readonly height: number;
      readonly onDraw: () => void;
    },
  ) {
    const { content, colors, width, height, onDraw } = options;
    this.#colors = colors;
    this.#content = content;
    this.#edges = edgesOf(content);
    this.#height = height;
    this.#uplot = new uPlot(
      {
        width,
        height,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true, range: () => this.#timeRange() },
          y: { range: (_, min, max) => this.#valueRange(min, max) },
        },
        axes: [this.#timeAxis(), this.#valueAxis()],
        series: [{}, ...this.#order().map((index) => this.#seriesOptions(index))],
        bands: this.#bands(),
        hooks: {
          draw: [
            (plot) => {
              this.#drawMarks(plot);
              this.#drawExemplars(plot);
              onDraw();
            },
          ],
        },
      },
      this.#data(),
      host,
    );
  }

  /** Draws other values of the same series in the same look. */
  update(content: PlotContent): void {
    if (content === this.#content) return;
    this.#content = content;
    this.#edges = edgesOf(content);
    this.#uplot.setData(this.#data());
  }

  resize(width: number, height: number): void {
    if (width === this.#uplot.width && height === this.#uplot.height) return;
    this.#height = height;
    this.#uplot.setSize({ width, height });
  }

  destroy(): void {
    this.#uplot.destroy();
  }

  get canvas(): HTMLCanvasElement {
    return this.#uplot.ctx.canvas;
  }

  area(): PlotArea {
    const { left, top, width, height } = this.#uplot.bbox;
    const ratio = uPlot.pxRatio;
    return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
  }

  /** Of a place in CSS pixels from the left edge of the area. */
  timeAt(x: number): number {
    return this.#uplot.posToVal(x, "x") * 1_000;
  }

  xOf(timeMs: number): number {
    return this.#uplot.valToPos(timeMs / 1_000, "x");
  }

  yOf(value: number): number {
    return this.#uplot.valToPos(value, "y");
  }

  /** Where an exemplar is drawn: one beyond the axis at its end, since it is the more worth a look. */
  exemplarY(value: number): number {
    const { height } = this.area();
    return Math.max(EXEMPLAR_RADIUS, Math.min(height - EXEMPLAR_RADIUS, this.yOf(value)));
  }

  /** The upper edge of a series as drawn: its value, or the sum up to it where series are put on each other. */
  edge(series: number, place: number): number | null {
    return this.#edges[series]?.[place] ?? null;
  }

  /** What is drawn first lies below: the sums come first, each over what it includes. */
  #order(): number[] {
    const indexes = this.#content.series.map((_, index) => index);
    return isStacked(this.#content) ? indexes.toReversed() : indexes;
  }

  #data(): uPlot.AlignedData {
    const drawn = this.#order().map((index) => this.#edges[index] as ChartValue[]);
    return [this.#content.times as number[], ...drawn];
  }

  #timeRange(): [number, number] {
    return [this.#content.fromMs / 1_000, this.#content.toMs / 1_000];
  }

  #valueRange(min: number | null, max: number | null): [number, number] {
    const { unit, kind } = this.#content;
    const measured: [number, number] =
      min === null || max === null
        ? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
        : [min, max];
    const ticks = this.#ticksOf(this.#height, TICK_PIXELS_Y);
    return axisRange(unit, measured, ticks, kind !== "line");
  }

  #ticksOf(pixels: number, apart: number): number {
    return Math.max(2, Math.floor(pixels / apart));
  }

  #timeAxis(): uPlot.Axis {
    const { muted, line, font } = this.#colors;
    const size = Number.parseFloat(font);
    return {
      stroke: muted,
      font,
      size: size * 2 + 6,
      gap: 4,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      splits: (plot, _, min, max) =>
        timeTicks(
          min * 1_000,
          max * 1_000,
          this.#ticksOf(plot.width, TICK_PIXELS_X * (size / 11)),
          this.#content.zone,
        ).map((at) => at / 1_000),
      values: (_, splits) =>
        timeLabels(
          splits.map((at) => Math.round(at * 1_000)),
          this.#content.zone,
        ),
    };
  }

  #valueAxis(): uPlot.Axis {
    const { muted, line, font } = this.#colors;
    const perCharacter = Number.parseFloat(font) * 0.58;
    return {
      stroke: muted,
      font,
      gap: 6,
      size: (_, labels) =>
        Math.ceil(Math.max(4, ...(labels ?? []).map(({ length }) => length)) * perCharacter + 14),
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      splits: (plot, _, min, max) =>
        axisTicks(this.#content.unit, min, max, this.#ticksOf(plot.height, TICK_PIXELS_Y)),
      values: (_, splits) => axisLabels(this.#content.unit, splits),
    };
  }

  #seriesOptions(index: number): uPlot.Series {
    const { kind, series } = this.#content;
    const { color: token, isDashed = false, isHidden } = series[index]!;
    const color = this.#colors.of(token);
    const common: uPlot.Series = { show: !isHidden, points: { show: false } };
    if (kind === "bars") {
      const paths = uPlot.paths.bars!({ align: 1, size: [1, Number.POSITIVE_INFINITY], gap: 1 });
      return { ...common, paths, width: 0, fill: isDashed ? withAlpha(color, 0.35) : color };
    }
    const fill = { line: undefined, area: withAlpha(color, 0.14), stacked: withAlpha(color, 0.55) }[
      kind
    ];
    return {
      ...common,
      stroke: color,
      width: 1.5,
      ...(isDashed ? { dash: [5, 4] } : {}),
      ...(fill === undefined || (isDashed && kind === "area") ? {} : { fill }),
      points: {
        show: false,
        filter: (_, place) => lonePlaces(this.#edges[this.#order()[place - 1]!] ?? []),
        size: 4,
        width: 0,
        fill: color,
        stroke: color,
      },
    };
  }

  /** Fills between the edges of stacked series, so that none shines through another. */
  #bands(): uPlot.Band[] {
    const { kind, series } = this.#content;
    if (kind !== "stacked") return [];
    // Hidden ones have no edge: each is filled down to the next that has one.
    const shown = this.#order().flatMap((index, place) =>
      series[index]!.isHidden ? [] : [place + 1],
    );
    return shown.slice(0, -1).map((from, place) => ({ series: [from, shown[place + 1]!] }));
  }

  #drawMarks({ ctx, bbox }: uPlot): void {
    ctx.save();
    for (const { timeMs, color = "var(--muted)" } of this.#content.marks) {
      if (timeMs < this.#content.fromMs || timeMs > this.#content.toMs) continue;
      const x = Math.round(this.#uplot.valToPos(timeMs / 1_000, "x", true)) + 0.5;
      ctx.strokeStyle = ctx.fillStyle = this.#colors.of(color);
      ctx.lineWidth = uPlot.pxRatio;
      ctx.setLineDash([3 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const size = 4 * uPlot.pxRatio;
      ctx.beginPath();
      ctx.moveTo(x - size, bbox.top - size);
      ctx.lineTo(x + size, bbox.top - size);
      ctx.lineTo(x, bbox.top + size);
      ctx.fill();
    }
    ctx.restore();
  }

  #drawExemplars({ ctx, bbox }: uPlot): void {
    const { exemplars } = this.#content;
    if (exemplars.length === 0) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * uPlot.pxRatio;
    ctx.strokeStyle = this.#colors.accent;
    ctx.fillStyle = this.#colors.surface;
    for (const { timeMs, value } of exemplars) {
      const x = this.#uplot.valToPos(timeMs / 1_000, "x", true);
      const y = bbox.top + this.exemplarY(value) * uPlot.pxRatio;
      const size = (EXEMPLAR_RADIUS - 0.5) * uPlot.pxRatio;
      ctx.beginPath();
      // A diamond, so that it is not taken for a point of a line.
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y);
      ctx.lineTo(x, y + size);
      ctx.lineTo(x - size, y);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }
}

/** What of the content a drawing cannot take over from one before: anything but values and times. */
export function shapeOf({ kind, unit, series, zone }: PlotContent, colors: CanvasColors): string {
  const looks = series.map(({ color, isDashed, isHidden }) => [color, isDashed, isHidden]);
  return JSON.stringify([kind, unit, zone, colors.key, looks]);
}

function isStacked({ kind }: PlotContent): boolean {
  return kind === "stacked" || kind === "bars";
}

function edgesOf(content: PlotContent): readonly (readonly ChartValue[])[] {
  const { series } = content;
  if (isStacked(content)) return stacked(series, (index) => series[index]!.isHidden);
  return series.map(({ values }) => (values.every(isDrawable) ? values : values.map(drawable)));
}

function isDrawable(value: ChartValue): boolean {
  return value === null || value === undefined || Number.isFinite(value);
}

/** What is no number, or has no end, has no place on an axis. */
function drawable(value: ChartValue): ChartValue {
  return isDrawable(value) ? value : null;
}

/** Values without a neighbour, which no line would show. */
function lonePlaces(values: readonly ChartValue[]): number[] {
  return values.flatMap((value, at) => {
    const [before, after] = [values[at - 1], values[at + 1]];
    const isLone =
      typeof value === "number" && typeof before !== "number" && typeof after !== "number";
    // Beside a place that a line goes over, it is part of that line.
    const isCrossed =
      at > 0 && at < values.length - 1 && (before === undefined || after === undefined);
    return isLone && !isCrossed ? [at] : [];
  });
}
