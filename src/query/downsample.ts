import type { Downsampling } from "#core/vocabulary.ts";
import type { PointValue } from "./metric-points.ts";
import type { TimeRange } from "./time-range.ts";

/** A point of a line, by the start of its step. */
interface Sample {
  readonly stepNs: bigint;
  readonly value: PointValue;
}

/**
 * Thins out the points of a line, which are in order of time, for a screen of `pixels` columns over the range.
 * `minmax` gives at most two for each pixel, `avg` one, `lttb` as many as there are pixels. A line that has no more
 * is given as it is. Only `avg` makes values that were not there, at the first time of their pixel.
 */
export function downsample<Point extends Sample>(
  points: readonly Point[],
  { method, pixels }: { readonly method: Downsampling; readonly pixels: number },
  range: TimeRange,
): readonly Point[] {
  switch (method) {
    case "minmax":
      return points.length <= 2 * pixels
        ? points
        : byPixel(points, pixels, range).flatMap(extremes);
    case "avg":
      return points.length <= pixels ? points : byPixel(points, pixels, range).map(average);
    case "lttb":
      return points.length <= pixels ? points : largestTriangles(points, pixels);
  }
}

function byPixel<Point extends Sample>(
  points: readonly Point[],
  pixels: number,
  { fromNs, toNs }: TimeRange,
): Point[][] {
  const perPixel = Math.max(1, Number(toNs - fromNs) / pixels);
  const groups: Point[][] = [];
  let last = -1;
  for (const point of points) {
    // The first step may begin before the range.
    const pixel = Math.min(
      pixels - 1,
      Math.max(0, Math.floor(Number(point.stepNs - fromNs) / perPixel)),
    );
    if (pixel === last) groups.at(-1)!.push(point);
    else groups.push([point]);
    last = pixel;
  }
  return groups;
}

/** The points with the least and the greatest value, in order of time; one that is no number yields to all. */
function extremes<Point extends Sample>(points: readonly Point[]): Point[] {
  let [least, most] = [0, 0];
  for (let at = 1; at < points.length; at++) {
    const value = Number(points[at]!.value);
    if (value < Number(points[least]!.value) || isNotNumber(points[least]!)) least = at;
    if (value > Number(points[most]!.value) || isNotNumber(points[most]!)) most = at;
  }
  const kept = least === most ? [least] : [Math.min(least, most), Math.max(least, most)];
  return kept.map((at) => points[at]!);
}

function isNotNumber({ value }: Sample): boolean {
  return Number.isNaN(Number(value));
}

function average<Point extends Sample>(points: readonly Point[]): Point {
  if (points.length === 1) return points[0]!;
  const values = points.map(({ value }) => Number(value));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { ...points[0]!, value: Number.isFinite(mean) ? mean : String(mean) };
}

/**
 * Largest triangle, three buckets (Steinarsson 2013): the first and the last point, and of each bucket between them
 * the point that makes the largest triangle with the one chosen before it and the average of the next bucket.
 */
function largestTriangles<Point extends Sample>(points: readonly Point[], wanted: number): Point[] {
  if (wanted < 3) return [points[0]!, points.at(-1)!].slice(0, wanted);
  const startNs = points[0]!.stepNs;
  const times = points.map(({ stepNs }) => Number(stepNs - startNs));
  const values = points.map(({ value }) => Number(value));
  const every = (points.length - 2) / (wanted - 2);
  const kept = [points[0]!];
  let chosen = 0;
  for (let bucket = 0; bucket < wanted - 2; bucket++) {
    const from = Math.floor(bucket * every) + 1;
    const to = Math.floor((bucket + 1) * every) + 1;
    const nextTo = Math.min(points.length, Math.floor((bucket + 2) * every) + 1);
    const [meanTime, meanValue] = [mean(times, to, nextTo), mean(values, to, nextTo)];
    let largest = -1;
    let best = from;
    for (let at = from; at < to; at++) {
      const area = Math.abs(
        (times[chosen]! - meanTime) * (values[at]! - values[chosen]!) -
          (times[chosen]! - times[at]!) * (meanValue - values[chosen]!),
      );
      // What has no area, being no number, is never larger.
      if (area > largest) [largest, best] = [area, at];
    }
    kept.push(points[best]!);
    chosen = best;
  }
  kept.push(points.at(-1)!);
  return kept;
}

function mean(numbers: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += numbers[at]!;
  return sum / (to - from);
}
