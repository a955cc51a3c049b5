import type { LogHistogramAnswer } from "#api/contract/logs.ts";
import { formatTime, parseTime } from "#core/time.ts";

/** A stretch of time, both ends included (Unix nanoseconds), and how many records are in it. */
export interface Stretch {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly count: number;
}

/** A stretch among the others: rows are numbered from the newest, which is 0. */
export interface PlacedStretch extends Stretch {
  readonly first: number;
}

/**
 * Which records of a list lie when. A list of a million records is not read through: the counts of its stretches
 * of time say where the row of any number is, so that a page of it can be asked for by its time.
 */
export class LogIndex {
  /** The newest first. */
  private stretches: Stretch[];
  private firsts: number[] = [];
  private sum = 0;

  constructor(
    range: { readonly fromNs: bigint; readonly toNs: bigint },
    histogram: LogHistogramAnswer,
  ) {
    this.stretches = stretchesOf(histogram, range);
    this.number();
  }

  /** Rows in all. */
  get total(): number {
    return this.sum;
  }

  /** The stretch with this row; undefined for a row that there is not. */
  at(row: number): PlacedStretch | undefined {
    if (row < 0 || row >= this.sum) return undefined;
    const place = this.placeOf(row);
    return { ...this.stretches[place]!, first: this.firsts[place]! };
  }

  /** About the first row that is not newer than a time: where to scroll to for it. */
  rowAt(timeNs: bigint): number {
    const place = this.stretches.findIndex(({ fromNs }) => fromNs <= timeNs);
    if (place === -1) return Math.max(0, this.sum - 1);
    const { fromNs, toNs, count } = this.stretches[place]!;
    const spanNs = Number(toNs - fromNs) + 1;
    const share = timeNs >= toNs ? 0 : Number(toNs - timeNs) / spanNs;
    const row = this.firsts[place]! + Math.floor(share * count);
    return Math.max(0, Math.min(row, this.sum - 1));
  }

  /** About the time (Unix milliseconds) of a row, for what is shown while it is not there yet. */
  timeMsAt(row: number): number | undefined {
    const stretch = this.at(row);
    if (stretch === undefined) return undefined;
    const share = (row - stretch.first + 0.5) / stretch.count;
    const spanNs = Number(stretch.toNs - stretch.fromNs);
    return (Number(stretch.toNs) - share * spanNs) / 1e6;
  }

  /** Puts finer counts in the place of a stretch. */
  split(stretch: Stretch, histogram: LogHistogramAnswer): void {
    const place = this.stretches.findIndex(
      ({ fromNs, toNs }) => fromNs === stretch.fromNs && toNs === stretch.toNs,
    );
    if (place === -1) return;
    this.stretches.splice(place, 1, ...stretchesOf(histogram, stretch));
    this.number();
  }

  /** Corrects a count: records may have come since, or gone with their retention. */
  correct(stretch: Stretch, count: number): void {
    const place = this.stretches.findIndex(
      ({ fromNs, toNs }) => fromNs === stretch.fromNs && toNs === stretch.toNs,
    );
    const known = this.stretches[place];
    if (known === undefined || known.count === count) return;
    this.stretches[place] = { ...known, count };
    this.number();
  }

  /** Where the stretch of a row is among all; the row must be one. */
  private placeOf(row: number): number {
    let [low, high] = [0, this.firsts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.firsts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private number(): void {
    this.stretches = this.stretches.filter(({ count }) => count > 0);
    this.sum = 0;
    this.firsts = this.stretches.map(({ count }) => {
      const first = this.sum;
      this.sum += count;
      return first;
    });
  }
}

/** The steps of a histogram as stretches, the newest first, cut to the range. */
function stretchesOf(
  { stepMs, data }: LogHistogramAnswer,
  range: { readonly fromNs: bigint; readonly toNs: bigint },
): Stretch[] {
  const stepNs = BigInt(Math.round(stepMs * 1e6));
  return data
    .map(({ time, count }): Stretch => {
      const startNs = parseTime(time) ?? range.fromNs;
      const endNs = startNs + stepNs - 1n;
      return {
        fromNs: startNs > range.fromNs ? startNs : range.fromNs,
        toNs: endNs < range.toNs ? endNs : range.toNs,
        count,
      };
    })
    .toReversed();
}

/** `from` and `to` of a request for a stretch. */
export function stretchRange({ fromNs, toNs }: Pick<Stretch, "fromNs" | "toNs">): {
  from: string;
  to: string;
} {
  return { from: formatTime(fromNs), to: formatTime(toNs) };
}
