/** Colours before they repeat; the tokens `--series-1` … of styles.css. */
const COLORS = 20;
const seen = new Map<string, number>();

/**
 * The colour of a service: given out in the order in which names are first seen, since hashing would give
 * two services of one page the same colour. It stays while the page is open.
 */
export function serviceColor(service: string): string {
  let place = seen.get(service);
  if (place === undefined) {
    place = seen.size;
    seen.set(service, place);
  }
  return `var(--series-${(place % COLORS) + 1})`;
}
