import type { SpanTree } from "./span-tree.ts";
import type { TimeRange } from "./time-ticks.ts";

/** The time that an axis shows, by the address: that of a row by its key, or `12.5-80` in milliseconds. */
export function zoomRange(tree: SpanTree, zoom: string | undefined): TimeRange {
  const whole = { startMs: 0, durationMs: tree.durationMs };
  if (zoom === undefined) return whole;
  const row = tree.byKey.get(zoom);
  if (row !== undefined) return { startMs: row.offsetMs, durationMs: row.durationMs };
  const [, from, to] = /^(\d{1,15}(?:\.\d{1,6})?)-(\d{1,15}(?:\.\d{1,6})?)$/.exec(zoom) ?? [];
  const startMs = Number(from);
  const durationMs = Math.min(Number(to), tree.durationMs) - startMs;
  return durationMs > 0 ? { startMs, durationMs } : whole;
}

/** The narrowest stretch that can be chosen: at a millionth of the trace nothing more is told apart. */
const SHARE_MIN = 1e-6;

/** A stretch as it stands in the address; undefined for the whole trace. Kept within it, and not empty. */
export function formatZoom(tree: SpanTree, startMs: number, endMs: number): string | undefined {
  const least = Math.max(tree.durationMs * SHARE_MIN, 1e-6);
  const from = Math.min(Math.max(0, Math.min(startMs, endMs)), tree.durationMs - least);
  const to = Math.max(from + least, Math.min(tree.durationMs, Math.max(startMs, endMs)));
  if (from <= 0 && to >= tree.durationMs) return undefined;
  return `${decimal(from)}-${decimal(to)}`;
}

function decimal(ms: number): string {
  return String(Number(Math.max(0, ms).toFixed(6)));
}

/** A stretch `factor` times as long, in which `atMs` keeps its place. */
export function zoomedBy(range: TimeRange, factor: number, atMs: number): [number, number] {
  const before = (atMs - range.startMs) * factor;
  return [atMs - before, atMs - before + range.durationMs * factor];
}
