import { childrenOf, type SpanTree } from "./span-tree.ts";

const known = new WeakMap<SpanTree, Float64Array>();

/**
 * Milliseconds of each row in which none of its children ran: its duration without the union of theirs, as
 * far as they lie within it. Children that run at once count once. Several views ask for them with each
 * move of the pointer: they are counted once for each tree.
 */
export function selfTimes(tree: SpanTree): Float64Array {
  const counted = known.get(tree) ?? count(tree);
  known.set(tree, counted);
  return counted;
}

function count(tree: SpanTree): Float64Array {
  const selfMs = new Float64Array(tree.rows.length);
  for (const row of tree.rows) {
    const end = row.offsetMs + row.durationMs;
    let busyMs = 0;
    let coveredTo = row.offsetMs;
    // By their starts: what is covered grows to the right only.
    for (const child of childrenOf(tree, row)) {
      const from = Math.max(coveredTo, child.offsetMs);
      const to = Math.min(end, child.offsetMs + child.durationMs);
      if (to <= from) continue;
      busyMs += to - from;
      coveredTo = to;
    }
    selfMs[row.index] = Math.max(0, row.durationMs - busyMs);
  }
  return selfMs;
}
