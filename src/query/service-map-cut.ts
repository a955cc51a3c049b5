/** One direction of calls between two services; more fields are carried through. */
export interface Call {
  readonly source: string;
  readonly target: string;
  readonly requests: number;
}

export interface MapBounds {
  /** The service in the middle: only what is within `depth` calls of it is kept, whichever way they go. */
  readonly focus?: string | undefined;
  readonly depth: number;
  readonly servicesMax: number;
  readonly callsMax: number;
}

export interface CutMap<C extends Call> {
  readonly services: ReadonlySet<string>;
  readonly calls: readonly C[];
  /** What was within the depth, and is left out for its number. */
  readonly omitted: { readonly services: number; readonly calls: number };
}

/**
 * As much of a map as can be looked at: the services nearest to the focus, among equals the busiest; without
 * a focus the busiest of all. Calls are kept between services that are, the busiest first. A focus that is
 * not there has nothing near it.
 *
 * @param alone services that may have no call; they come last.
 */
export function cutMap<C extends Call>(
  calls: readonly C[],
  alone: readonly string[],
  bounds: MapBounds,
): CutMap<C> {
  const busy = busynessOf(calls);
  for (const service of alone) if (!busy.has(service)) busy.set(service, 0);
  const { focus } = bounds;
  const distances =
    focus === undefined ? undefined : distancesOf(calls, busy.has(focus) ? [focus] : []);
  const near =
    distances === undefined
      ? [...busy.keys()]
      : [...distances.keys()].filter((service) => distances.get(service)! <= bounds.depth);
  const rank = (service: string): number => distances?.get(service) ?? 0;
  const ordered = near.toSorted(
    (left, right) =>
      rank(left) - rank(right) ||
      (busy.get(right) ?? 0) - (busy.get(left) ?? 0) ||
      (left < right ? -1 : 1),
  );
  const within = new Set(near);
  const services = new Set(ordered.slice(0, bounds.servicesMax));
  const isBetween = (of: ReadonlySet<string>, { source, target }: C): boolean =>
    of.has(source) && of.has(target);
  const inReach = calls.filter((call) => isBetween(within, call));
  const kept = inReach
    .filter((call) => isBetween(services, call))
    .toSorted((left, right) => right.requests - left.requests)
    .slice(0, bounds.callsMax);
  return {
    services,
    calls: kept,
    omitted: { services: near.length - services.size, calls: inReach.length - kept.length },
  };
}

/** Requests that each service makes or takes. */
function busynessOf(calls: readonly Call[]): Map<string, number> {
  const busy = new Map<string, number>();
  for (const { source, target, requests } of calls) {
    busy.set(source, (busy.get(source) ?? 0) + requests);
    busy.set(target, (busy.get(target) ?? 0) + requests);
  }
  return busy;
}

/** How many calls away each service is that can be reached from `starts`, which are themselves 0 away. */
function distancesOf(calls: readonly Call[], starts: readonly string[]): Map<string, number> {
  const neighbours = new Map<string, string[]>();
  const join = (from: string, to: string): void => {
    const known = neighbours.get(from);
    if (known === undefined) neighbours.set(from, [to]);
    else known.push(to);
  };
  for (const { source, target } of calls) {
    join(source, target);
    join(target, source);
  }
  const distances = new Map(starts.map((start) => [start, 0]));
  // A map is walked in the order in which it grows: nearest first.
  for (const [service, distance] of distances) {
    for (const next of neighbours.get(service) ?? [])
      if (!distances.has(next)) distances.set(next, distance + 1);
  }
  return distances;
}
