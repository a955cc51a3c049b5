import { requestRange, rangeSearch, rangeOf, searchOf } from "./time-range.ts";
import { parseSearch, stringifySearch } from "./search-text.ts";

/**
 * The address of what is shown, for somebody else: a range up to now becomes the moments that it means now, in
 * UTC, and nothing is said of being paused. A page that looks at no range is given none.
 */
export function sharedAddress(address: URL, isRanged: boolean, nowMs: number): string {
  const { live: _, ...search } = parseSearch(address.search);
  const range = rangeOf(rangeSearch(search));
  const part = isRanged ? { range: undefined, ...requestRange(range, nowMs) } : NO_RANGE;
  return `${address.origin}${address.pathname}${stringifySearch({ ...search, ...part })}`;
}

const NO_RANGE = { range: undefined, from: undefined, to: undefined };

/** Path and query of what is shown, to come back to: a range up to now stays one. */
export function keptAddress(address: URL): string {
  const { live: _, ...search } = parseSearch(address.search);
  const range = rangeSearch(search);
  const part = Object.keys(range).length === 0 ? NO_RANGE : searchOf(rangeOf(range));
  return `${address.pathname}${stringifySearch({ ...search, ...part })}`;
}
