import { childrenOf, type SpanRow, type SpanTree } from "./span-tree.ts";

/** A stretch in which the trace waited for this row itself, in milliseconds from the start of the trace. */
export interface PathSegment {
  readonly row: SpanRow;
  readonly startMs: number;
  readonly endMs: number;
}

/** What a trace waited for, from the start of its root to its end, without gap or overlap. */
export interface CriticalPath {
  /** By time. */
  readonly segments: readonly PathSegment[];
  readonly durationMs: number;
  /** Milliseconds of the path by row index; rows that are not on it are not here. */
  readonly byRow: ReadonlyMap<number, number>;
  /** The same by service, the largest first. */
  readonly byService: readonly { readonly service: string; readonly ms: number }[];
}

interface Frame {
  readonly row: SpanRow;
  readonly startNs: number;
  /** The path of this row is known from here to its end. */
  atNs: number;
  /** Children that may still be on the path, the last to end at the end. */
  readonly children: Bounds[];
}

interface Bounds {
  readonly row: SpanRow;
  readonly startNs: number;
  readonly endNs: number;
}

/**
 * The critical path of the trace's root, as CRISP finds it (Zhang et al., "CRISP: Critical Path Analysis of
 * Large-Scale Microservice Architectures", USENIX ATC 2022, section 3.2): from the end of a span back to its
 * start, the child that ended last before the moment is what was waited for; between children the span itself
 * was. A child counts only as far as it lies within its parent, since clocks differ between machines, and one
 * that only begins after its parent's end held nobody up: work that goes on after the root is not on the path.
 * Counted in whole nanoseconds, so that the lengths of the segments add up to the root's duration.
 */
export function criticalPath(tree: SpanTree): CriticalPath {
  const { root } = tree;
  const segments: PathSegment[] = [];
  const open: Frame[] = root === undefined ? [] : [frameOf(tree, boundsOf(root))];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const child = lastEndedBefore(frame);
    const fromNs = child === undefined ? frame.startNs : child.endNs;
    if (fromNs < frame.atNs) {
      segments.push({ row: frame.row, startMs: fromNs / 1e6, endMs: frame.atNs / 1e6 });
    }
    frame.atNs = fromNs;
    if (child !== undefined) open.push(frameOf(tree, child));
    else {
      open.pop();
      const parent = open.at(-1);
      if (parent !== undefined) parent.atNs = frame.startNs;
    }
  }
  return summed(segments.reverse(), root?.durationMs ?? 0);
}

function boundsOf(row: SpanRow): Bounds {
  const startNs = nanoseconds(row.offsetMs);
  return { row, startNs, endNs: startNs + nanoseconds(row.durationMs) };
}

function frameOf(tree: SpanTree, { row, startNs, endNs }: Bounds): Frame {
  const children: Bounds[] = [];
  for (const child of childrenOf(tree, row)) {
    const bounds = boundsOf(child);
    if (bounds.startNs >= endNs || bounds.endNs <= startNs) continue;
    children.push({
      row: child,
      startNs: Math.max(startNs, bounds.startNs),
      endNs: Math.min(endNs, bounds.endNs),
    });
  }
  children.sort((left, right) => left.endNs - right.endNs);
  return { row, startNs, atNs: endNs, children };
}

/** Takes children from the end until one had ended by then: those that were still running held nobody up. */
function lastEndedBefore({ children, atNs }: Frame): Bounds | undefined {
  for (let child = children.pop(); child !== undefined; child = children.pop()) {
    if (child.endNs <= atNs) return child;
  }
  return undefined;
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}

function summed(segments: readonly PathSegment[], durationMs: number): CriticalPath {
  const byRow = new Map<number, number>();
  const services = new Map<string, number>();
  for (const { row, startMs, endMs } of segments) {
    byRow.set(row.index, (byRow.get(row.index) ?? 0) + endMs - startMs);
    services.set(row.service, (services.get(row.service) ?? 0) + endMs - startMs);
  }
  const byService = [...services]
    .map(([service, ms]) => ({ service, ms }))
    .toSorted((left, right) => right.ms - left.ms);
  return { segments, durationMs, byRow, byService };
}
