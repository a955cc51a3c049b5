import type { Span } from "#api/contract/traces.ts";
import { millisecondsBetween, parseInstant, type Instant } from "../../lib/time.ts";

/** A span at its place in the tree. Rows are in the order in which they are drawn: parents first. */
export interface SpanRow {
  readonly span: Span;
  /** Its place among all rows. */
  readonly index: number;
  /** Its name in the address: the span id, and `~2` … after it where senders repeat one. */
  readonly key: string;
  readonly depth: number;
  /** The row of its parent, -1 at the top. */
  readonly parent: number;
  /** Rows below it, children of children included. They follow it directly. */
  readonly descendants: number;
  /** Of those, the failed ones. */
  readonly errorsBelow: number;
  /** Milliseconds from the start of the trace. */
  readonly offsetMs: number;
  /** Its parent is named but is not in the trace. */
  readonly isOrphan: boolean;
}

export interface ServiceShare {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
}

export interface SpanTree {
  readonly rows: readonly SpanRow[];
  /** From the first start to the last end. */
  readonly durationMs: number;
  /** RFC 3339 of the first start. */
  readonly startTime: string;
  readonly errors: number;
  readonly depthMax: number;
  /** In the order in which they are first seen. */
  readonly services: readonly ServiceShare[];
}

interface Place {
  readonly span: Span;
  readonly offsetMs: number;
  readonly isOrphan: boolean;
  readonly children: Place[];
}

const EPOCH: Instant = { seconds: 0, nanoseconds: 0 };

/** Makes the tree. Takes any input: repeated ids, lost parents, cycles, any depth. Linear but for sorting. */
export function buildSpanTree(spans: readonly Span[]): SpanTree {
  const starts = spans.map((span) => parseInstant(span.startTime) ?? EPOCH);
  const first = earliest(starts);
  const offsets = starts.map((start) => millisecondsBetween(first.instant, start));
  const roots = placesOf(spans, offsets);
  const rows = flatten(roots, spans.length);
  return {
    rows,
    durationMs: rows.reduce((end, row) => Math.max(end, row.offsetMs + row.span.durationMs), 0),
    startTime: spans[first.index]?.startTime ?? "",
    errors: rows.filter(({ span }) => span.status.code === "error").length,
    depthMax: rows.reduce((depth, row) => Math.max(depth, row.depth), 0),
    services: sharesOf(rows),
  };
}

function earliest(starts: readonly Instant[]): { instant: Instant; index: number } {
  let index = 0;
  for (let at = 1; at < starts.length; at++) {
    if (millisecondsBetween(starts[index]!, starts[at]!) < 0) index = at;
  }
  return { instant: starts[index] ?? EPOCH, index };
}

/** Links every span to its parent, and returns the ones at the top. */
function placesOf(spans: readonly Span[], offsets: readonly number[]): Place[] {
  const byId = new Map<string, Place>();
  const places = spans.map((span, index): Place => {
    const isOrphan = span.parentSpanId !== null;
    return { span, offsetMs: offsets[index]!, isOrphan, children: [] };
  });
  for (const place of places) {
    if (!byId.has(place.span.spanId)) byId.set(place.span.spanId, place);
  }
  const roots: Place[] = [];
  for (const place of places) {
    const parent = byId.get(place.span.parentSpanId ?? "");
    if (parent === undefined || parent === place) roots.push(place);
    else parent.children.push(place);
  }
  const byStart = (left: Place, right: Place): number => left.offsetMs - right.offsetMs;
  for (const { children } of places) children.sort(byStart);
  return [...roots.sort(byStart), ...places.toSorted(byStart)];
}

/** Depth first without recursion: traces may be deeper than the call stack. What a cycle hides comes last. */
function flatten(tops: readonly Place[], count: number): SpanRow[] {
  const rows: { -readonly [K in keyof SpanRow]: SpanRow[K] }[] = [];
  const visited = new Set<Place>();
  const keyOf = keys();
  for (const top of tops) {
    const open: { place: Place; depth: number; parent: number }[] = [
      { place: top, depth: 0, parent: -1 },
    ];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { place, depth, parent } = next;
      if (visited.has(place)) continue;
      visited.add(place);
      const index = rows.length;
      rows.push({
        span: place.span,
        index,
        key: keyOf(place.span.spanId),
        depth,
        parent,
        descendants: 0,
        errorsBelow: 0,
        offsetMs: place.offsetMs,
        isOrphan: parent === -1 && place.isOrphan,
      });
      for (let child = place.children.length - 1; child >= 0; child--) {
        open.push({ place: place.children[child]!, depth: depth + 1, parent: index });
      }
    }
    if (rows.length === count) break;
  }
  // Children come after their parents, so that one walk from the end adds everything up.
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]!;
    const parent = rows[row.parent];
    if (parent === undefined) continue;
    parent.descendants += row.descendants + 1;
    parent.errorsBelow += row.errorsBelow + (row.span.status.code === "error" ? 1 : 0);
  }
  return rows;
}

function keys(): (spanId: string) => string {
  const times = new Map<string, number>();
  return (spanId) => {
    const time = (times.get(spanId) ?? 0) + 1;
    times.set(spanId, time);
    return time === 1 ? spanId : `${spanId}~${time}`;
  };
}

function sharesOf(rows: readonly SpanRow[]): ServiceShare[] {
  const shares = new Map<string, { service: string; spans: number; errors: number }>();
  for (const { span } of rows) {
    let share = shares.get(span.service);
    if (share === undefined) {
      share = { service: span.service, spans: 0, errors: 0 };
      shares.set(span.service, share);
    }
    share.spans++;
    if (span.status.code === "error") share.errors++;
  }
  return [...shares.values()];
}

/** The rows that are drawn when the descendants of the `folded` ones are not. */
export function unfoldedRows(tree: SpanTree, folded: ReadonlySet<string>): readonly SpanRow[] {
  if (folded.size === 0) return tree.rows;
  const shown: SpanRow[] = [];
  for (let index = 0; index < tree.rows.length;) {
    const row = tree.rows[index]!;
    shown.push(row);
    index += 1 + (folded.has(row.key) ? row.descendants : 0);
  }
  return shown;
}

/** The next failed row after `index`, around the end to the start; undefined if none failed. */
export function nextError(tree: SpanTree, index: number): SpanRow | undefined {
  const failed = tree.rows.filter(({ span }) => span.status.code === "error");
  return failed.find((row) => row.index > index) ?? failed[0];
}

/** The rows above `row`, nearest first. */
export function ancestors(tree: SpanTree, row: SpanRow): SpanRow[] {
  const above: SpanRow[] = [];
  for (let at = tree.rows[row.parent]; at !== undefined; at = tree.rows[at.parent]) above.push(at);
  return above;
}
