import type { Series } from "#core/attributes.ts";

/**
 * What a destination remembers of each series. Memory is bounded by the weight of all values: the series that
 * was remembered the longest ago goes first.
 */
export class SeriesMemory<T> {
  readonly #values = new Map<string, T>();
  readonly #weightMax: number;
  readonly #weightOf: (value: T) => number;
  #weight = 0;

  constructor(weightMax: number, weightOf: (value: T) => number) {
    this.#weightMax = weightMax;
    this.#weightOf = weightOf;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    this.#forget(key);
    this.#values.set(key, value);
    this.#weight += this.#weightOf(value);
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#weightMax) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#weight -= this.#weightOf(value);
    this.#values.delete(key);
  }
}

/** Names a series among those of all organizations. */
export function seriesKey(org: string, { id }: Series): string {
  return `${id.high.toString(36)}.${id.low.toString(36)} ${org}`;
}
