import type { OutlineAnswer } from "#api/contract/one-trace.ts";
import type { SpanKind, SpanStatus } from "#core/vocabulary.ts";

/** A span at its place in the tree. Rows are in the order in which they are drawn: parents first. */
export interface SpanRow {
  /** Its place among all rows. */
  readonly index: number;
  /** Its name in the address: the span id, and `~2` … after it where senders repeat one. */
  readonly key: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly durationMs: number;
  /** Milliseconds from the start of the trace. */
  readonly offsetMs: number;
  readonly depth: number;
  /** The row of its parent, -1 at the top. */
  readonly parent: number;
  /** Rows below it, children of children included. They follow it directly. */
  readonly descendants: number;
  /** Of those, the failed ones. */
  readonly errorsBelow: number;
  /** Its parent is named but is not in the trace. */
  readonly isOrphan: boolean;
  /** Moments within it, as far as an outline has them. */
  readonly moments: readonly Moment[];
}

/** An event of a span. */
export interface Moment {
  readonly name: string;
  /** Milliseconds from the start of the trace. */
  readonly offsetMs: number;
}

export interface ServiceShare {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
}

/** A link from a row to a span of another trace. */
export interface RowLink {
  readonly row: SpanRow;
  readonly traceId: string;
  readonly spanId: string;
}

export interface SpanTree {
  readonly rows: readonly SpanRow[];
  /**
   * What the trace is named after, as lists of traces do: the first span without a parent, and where none has
   * arrived the first row. An orphan may stand before it: clocks differ, and parents are not sampled.
   */
  readonly root: SpanRow | undefined;
  /** From the first start to the last end. */
  readonly durationMs: number;
  /** RFC 3339 of the first start. */
  readonly startTime: string;
  /** The failed rows, in order. */
  readonly failed: readonly SpanRow[];
  readonly depthMax: number;
  /** In the order in which they are first seen. */
  readonly services: readonly ServiceShare[];
  readonly links: readonly RowLink[];
  /** The row of a key. */
  readonly byKey: ReadonlyMap<string, SpanRow>;
}

type Columns = OutlineAnswer["spans"];
type MutableRow = { -readonly [K in keyof SpanRow]: SpanRow[K] };

const NO_MOMENTS: readonly Moment[] = [];
/** Of an outline's `parent`: the span names none. */
const NO_PARENT = -1;
/** Of an outline's `parent`: named, and not in the trace. */
const LOST_PARENT = -2;

/** Makes the tree. Takes any input: repeated ids, lost parents, cycles, any depth. Linear. */
export function buildSpanTree(outline: OutlineAnswer): SpanTree {
  const { spans } = outline;
  const walk = walkOf(spans.parent);
  const keyOf = keys();
  const rowOfPlace = new Int32Array(spans.spanId.length);
  const rows = Array.from(walk.places, (place, index): MutableRow => {
    rowOfPlace[place] = index;
    const parent = walk.parents[index]!;
    return {
      index,
      key: keyOf(spans.spanId[place]!),
      spanId: spans.spanId[place]!,
      service: outline.services[spans.service[place]!] ?? "",
      name: outline.names[spans.name[place]!] ?? "",
      kind: outline.kinds[spans.kind[place]!] ?? "unspecified",
      status: outline.statuses[spans.status[place]!] ?? "unset",
      durationMs: spans.durationMs[place]!,
      offsetMs: spans.startMs[place]!,
      depth: walk.depths[index]!,
      parent,
      descendants: 0,
      errorsBelow: 0,
      isOrphan: parent === -1 && spans.parent[place] === LOST_PARENT,
      moments: NO_MOMENTS,
    };
  });
  addUp(rows);
  addMoments(outline, rows, rowOfPlace);
  return {
    rows,
    root: rows.find((_, index) => spans.parent[walk.places[index]!] === NO_PARENT) ?? rows[0],
    durationMs: rows.reduce((end, row) => Math.max(end, row.offsetMs + row.durationMs), 0),
    startTime: outline.startTime,
    failed: rows.filter(hasFailed),
    depthMax: rows.reduce((depth, row) => Math.max(depth, row.depth), 0),
    services: sharesOf(rows),
    links: outline.links.map(({ span, traceId, spanId }) => {
      return { row: rows[rowOfPlace[span]!]!, traceId, spanId };
    }),
    byKey: new Map(rows.map((row) => [row.key, row])),
  };
}

