import type { ServiceMapAnswer, ServiceNode } from "#api/contract/services.ts";

/** What is drawn of a map, without its figures: it is laid out anew only when this changes. */
export interface MapShape {
  /** In the order of their names, so that the same map is always laid out the same. */
  readonly services: readonly string[];
  readonly calls: readonly MapCall[];
}

export interface MapCall {
  readonly source: string;
  readonly target: string;
}

/** What the layout works on: places in lists instead of names, since a sender may call a service `__proto__`. */
export interface LayoutRequest {
  readonly services: number;
  readonly card: CardSize;
  /** `isRouted`: its way is found around the cards. Each takes time; the others are drawn straight across. */
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly isRouted: boolean;
  }[];
  /** Services without a call, which stand in rows below all others. */
  readonly alone: readonly number[];
  /** Room for a label on each call. */
  readonly hasLabels: boolean;
  /** Many services: layers of many cards are folded into several columns, and lines go straight across. */
  readonly isFolded: boolean;
}

/** CSS pixels of a service's card. */
export interface CardSize {
  readonly width: number;
  readonly height: number;
}

const CARD: CardSize = { width: 208, height: 58 };
/** Only a name and its health: a map of many services would be as high as a tower. */
const SMALL_CARD: CardSize = { width: 170, height: 32 };
const LARGE_CARDS_MAX = 80;

/** The size of the cards of a map. */
export function cardSize({ services }: MapShape): CardSize {
  return services.length > LARGE_CARDS_MAX ? SMALL_CARD : CARD;
}

/** Whether the cards have room for figures; in small ones they are told on hover. */
export function hasFigures(shape: MapShape): boolean {
  return cardSize(shape) === CARD;
}

/** Calls beyond one for each service that are led around the cards: with a thousand it would take minutes. */
const ROUTED_MORE = 100;

const LABELS_MAX = 60;

/** Whether each call has room for its figures; with too many, they are told on hover. */
export function hasLabels({ calls }: MapShape): boolean {
  return calls.length <= LABELS_MAX;
}

/** The services and calls of an answer. Calls that a service makes to itself are told in its panel, not drawn. */
export function shapeOf({ nodes, data }: Pick<ServiceMapAnswer, "nodes" | "data">): MapShape {
  const services = nodes.map(({ service }) => service).toSorted(byText);
  const known = new Set(services);
  const calls = data
    .filter(({ source, target }) => source !== target && known.has(source) && known.has(target))
    .map(({ source, target }) => ({ source, target }))
    .toSorted(
      (left, right) => byText(left.source, right.source) || byText(left.target, right.target),
    );
  return { services, calls };
}

function byText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * Whether all of `shape` has its place in a layout that was made for `laidOut`. What is only gone leaves a gap,
 * and everything else stands where it stood: a call that comes now and then must not move the map.
 */
export function isWithin(shape: MapShape, laidOut: MapShape): boolean {
  const services = new Set(laidOut.services);
  const calls = new Set(laidOut.calls.map(callKey));
  return (
    shape.services.every((service) => services.has(service)) &&
    shape.calls.every((call) => calls.has(callKey(call)))
  );
}

/** One text for a call, whatever the services are called. */
export function callKey({ source, target }: MapCall): string {
  return JSON.stringify([source, target]);
}

export function layoutRequest(shape: MapShape): LayoutRequest {
  const places = new Map(shape.services.map((service, place) => [service, place]));
  const ends = shape.calls.map(({ source, target }) => ({
    from: places.get(source)!,
    to: places.get(target)!,
  }));
  const routed = routedOf(ends);
  const edges = ends.map((edge) => ({ ...edge, isRouted: routed.has(edge) }));
  const called = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return {
    services: shape.services.length,
    card: cardSize(shape),
    edges,
    alone: [...places.values()].filter((place) => !called.has(place)),
    hasLabels: hasLabels(shape),
    isFolded: !hasFigures(shape),
  };
}

/** The first call to each service, by which it finds its place, and as many others as there is time for. */
function routedOf<Edge extends { readonly to: number }>(edges: readonly Edge[]): ReadonlySet<Edge> {
  const found = new Set<number>();
  const first = edges.filter(({ to }) => !found.has(to) && found.add(to));
  const routed = new Set(first);
  for (const edge of edges) {
    if (routed.size >= first.length + ROUTED_MORE) break;
    routed.add(edge);
  }
  return routed;
}

/** Lines from thin to thick: by the logarithm, since the busiest calls are thousands of times the rarest. */
export function edgeWidth(requestsPerSecond: number, most: number): number {
  if (requestsPerSecond <= 0 || most <= 0) return 1;
  return (
    1.25 + 4.25 * (Math.log1p(requestsPerSecond) / Math.log1p(Math.max(most, requestsPerSecond)))
  );
}

/** The nodes by name. */
export function nodesByName(nodes: readonly ServiceNode[]): ReadonlyMap<string, ServiceNode> {
  return new Map(nodes.map((node) => [node.service, node]));
}
