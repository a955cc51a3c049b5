/** The steps that lines have in common: `count` of them, each `stepMs` long, the first from `firstMs` (Unix). */
export interface StepGrid {
  readonly firstMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** A line of a metric query with a value for each step of a grid, null where there is none. */
export interface AlignedLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
}

/** The steps that a time range touches; steps are counted from 1970, so that all queries of a range share them. */
export function gridOf(fromMs: number, toMs: number, stepMs: number): StepGrid {
  const firstMs = Math.floor(fromMs / stepMs) * stepMs;
  return { firstMs, stepMs, count: Math.max(0, Math.floor((toMs - firstMs) / stepMs) + 1) };
}

/** Puts points in their steps. What lies outside of the grid, or is no finite number, is left out. */
export function alignPoints(
  points: Iterable<readonly [timeMs: number, value: number]>,
  { firstMs, stepMs, count }: StepGrid,
): (number | null)[] {
  const values: (number | null)[] = Array.from({ length: count }, () => null);
  for (const [timeMs, value] of points) {
    const place = Math.floor((timeMs - firstMs) / stepMs);
    if (place >= 0 && place < count && Number.isFinite(value)) values[place] = value;
  }
  return values;
}
