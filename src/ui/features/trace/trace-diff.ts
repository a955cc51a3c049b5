import { selfTimes } from "./self-time.ts";
import { hasFailed, type SpanRow, type SpanTree } from "./span-tree.ts";

/** What the spans of one call path add up to in one of the two traces. */
export interface PathSum {
  readonly spans: number;
  readonly totalMs: number;
  readonly selfMs: number;
  readonly errors: number;
  /** The first of them. */
  readonly row: SpanRow;
}

/** A call path of either trace: the same services and operations from the root down. */
export interface DiffRow {
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  /** In this trace; undefined where only the other has the path. */
  readonly here: PathSum | undefined;
  readonly there: PathSum | undefined;
  /** Milliseconds that this trace spends more on the path. */
  readonly moreMs: number;
}

interface PathNode {
  readonly service: string;
  readonly name: string;
  readonly children: Map<string, PathNode>;
  here: PathSum | undefined;
  there: PathSum | undefined;
}

/**
 * Two traces path by path. Calls of one operation under the same path count as one row, so that a loop that
 * runs twice as often is a row with twice the spans, not a hundred rows without a counterpart.
 */
export function diffTraces(here: SpanTree, there: SpanTree): DiffRow[] {
  const top = nodeOf("", "");
  addPaths(top, here, "here");
  addPaths(top, there, "there");
  const rows: DiffRow[] = [];
  const open = [...top.children.values()].reverse().map((node) => ({ node, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    rows.push({
      depth,
      service: node.service,
      name: node.name,
      here: node.here,
      there: node.there,
      moreMs: (node.here?.totalMs ?? 0) - (node.there?.totalMs ?? 0),
    });
    for (const child of [...node.children.values()].reverse()) {
      open.push({ node: child, depth: depth + 1 });
    }
  }
  return rows;
}

function nodeOf(service: string, name: string): PathNode {
  return { service, name, children: new Map(), here: undefined, there: undefined };
}

function addPaths(top: PathNode, tree: SpanTree, side: "here" | "there"): void {
  const selfMs = selfTimes(tree);
  const nodes: PathNode[] = [];
  for (const row of tree.rows) {
    const { children } = row.parent === -1 ? top : nodes[row.parent]!;
    const path = JSON.stringify([row.service, row.name]);
    let node = children.get(path);
    if (node === undefined) {
      node = nodeOf(row.service, row.name);
      children.set(path, node);
    }
    nodes.push(node);
    const before = node[side];
    node[side] = {
      spans: (before?.spans ?? 0) + 1,
      totalMs: (before?.totalMs ?? 0) + row.durationMs,
      selfMs: (before?.selfMs ?? 0) + selfMs[row.index]!,
      errors: (before?.errors ?? 0) + (hasFailed(row) ? 1 : 0),
      row: before?.row ?? row,
    };
  }
}
