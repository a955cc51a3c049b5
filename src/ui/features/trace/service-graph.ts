import type { LinkedSpan } from "#api/contract/one-trace.ts";
import { hasFailed, type SpanRow, type SpanTree } from "./span-tree.ts";

/** A service of the trace, and what it did in it. */
export interface GraphNode {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
  readonly selfMs: number;
  /** Of its spans, the one with the most time of its own. */
  readonly row: SpanRow;
  /** Its column: calls from service to service on the shortest way from the root. */
  readonly level: number;
}

/** Calls from one service to another. */
export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
}

export interface ServiceGraph {
  readonly nodes: readonly GraphNode[];
  /** The most calls first. */
  readonly edges: readonly GraphEdge[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The services of a trace and the calls between them; spans that follow each other in one service are no call. */
export function serviceGraph(tree: SpanTree, selfMs: Float64Array): ServiceGraph {
  const nodes = new Map<string, Mutable<GraphNode>>();
  const edges = new Map<string, Mutable<GraphEdge>>();
  const hops = new Int32Array(tree.rows.length);
  for (const row of tree.rows) {
    const parent = tree.rows[row.parent];
    const isCall = parent !== undefined && parent.service !== row.service;
    const level = parent === undefined ? 0 : hops[parent.index]! + (isCall ? 1 : 0);
    hops[row.index] = level;
    countNode(nodes, row, level, selfMs);
    if (isCall) countEdge(edges, parent.service, row);
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()].toSorted((left, right) => right.calls - left.calls),
  };
}

function countNode(
  nodes: Map<string, Mutable<GraphNode>>,
  row: SpanRow,
  level: number,
  selfMs: Float64Array,
): void {
  let node = nodes.get(row.service);
  if (node === undefined) {
    node = { service: row.service, spans: 0, errors: 0, selfMs: 0, row, level };
    nodes.set(row.service, node);
  }
  node.spans++;
  node.errors += hasFailed(row) ? 1 : 0;
  node.selfMs += selfMs[row.index]!;
  node.level = Math.min(node.level, level);
  if (selfMs[row.index]! > selfMs[node.row.index]!) node.row = row;
}

function countEdge(edges: Map<string, Mutable<GraphEdge>>, source: string, row: SpanRow): void {
  const key = JSON.stringify([source, row.service]);
  let edge = edges.get(key);
  if (edge === undefined) {
    edge = { source, target: row.service, calls: 0, errors: 0, totalMs: 0 };
    edges.set(key, edge);
  }
  edge.calls++;
  edge.errors += hasFailed(row) ? 1 : 0;
  edge.totalMs += row.durationMs;
}

/** Links to or from one operation of other traces. */
export interface LinkGroup {
  /** Undefined for spans that are not stored. */
  readonly service: string | undefined;
  readonly name: string;
  readonly links: readonly LinkedSpan[];
  /** The services of this trace at the other end. */
  readonly ends: readonly string[];
}

/** Links by the operation at their other end, in the order in which they come. */
export function groupLinks(links: readonly LinkedSpan[], tree: SpanTree): LinkGroup[] {
  const groups = Map.groupBy(links, ({ span }) =>
    span === null ? "" : JSON.stringify([span.service, span.name]),
  );
  return [...groups.values()].map((members) => ({
    service: members[0]!.span?.service,
    name: members[0]!.span?.name ?? "",
    links: members,
    ends: [...new Set(members.flatMap(({ ofSpanId }) => tree.byKey.get(ofSpanId)?.service ?? []))],
  }));
}

/** Where a box of the drawing stands, in CSS pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
}

export const BOX = { width: 176, height: 46, gapX: 84, gapY: 16 } as const;

/** Boxes in columns: `columns` names what stands in each, from the left. Short columns stand in the middle. */
export function boxesOf(columns: readonly (readonly string[])[]): {
  boxes: ReadonlyMap<string, Box>;
  width: number;
  height: number;
} {
  const longest = Math.max(1, ...columns.map(({ length }) => length));
  const heightOf = (count: number): number => count * BOX.height + (count - 1) * BOX.gapY;
  const height = heightOf(longest);
  const boxes = new Map<string, Box>();
  for (const [column, keys] of columns.entries()) {
    const top = (height - heightOf(keys.length)) / 2;
    for (const [place, key] of keys.entries()) {
      boxes.set(key, {
        x: column * (BOX.width + BOX.gapX),
        y: top + place * (BOX.height + BOX.gapY),
      });
    }
  }
  const width = columns.length * BOX.width + Math.max(0, columns.length - 1) * BOX.gapX;
  return { boxes, width, height };
}

/** A line between two boxes: from right to left edge, or around where it goes back. */
export interface Line {
  /** As the path of an SVG. */
  readonly path: string;
  readonly middle: Box;
}

export function lineBetween(from: Box, to: Box): Line {
  const startY = from.y + BOX.height / 2;
  const endY = to.y + BOX.height / 2;
  if (to.x > from.x) {
    const start = { x: from.x + BOX.width, y: startY };
    const bendX = (start.x + to.x) / 2;
    return curve(start, { x: bendX, y: startY }, { x: bendX, y: endY }, { x: to.x, y: endY });
  }
  // Back, or to the same column: out at the foot and in at the head of the other.
  const [startX, endX] = [from.x + BOX.width / 2, to.x + BOX.width / 2];
  const isBelow = to.y > from.y;
  const [outY, inY] = [from.y + (isBelow ? BOX.height : 0), to.y + (isBelow ? 0 : BOX.height)];
  const bend = isBelow ? 24 : -24;
  return curve(
    { x: startX, y: outY },
    { x: startX - 40, y: outY + bend },
    { x: endX - 40, y: inY - bend },
    { x: endX, y: inY },
  );
}

/** A cubic Bézier curve with its point half way. */
function curve(start: Box, out: Box, into: Box, end: Box): Line {
  const half = (of: "x" | "y"): number => (start[of] + 3 * out[of] + 3 * into[of] + end[of]) / 8;
  return {
    path: `M${start.x} ${start.y}C${out.x} ${out.y} ${into.x} ${into.y} ${end.x} ${end.y}`,
    middle: { x: half("x"), y: half("y") },
  };
}
