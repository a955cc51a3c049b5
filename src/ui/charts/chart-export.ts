import { saveCsv, savePng } from "../lib/export.ts";
import { formatValue, unitWords } from "../lib/units.ts";
import { visibleTitle } from "../lib/visible-text.ts";
import type { CanvasColors } from "../lib/canvas-colors.ts";
import type { PlotContent } from "./plot.ts";
import { statisticsOf } from "./stacking.ts";

/** Saves every value of the shown series, a row for each time (RFC 3339, UTC). */
export function saveChartCsv(title: string, { times, series, unit }: PlotContent): void {
  const shown = series.filter(({ isHidden }) => !isHidden);
  const words = unitWords(unit);
  const head = shown.map(({ name }) => (words === "" ? name : `${name} (${words})`));
  const rows = times.map((time, place) => [
    new Date(time * 1_000).toISOString(),
    ...shown.map(({ values }) => values[place] ?? null),
  ]);
  saveCsv(title, ["time", ...head], rows);
}

/** Names under a saved picture. */
const NAMES_MAX = 12;
const PADDING = 12;

/** Saves the chart as it is drawn, under its title and above the names of its lines. */
export async function saveChartPng(
  title: string,
  content: PlotContent,
  drawn: HTMLCanvasElement,
  colors: CanvasColors,
): Promise<void> {
  const shown = content.series.filter(({ isHidden }) => !isHidden);
  const named = shown.slice(0, NAMES_MAX);
  // The canvas has more pixels than its element where the screen does.
  const ratio = drawn.width / Math.max(1, drawn.clientWidth);
  const size = Number.parseFloat(colors.font) * ratio;
  const line = size * 1.7;
  const pad = PADDING * ratio;
  const rest = shown.length - named.length;
  const canvas = document.createElement("canvas");
  canvas.width = drawn.width + 2 * pad;
  canvas.height = drawn.height + 2 * pad + line * (2 + named.length + (rest > 0 ? 1 : 0));
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("The browser could make no picture of it");
  context.fillStyle = colors.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "middle";
  const font = colors.font.replace(/^[\d.]+px/, `${size}px`);
  const write = (text: string, x: number, y: number, color: string): void => {
    context.fillStyle = color;
    context.fillText(text, x, y, canvas.width - x - pad);
  };
  context.font = `bold ${font}`;
  write(title, pad, pad + line / 2, colors.text);
  context.font = font;
  context.drawImage(drawn, pad, pad + line * 1.4);
  const under = pad + line * 2 + drawn.height;
  for (const [index, { name, color, values }] of named.entries()) {
    const y = under + line * index;
    context.fillStyle = colors.of(color);
    context.fillRect(pad, y - ratio, size, 3 * ratio);
    const { avg, max } = statisticsOf(values);
    const numbers = `avg ${formatValue(content.unit, avg)}, max ${formatValue(content.unit, max)}`;
    write(`${visibleTitle(name).slice(0, 120)}   ${numbers}`, pad + size * 1.6, y, colors.muted);
  }
  if (rest > 0)
    write(`and ${rest} more`, pad + size * 1.6, under + line * named.length, colors.muted);
  await savePng(title, canvas);
}
