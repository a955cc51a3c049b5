import { QUERY_LIMITS } from "#core/limits.ts";

/** How many traces a search found in a second of the time that it looked at; unknown until it has looked. */
export interface Pace {
  tracesPerSecond?: number;
}

/**
 * How densely what was searched for before lies in time, so that the next search for the like, such
 * as a page that asks again every few seconds, looks at the right stretch at once. Bounded in number:
 * the one that was wanted longest ago is forgotten.
 */
export class SearchPaces {
  private readonly paces = new Map<string, Pace>();

  /** The pace of searches of one kind, to be read before and written after a look. */
  of(org: string, kind: readonly unknown[]): Pace {
    const key = JSON.stringify([org, ...kind]);
    const pace = this.paces.get(key) ?? {};
    this.paces.delete(key);
    this.paces.set(key, pace);
    if (this.paces.size > QUERY_LIMITS.searchPacesMax)
      this.paces.delete(this.paces.keys().next().value!);
    return pace;
  }
}
