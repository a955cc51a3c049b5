import { SeriesMemory } from "#pipeline/delivery/series-memory.ts";

/** A cumulative value as it was at a moment. Times are Unix nanoseconds, `startNs` 0 when it is not known. */
export interface Cumulative<T> {
  readonly timeNs: bigint;
  readonly startNs: bigint;
  readonly value: T;
}

/** What came since the value before; `reset` when counting began anew, `unknown` when it cannot be told. */
export type Difference<T> = { readonly since: T } | "reset" | "unknown";

export interface Delta<T> {
  /** Undefined when there is nothing to send: the first value of a series, or one that was sent already. */
  readonly value: T | undefined;
  /** From when on it counts; 0 when that is not known. */
  readonly startNs: bigint;
  /** To be called once the value was taken: the next one counts from it on. */
  readonly settle: () => void;
}

const NOTHING = { value: undefined, startNs: 0n, settle: () => {} } as const;

/**
 * Makes deltas of cumulative values, series by series. Memory is bounded by the weight of all values
 * that are remembered: the next value of a series that was forgotten is a first one again.
 */
export class Deltas<T> {
  readonly #last: SeriesMemory<Cumulative<T>>;

  constructor(weightMax: number, weightOf: (value: T) => number) {
    this.#last = new SeriesMemory(weightMax, ({ value }) => weightOf(value));
  }

  get weight(): number {
    return this.#last.weight;
  }

  /** What of one delivery is told apart from what was settled, so that it can be sent again. */
  begin(): DeltaPass<T> {
    return new DeltaPass(
      (key) => this.#last.get(key),
      (key, now) => this.#remember(key, now),
    );
  }

  #remember(key: string, now: Cumulative<T>): void {
    const last = this.#last.get(key);
    if (last === undefined || last.timeNs < now.timeNs) this.#last.set(key, now);
  }
}

/** One look at the values of a delivery, in order. */
export class DeltaPass<T> {
  readonly #seen = new Map<string, Cumulative<T>>();
  readonly #known: (key: string) => Cumulative<T> | undefined;
  readonly #remember: (key: string, now: Cumulative<T>) => void;

  constructor(
    known: (key: string) => Cumulative<T> | undefined,
    remember: (key: string, now: Cumulative<T>) => void,
  ) {
    this.#known = known;
    this.#remember = remember;
  }

  next(key: string, now: Cumulative<T>, subtract: (now: T, before: T) => Difference<T>): Delta<T> {
    const pending = this.#seen.get(key);
    const before = pending ?? this.#known(key);
    if (before !== undefined && now.timeNs <= before.timeNs) return NOTHING;
    this.#seen.set(key, now);
    const settle = (): void => this.#remember(key, now);
    const isRestarted = before !== undefined && now.startNs > before.startNs && before.startNs > 0n;
    const difference =
      before === undefined ? "unknown" : isRestarted ? "reset" : subtract(now.value, before.value);
    if (difference === "unknown") {
      // There is nothing that could fail. Where values before it may, those are to be told apart again.
      if (pending === undefined) settle();
      return NOTHING;
    }
    if (difference === "reset") return { value: now.value, startNs: now.startNs, settle };
    return { value: difference.since, startNs: before!.timeNs, settle };
  }
}
