import * as untyped from "@dagrejs/dagre";
import type { CardSize, LayoutRequest } from "./map-graph.ts";

/** A place on the map, in CSS pixels from its top left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything stands, in the order of the request. */
export interface MapLayout {
  readonly width: number;
  readonly height: number;
  /** The middle of each service. */
  readonly nodes: readonly Point[];
  readonly edges: readonly EdgeLayout[];
}

export interface EdgeLayout {
  /** From the edge of the one card to that of the other. */
  readonly points: readonly Point[];
  /** Where its label has room. */
  readonly label: Point;
}

const MARGIN = 24;
/** Between cards above each other, as a share of their height; and between layers, in pixels. */
const GAP_SHARE = 0.45;
const RANK_GAP = 84;
const COLUMN_GAP = 22;
/** Of the cards alone; the gaps between layers, and columns that are not full, make the map wider. */
const FOLDED_ASPECT = 0.75;
const LABEL = { width: 64, height: 20 } as const;
/** A line leaves and reaches a card at the middle of a side, and goes straight on for so long. */
const STUB = 16;
/** From so many services on the ranks are found in a simpler way: the better one takes seconds. */
const SIMPLE_FROM = 150;

/** What dagre writes into what it was given. */
interface Placed extends Point {
  readonly width: number;
  readonly height: number;
}
interface Routed extends Partial<Point> {
  readonly points: readonly Point[];
}

/** The part of dagre that is used; the types that come with it cannot be read by TypeScript's own rules. */
interface MapGraph {
  setGraph(settings: object): void;
  graph(): { readonly width?: number; readonly height?: number };
  setNode(name: string, size: Placed): void;
  node(name: string): Placed;
  setEdge(from: string, to: string, label: object): void;
  edge(from: string, to: string): Routed;
}
const dagre = untyped as unknown as {
  readonly Graph: new () => MapGraph;
  readonly layout: (graph: MapGraph) => void;
};

/** Lays the map out in layers from left to right, callers before what they call; the same for the same map. */
export function layOut(request: LayoutRequest): MapLayout {
  const { card, services, edges, hasLabels } = request;
  const graph = new dagre.Graph();
  const alone = new Set(request.alone);
  graph.setGraph({
    rankdir: "LR",
    nodesep: gapOf(card),
    edgesep: gapOf(card) / 2,
    ranksep: hasLabels ? RANK_GAP / 2 : RANK_GAP,
    marginx: MARGIN,
    marginy: MARGIN,
    ranker: services > SIMPLE_FROM ? "longest-path" : "network-simplex",
  });
  const all = Array.from({ length: services }, (_, place) => place);
  for (const place of all)
    if (!alone.has(place)) graph.setNode(String(place), { ...card, x: 0, y: 0 });
  const label = hasLabels ? { ...LABEL, labelpos: "c" } : {};
  for (const { from, to, isRouted } of edges)
    if (isRouted) graph.setEdge(String(from), String(to), { points: [], ...label });
  if (edges.length > 0) dagre.layout(graph);
  const connected = new Map(
    all
      .filter((place) => !alone.has(place))
      .map((place) => [place, pointOf(graph.node(String(place)))]),
  );
  const layers = request.isFolded ? folded(connected, card) : connected;
  const size = sizeOf(layers, card, edges.length === 0 ? {} : graph.graph(), request.isFolded);
  const rows = rowsOf(request, size);
  const places = all.map((place) => rows.places.get(place) ?? layers.get(place)!);
  return {
    width: Math.max(size.width, rows.width),
    height: rows.height,
    nodes: places,
    edges: edges.map(({ from, to, isRouted }) => {
      const [start, end] = [places[from]!, places[to]!];
      const isLed = isRouted && !request.isFolded;
      return isLed
        ? led(graph.edge(String(from), String(to)), start, end, card)
        : straight(start, end, card);
    }),
  };
}