export function hasFailed({ status }: SpanRow): boolean {
  return status === "error";
}

/** Places of spans in drawing order, and beside each its depth and the row of its parent. */
interface Walk {
  readonly places: Int32Array;
  readonly depths: Int32Array;
  readonly parents: Int32Array;
}

/** Depth first without recursion: traces may be deeper than the call stack. What a cycle hides comes last. */
function walkOf(parent: Columns["parent"]): Walk {
  const count = parent.length;
  const lastChild = new Int32Array(count).fill(-1);
  const before = new Int32Array(count).fill(-1);
  for (let place = 0; place < count; place++) {
    const above = parent[place]!;
    if (above < 0 || above === place) continue;
    before[place] = lastChild[above]!;
    lastChild[above] = place;
  }
  const [places, depths, parents, rowOf, open] = Array.from(
    { length: 5 },
    () => new Int32Array(count),
  ) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
  const isSeen = new Uint8Array(count);
  let rows = 0;
  const descend = (top: number): void => {
    let waiting = 0;
    open[waiting++] = top;
    while (waiting > 0) {
      const place = open[--waiting]!;
      if (isSeen[place] === 1) continue;
      isSeen[place] = 1;
      const above = place === top ? -1 : rowOf[parent[place]!]!;
      rowOf[place] = rows;
      places[rows] = place;
      parents[rows] = above;
      depths[rows++] = above === -1 ? 0 : depths[above]! + 1;
      // Spans come by start, so that the last pushed is the first to start.
      for (let child = lastChild[place]!; child !== -1; child = before[child]!) {
        if (isSeen[child] === 0) open[waiting++] = child;
      }
    }
  };
  for (let place = 0; place < count; place++) if (parent[place]! < 0) descend(place);
  for (let place = 0; place < count && rows < count; place++) {
    if (isSeen[place] === 0) descend(place);
  }
  return { places, depths, parents };
}

function keys(): (spanId: string) => string {
  const times = new Map<string, number>();
  return (spanId) => {
    const time = (times.get(spanId) ?? 0) + 1;
    times.set(spanId, time);
    return time === 1 ? spanId : `${spanId}~${time}`;
  };
}

/** Children come after their parents, so that one walk from the end adds everything up. */
function addUp(rows: readonly MutableRow[]): void {
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]!;
    const parent = rows[row.parent];
    if (parent === undefined) continue;
    parent.descendants += row.descendants + 1;
    parent.errorsBelow += row.errorsBelow + (hasFailed(row) ? 1 : 0);
  }
}

function addMoments(
  { events, names }: OutlineAnswer,
  rows: readonly MutableRow[],
  rowOfPlace: Int32Array,
): void {
  const momentsOf = new Map<MutableRow, Moment[]>();
  for (const [index, place] of events.span.entries()) {
    const row = rows[rowOfPlace[place]!];
    if (row === undefined) continue;
    const moment = { name: names[events.name[index]!] ?? "", offsetMs: events.atMs[index]! };
    const moments = momentsOf.get(row);
    if (moments === undefined) momentsOf.set(row, [moment]);
    else moments.push(moment);
  }
  for (const [row, moments] of momentsOf) row.moments = moments;
}

function sharesOf(rows: readonly SpanRow[]): ServiceShare[] {
  const shares = new Map<string, { service: string; spans: number; errors: number }>();
  for (const row of rows) {
    let share = shares.get(row.service);
    if (share === undefined) {
      share = { service: row.service, spans: 0, errors: 0 };
      shares.set(row.service, share);
    }
    share.spans++;
    if (hasFailed(row)) share.errors++;
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
  return tree.failed.find((row) => row.index > index) ?? tree.failed[0];
}

/** The rows above `row`, nearest first. */
export function ancestors(tree: SpanTree, row: SpanRow): SpanRow[] {
  const above: SpanRow[] = [];
  for (let at = tree.rows[row.parent]; at !== undefined; at = tree.rows[at.parent]) above.push(at);
  return above;
}

/** The children of a row, by their starts. */
export function* childrenOf(tree: SpanTree, row: SpanRow): Generator<SpanRow> {
  const end = row.index + row.descendants;
  for (let at = row.index + 1; at <= end;) {
    const child = tree.rows[at]!;
    yield child;
    at += 1 + child.descendants;
  }
}
