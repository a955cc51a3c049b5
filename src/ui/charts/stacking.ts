/**
 * One series of a chart; a value for each of its times. Null is a gap; undefined is a time at which nothing was
 * to be expected, over which a line goes on.
 */
export interface ChartSeries {
  /** As its sender calls it; shown with what is hidden in it made visible. */
  readonly name: string;
  readonly values: readonly ChartValue[];
  /** A colour of CSS, such as `var(--bad)`; else the next of the chart's that is free. */
  readonly color?: string | undefined;
  /** For what is there to be compared with. */
  readonly isDashed?: boolean | undefined;
}

/**
 * The upper edges of series that are put on each other, the first at the bottom. A series adds nothing where it
 * has no value; where none has one, there is a gap. Hidden series are not counted and have no edge.
 */
export function stacked(
  series: readonly ChartSeries[],
  isHidden: (index: number) => boolean,
): (number | null)[][] {
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  const sums = new Float64Array(length);
  const present = new Uint8Array(length);
  for (const [index, { values }] of series.entries()) {
    if (isHidden(index)) continue;
    for (let at = 0; at < values.length; at++) if (Number.isFinite(values[at])) present[at] = 1;
  }
  return series.map(({ values }, index) => {
    const edge: (number | null)[] = Array.from({ length }, () => null);
    if (isHidden(index)) return edge;
    // Where a line would go on, the area does so at its last height.
    let before = 0;
    for (let at = 0; at < length; at++) {
      if (present[at] === 0) continue;
      const value = values[at] === undefined ? before : (values[at] ?? 0);
      before = Number.isFinite(value) ? value : 0;
      sums[at]! += before;
      edge[at] = sums[at]!;
    }
    return edge;
  });
}

export type ChartValue = number | null | undefined;

/** What a legend tells of a series; null where it has no values. */
export interface SeriesStatistics {
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly avg: number | null;
}

/** Over the finite values of a series. */
export function statisticsOf(values: readonly ChartValue[]): SeriesStatistics {
  let count = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let last: number | null = null;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
    last = value;
  }
  return count === 0
    ? { last, min: null, max: null, avg: null }
    : { last, min, max, avg: sum / count };
}

/** The place in ascending `times` that is nearest to `time`; -1 where there are none. */
export function nearestPlace(times: ArrayLike<number>, time: number): number {
  const after = firstAfter(times, time);
  if (after === 0) return times.length === 0 ? -1 : 0;
  if (after === times.length) return after - 1;
  return times[after]! - time < time - times[after - 1]! ? after : after - 1;
}

/** The last place in ascending `times` that is not after `time`, for values that hold until the next. */
export function placeBefore(times: ArrayLike<number>, time: number): number {
  return times.length === 0 ? -1 : Math.max(0, firstAfter(times, time) - 1);
}

function firstAfter(times: ArrayLike<number>, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
