import { hasFailed, type SpanRow, type SpanTree } from "./span-tree.ts";

export const GROUPINGS = ["service", "operation"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const SPAN_COLUMNS = ["name", "start", "duration", "self", "spans", "errors"] as const;
export type SpanColumn = (typeof SPAN_COLUMNS)[number];

export interface SpanOrder {
  readonly column: SpanColumn;
  readonly isDescending: boolean;
}

/** A line of the table: one span, or what several add up to. */
export interface TableLine {
  /** Of several, the one that took longest. */
  readonly row: SpanRow;
  readonly spans: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly selfMs: number;
  readonly startMs: number;
}

/** Reads `sort` of the address: `self`, or `-self` for the largest first. By start where it says nothing. */
export function parseSpanOrder(text: string | undefined, grouping?: Grouping): SpanOrder {
  const isDescending = text?.startsWith("-") ?? false;
  const column = SPAN_COLUMNS.find((one) => one === text?.replace(/^-/, ""));
  if (column !== undefined) return { column, isDescending };
  return grouping === undefined
    ? { column: "start", isDescending: false }
    : { column: "self", isDescending: true };
}

/** The order after a press on a column's head: names and starts upwards first, the rest downwards. */
export function nextSpanOrder(order: SpanOrder, column: SpanColumn): string {
  const isUpwards = column === "name" || column === "start";
  const isDescending = order.column === column ? !order.isDescending : !isUpwards;
  return `${isDescending ? "-" : ""}${column}`;
}

/** The lines of the table: every span of `rows`, or a line for each service or operation among them. */
export function tableLines(
  rows: readonly SpanRow[],
  selfMs: Float64Array,
  grouping: Grouping | undefined,
): TableLine[] {
  const single = (row: SpanRow): TableLine => ({
    row,
    spans: 1,
    errors: hasFailed(row) ? 1 : 0,
    totalMs: row.durationMs,
    selfMs: selfMs[row.index]!,
    startMs: row.offsetMs,
  });
  if (grouping === undefined) return rows.map(single);
  const groups = new Map<string, TableLine>();
  for (const row of rows) {
    const key = grouping === "service" ? row.service : JSON.stringify([row.service, row.name]);
    const [one, before] = [single(row), groups.get(key)];
    groups.set(key, before === undefined ? one : added(before, one));
  }
  return [...groups.values()];
}

function added(sum: TableLine, one: TableLine): TableLine {
  return {
    row: one.row.durationMs > sum.row.durationMs ? one.row : sum.row,
    spans: sum.spans + 1,
    errors: sum.errors + one.errors,
    totalMs: sum.totalMs + one.totalMs,
    selfMs: sum.selfMs + one.selfMs,
    startMs: Math.min(sum.startMs, one.startMs),
  };
}

const VALUES: Readonly<Record<Exclude<SpanColumn, "name">, (line: TableLine) => number>> = {
  start: ({ startMs }) => startMs,
  duration: ({ totalMs }) => totalMs,
  self: ({ selfMs }) => selfMs,
  spans: ({ spans }) => spans,
  errors: ({ errors }) => errors,
};

/** In order; equal ones as they are in the trace. */
export function orderedLines(lines: readonly TableLine[], order: SpanOrder): TableLine[] {
  const direction = order.isDescending ? -1 : 1;
  const { column } = order;
  if (column !== "name") {
    const valueOf = VALUES[column];
    return lines.toSorted((left, right) => direction * (valueOf(left) - valueOf(right)));
  }
  const nameOf = ({ row }: TableLine): string => `${row.service}\n${row.name}`;
  return lines.toSorted((left, right) => {
    const [one, other] = [nameOf(left), nameOf(right)];
    return one === other ? 0 : direction * (one < other ? -1 : 1);
  });
}

/** Names and figures of the lines, for a file. */
export function lineValues({ row, ...sums }: TableLine, tree: SpanTree): (string | number)[] {
  return [
    row.service,
    row.name,
    sums.spans,
    sums.startMs,
    sums.totalMs,
    sums.selfMs,
    tree.durationMs > 0 ? sums.totalMs / tree.durationMs : 0,
    sums.errors,
  ];
}
