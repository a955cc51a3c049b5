import type { MetricBatch } from "#core/metric-batch.ts";
import type { RowsByDay } from "./rows-by-day.ts";

/**
 * Which point of a record each of its exemplars is of, both in the order in which they are written:
 * the number points of all days, and then the histogram points of all days, are numbered from 0.
 */
export function pointsOfExemplars(
  numbers: RowsByDay<MetricBatch>,
  histograms: RowsByDay<MetricBatch>,
  exemplars: RowsByDay<MetricBatch>,
): number[] {
  const places = new Map<MetricBatch, { numbers: Int32Array; histograms: Int32Array }>();
  const placesOf = (batch: MetricBatch): { numbers: Int32Array; histograms: Int32Array } => {
    let found = places.get(batch);
    if (found === undefined) {
      const [ofNumbers, ofHistograms] = [batch.numbers.rows, batch.histograms.rows];
      found = { numbers: new Int32Array(ofNumbers), histograms: new Int32Array(ofHistograms) };
      places.set(batch, found);
    }
    return found;
  };
  let next = 0;
  forEachRun(numbers, (batch, from, to) => {
    const { numbers: of } = placesOf(batch);
    for (let row = from; row < to; row++) of[row] = next++;
  });
  forEachRun(histograms, (batch, from, to) => {
    const { histograms: of } = placesOf(batch);
    for (let row = from; row < to; row++) of[row] = next++;
  });
  const points: number[] = [];
  forEachRun(exemplars, (batch, from, to) => {
    const of = placesOf(batch);
    for (const point of batch.exemplars.points.values.subarray(from, to))
      points.push(point < 0 ? of.histograms[~point]! : of.numbers[point]!);
  });
  return points;
}

function forEachRun(
  days: RowsByDay<MetricBatch>,
  visit: (batch: MetricBatch, from: number, to: number) => void,
): void {
  for (const parts of days.values()) {
    for (const { batch, runs } of parts)
      for (let r = 0; r < runs.length; r += 2) visit(batch, runs[r]!, runs[r + 1]!);
  }
}
