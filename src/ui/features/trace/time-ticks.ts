/** A stretch of a trace, in milliseconds from its start. */
export interface TimeRange {
  readonly startMs: number;
  readonly durationMs: number;
}

/** The room beside an axis over the whole width, and for a scroll bar: the same of all that stand above each other. */
export const TIME_ROOM = "px-3 [scrollbar-gutter:stable]";

/** Round moments for an axis of `durationMs` with room for about `count` of them; the first is 0. */
export function timeTicks(durationMs: number, count: number): number[] {
  if (!(durationMs > 0) || count < 1) return [0];
  const rough = durationMs / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks: number[] = [];
  // From a whole number each time: adding up would gather rounding.
  for (let tick = 0; tick * step < durationMs * 0.995; tick++) ticks.push(tick * step);
  return ticks;
}