/** What the layers take: as dagre says, or once they are folded, as far as their cards reach. */
function sizeOf(
  layers: ReadonlyMap<number, Point>,
  card: CardSize,
  { width = 0, height = 0 }: { readonly width?: number; readonly height?: number },
  isFolded: boolean,
): { width: number; height: number } {
  if (!isFolded || layers.size === 0) return { width, height };
  const places = [...layers.values()];
  return {
    width: Math.max(...places.map(({ x }) => x)) + card.width / 2 + MARGIN,
    height: Math.max(...places.map(({ y }) => y)) + card.height / 2 + MARGIN,
  };
}

/**
 * The same layers, each of many cards in as many columns as it takes for the whole to be about as high as it
 * is wide; the order within a layer is kept, column after column.
 */
function folded(places: ReadonlyMap<number, Point>, card: CardSize): Map<number, Point> {
  const layers = new Map<number, number[]>();
  for (const [place, { x }] of [...places].toSorted(([, left], [, right]) => left.y - right.y)) {
    const layer = layers.get(Math.round(x));
    if (layer === undefined) layers.set(Math.round(x), [place]);
    else layer.push(place);
  }
  const stepY = card.height + gapOf(card);
  const columnWidth = card.width + COLUMN_GAP;
  const perColumn = Math.ceil(Math.sqrt((places.size * columnWidth) / stepY / FOLDED_ASPECT));
  const found = new Map<number, Point>();
  let left = MARGIN;
  for (const [, layer] of [...layers].toSorted(([one], [other]) => one - other)) {
    const columns = Math.ceil(layer.length / perColumn);
    const rows = Math.ceil(layer.length / columns);
    const top = MARGIN + ((perColumn - rows) * stepY) / 2;
    for (const [index, place] of layer.entries()) {
      found.set(place, {
        x: left + Math.floor(index / rows) * columnWidth + card.width / 2,
        y: top + (index % rows) * stepY + card.height / 2,
      });
    }
    left += columns * columnWidth - COLUMN_GAP + RANK_GAP;
  }
  return found;
}

function pointOf({ x, y }: Point): Point {
  return { x, y };
}

/** A line around the cards as dagre found it, between the middles of the sides that face each other. */
function led(route: Routed, from: Point, to: Point, card: CardSize): EdgeLayout {
  const { points, label } = straight(from, to, card);
  const inner = route.points.slice(1, -1).map(pointOf);
  const middle = inner[Math.floor(inner.length / 2)] ?? label;
  return {
    points: [...points.slice(0, 2), ...inner, ...points.slice(2)],
    label: { x: route.x ?? middle.x, y: route.y ?? middle.y },
  };
}

/** A line straight across the map, between the middles of the sides that face each other. */
function straight(from: Point, to: Point, card: CardSize): EdgeLayout {
  const side = to.x >= from.x ? card.width / 2 : -card.width / 2;
  const [start, end] = [
    { x: from.x + side, y: from.y },
    { x: to.x - side, y: to.y },
  ];
  const bend = Math.sign(side) * STUB;
  const points = [start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end];
  return { points, label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
}

function gapOf({ height }: CardSize): number {
  return Math.round(height * GAP_SHARE);
}

/** Services without calls, in rows below the others, as wide as those. */
function rowsOf(
  { card, alone }: LayoutRequest,
  above: { width: number; height: number },
): { places: ReadonlyMap<number, Point>; width: number; height: number } {
  const places = new Map<number, Point>();
  if (alone.length === 0) return { places, ...above };
  const { width, height } = card;
  const gap = gapOf(card);
  const [stepX, stepY] = [width + gap, height + gap];
  const square = Math.ceil(Math.sqrt(alone.length * (stepY / stepX) * 2)) * stepX;
  const room = Math.max(above.width - 2 * MARGIN, square);
  const perRow = Math.max(1, Math.floor((room + gap) / stepX));
  const top = Math.max(MARGIN, above.height);
  for (const [index, place] of alone.entries()) {
    const [column, row] = [index % perRow, Math.floor(index / perRow)];
    places.set(place, {
      x: MARGIN + column * stepX + width / 2,
      y: top + row * stepY + height / 2,
    });
  }
  const columns = Math.min(perRow, alone.length);
  const rows = Math.ceil(alone.length / perRow);
  return {
    places,
    width: 2 * MARGIN + columns * stepX - gap,
    height: top + rows * stepY - gap + MARGIN,
  };
}
