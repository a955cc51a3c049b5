import type { SpanRow, SpanTree } from "./span-tree.ts";

/** Lanes that a flame graph has; what would come below shares the last. */
export const LANES_MAX = 1_000;

/** Where every span stands in a flame graph. */
export interface FlameLayout {
  /** The rows of each lane by their starts, of which none overlaps another but in the last of `LANES_MAX`. */
  readonly lanes: readonly (readonly SpanRow[])[];
  /** The lane of each row, by its index. */
  readonly laneOf: Int32Array;
}

/**
 * Puts each span in the first lane below its parent's in which nothing else runs at the time: a span's
 * children hang under it, and those that run at once under each other.
 */
export function layOutFlame(tree: SpanTree): FlameLayout {
  const { rows } = tree;
  // A clock that is behind may start a child before its parent, which must have its lane first.
  const turn = new Float64Array(rows.length);
  for (const row of rows) {
    turn[row.index] = row.parent === -1 ? row.offsetMs : Math.max(row.offsetMs, turn[row.parent]!);
  }
  const order = rows.toSorted(
    (left, right) => turn[left.index]! - turn[right.index]! || left.index - right.index,
  );
  const laneOf = new Int32Array(rows.length);
  const lanes: SpanRow[][] = [];
  const ends: number[] = [];
  for (const row of order) {
    let lane = row.parent === -1 ? 0 : laneOf[row.parent]! + 1;
    while (lane < LANES_MAX - 1 && lane < lanes.length && ends[lane]! > row.offsetMs) lane++;
    lane = Math.min(lane, LANES_MAX - 1);
    laneOf[row.index] = lane;
    (lanes[lane] ??= []).push(row);
    ends[lane] = Math.max(ends[lane] ?? 0, row.offsetMs + row.durationMs);
  }
  for (const lane of lanes) lane.sort((left, right) => left.offsetMs - right.offsetMs);
  return { lanes, laneOf };
}

/** The rows of a lane that touch the time from `startMs` to `endMs`, as first and end places in it. */
export function rowsWithin(
  lane: readonly SpanRow[],
  startMs: number,
  endMs: number,
): { first: number; end: number } {
  const first = firstWhere(lane, (row) => row.offsetMs + row.durationMs >= startMs);
  return { first, end: firstWhere(lane, (row) => row.offsetMs > endMs) };
}

/** The row of a lane at a moment, or the one nearest to it within `toleranceMs`. */
export function rowAt(
  lane: readonly SpanRow[],
  atMs: number,
  toleranceMs: number,
): SpanRow | undefined {
  const { first, end } = rowsWithin(lane, atMs - toleranceMs, atMs + toleranceMs);
  let nearest: SpanRow | undefined;
  let nearestMs = Number.POSITIVE_INFINITY;
  for (let place = first; place < end; place++) {
    const row = lane[place]!;
    const awayMs = Math.max(row.offsetMs - atMs, atMs - row.offsetMs - row.durationMs, 0);
    if (awayMs < nearestMs) [nearest, nearestMs] = [row, awayMs];
  }
  return nearest;
}

/** The first place for which `is` holds, where it holds for all after it, too. */
function firstWhere(lane: readonly SpanRow[], is: (row: SpanRow) => boolean): number {
  let [low, high] = [0, lane.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(lane[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The row that an arrow key leads to: up to the parent, down to the first child, sideways in the lane. */
export function neighbourOf(
  key: string,
  row: SpanRow,
  tree: SpanTree,
  { lanes, laneOf }: FlameLayout,
): SpanRow | undefined {
  const lane = lanes[laneOf[row.index]!] ?? [];
  switch (key) {
    case "ArrowUp":
      return tree.rows[row.parent];
    case "ArrowDown":
      return row.descendants > 0 ? tree.rows[row.index + 1] : undefined;
    case "ArrowLeft":
      return lane[lane.indexOf(row) - 1];
    case "ArrowRight":
      return lane[lane.indexOf(row) + 1];
    case "Home":
      return tree.rows[0];
    default:
      return undefined;
  }
}
