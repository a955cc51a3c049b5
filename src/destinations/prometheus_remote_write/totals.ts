import { SeriesMemory } from "#pipeline/delivery/series-memory.ts";

/** What the deltas of a series add up to since counting began. Times are Unix nanoseconds. */
export interface Total<T> {
  readonly startNs: bigint;
  /** Of the newest delta. */
  readonly timeNs: bigint;
  readonly value: T;
}

/** A delta; a start of 0 is not known. */
export type Delta<T> = Total<T>;

/** What both count together; undefined where they cannot be added up. */
export type Add<T> = (total: T, delta: T) => T | undefined;

/**
 * Adds up the deltas of series. Memory is bounded by the weight of all totals: a series that was forgotten
 * counts anew, from a later start, as after a restart of its sender.
 */
export class Totals<T> {
  private readonly memory: SeriesMemory<Total<T>>;
  private readonly add: Add<T>;

  constructor(weightMax: number, weightOf: (value: T) => number, add: Add<T>) {
    this.memory = new SeriesMemory(weightMax, ({ value }) => weightOf(value));
    this.add = add;
  }

  get weight(): number {
    return this.memory.weight;
  }

  /** What of one delivery is added up apart from what was settled, so that it can be sent again. */
  begin(): TotalsPass<T> {
    return new TotalsPass(this.memory, this.add);
  }
}

/** The deltas of one delivery, those of each series in the order of time. */
export class TotalsPass<T> {
  private readonly memory: SeriesMemory<Total<T>>;
  private readonly add: Add<T>;
  private readonly seen = new Map<string, Total<T>>();

  constructor(memory: SeriesMemory<Total<T>>, add: Add<T>) {
    this.memory = memory;
    this.add = add;
  }

  /**
   * The total with a delta in it. Undefined for one that is no newer than what was said of the series: it
   * counts, but shows in the next total only.
   */
  next(key: string, delta: Delta<T>): Total<T> | undefined {
    const before = this.seen.get(key) ?? this.memory.get(key);
    const value = before === undefined ? undefined : this.add(before.value, delta.value);
    if (before === undefined || value === undefined) {
      const first = { ...delta, startNs: delta.startNs === 0n ? delta.timeNs : delta.startNs };
      this.seen.set(key, first);
      return first;
    }
    const isNewer = delta.timeNs > before.timeNs;
    const total = { ...before, value, timeNs: isNewer ? delta.timeNs : before.timeNs };
    this.seen.set(key, total);
    return isNewer ? total : undefined;
  }

  /** To be called once the totals were taken: the next ones go on from them. */
  settle(): void {
    for (const [key, total] of this.seen) this.memory.set(key, total);
  }
}
