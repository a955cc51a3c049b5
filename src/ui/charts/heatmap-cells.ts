/** What a heatmap draws: cells of columns of time and rows of duration, those alone that have something. */
export interface HeatmapCells {
  readonly startMs: number;
  readonly stepMs: number;
  readonly columns: number;
  /** Durations between rows, ascending: one more than there are rows. */
  readonly boundsMs: readonly number[];
  readonly column: readonly number[];
  readonly row: readonly number[];
  readonly count: readonly number[];
  readonly errors: readonly number[];
}

/** A rectangle of cells: columns and rows from the first up to and with the last. */
export interface CellBox {
  readonly columns: readonly [number, number];
  readonly rows: readonly [number, number];
}

/** A stretch of time and durations. */
export interface HeatmapBox {
  readonly fromMs: number;
  readonly toMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export interface CellSums {
  readonly count: number;
  readonly errors: number;
}

export function rowsOf({ boundsMs }: HeatmapCells): number {
  return Math.max(0, boundsMs.length - 1);
}

/** The rectangle between two cells, whichever is first. */
export function boxBetween(a: readonly [number, number], b: readonly [number, number]): CellBox {
  return {
    columns: [Math.min(a[0], b[0]), Math.max(a[0], b[0])],
    rows: [Math.min(a[1], b[1]), Math.max(a[1], b[1])],
  };
}

/** What time and durations a rectangle of cells covers. */
export function boxOf(cells: HeatmapCells, { columns, rows }: CellBox): HeatmapBox {
  const { startMs, stepMs, boundsMs } = cells;
  return {
    fromMs: startMs + columns[0] * stepMs,
    toMs: startMs + (columns[1] + 1) * stepMs,
    minMs: boundsMs[rows[0]] ?? 0,
    maxMs: boundsMs[rows[1] + 1] ?? 0,
  };
}

/** The cells that a stretch of time and durations touches; undefined when it is outside of all. */
export function cellsWithin(cells: HeatmapCells, box: HeatmapBox): CellBox | undefined {
  const { startMs, stepMs, columns, boundsMs } = cells;
  const rows = rowsOf(cells);
  // A box from an address has passed through text: its edges may be off by a hair.
  const hair = stepMs / 1_000;
  const first = Math.floor((box.fromMs - startMs + hair) / stepMs);
  const last = Math.ceil((box.toMs - startMs - hair) / stepMs) - 1;
  const low = boundsMs.findIndex((_, row) => row < rows && boundsMs[row + 1]! > box.minMs * 1.0001);
  const high = boundsMs.findLastIndex((bound, row) => row < rows && bound < box.maxMs * 0.9999);
  if (last < 0 || first >= columns || low === -1 || high < low) return undefined;
  return { columns: [Math.max(0, first), Math.min(columns - 1, last)], rows: [low, high] };
}

/** What is in a rectangle of cells. */
export function sumsWithin(cells: HeatmapCells, { columns, rows }: CellBox): CellSums {
  let [count, errors] = [0, 0];
  for (const [at, column] of cells.column.entries()) {
    const row = cells.row[at]!;
    if (column < columns[0] || column > columns[1] || row < rows[0] || row > rows[1]) continue;
    count += cells.count[at]!;
    errors += cells.errors[at]!;
  }
  return { count, errors };
}

/** Shades from the least to the most. */
export const SHADES = 7;

/** The shade of a count, 1 to {@link SHADES}: by its logarithm, so that rare cells are seen beside busy ones. */
export function shadeOf(count: number, max: number): number {
  if (count <= 0) return 0;
  const share = Math.log1p(count) / Math.log1p(Math.max(max, 1));
  return Math.min(SHADES, Math.max(1, Math.ceil(share * SHADES)));
}

/** A column of the heatmap in words and numbers, for its table. */
export interface ColumnSums extends CellSums {
  readonly fromMs: number;
  /** The bounds of the row that holds the middle span, and of the one that holds the 95th of a hundred. */
  readonly medianMs: readonly [number, number];
  readonly p95Ms: readonly [number, number];
}

/** The columns that have spans, the newest first. */
export function columnSums(cells: HeatmapCells): ColumnSums[] {
  const byColumn = Map.groupBy(cells.column.keys(), (at) => cells.column[at]!);
  return [...byColumn]
    .toSorted(([a], [b]) => b - a)
    .map(([column, places]) => {
      const sorted = places.toSorted((a, b) => cells.row[a]! - cells.row[b]!);
      const count = sorted.reduce((sum, at) => sum + cells.count[at]!, 0);
      return {
        fromMs: cells.startMs + column * cells.stepMs,
        count,
        errors: sorted.reduce((sum, at) => sum + cells.errors[at]!, 0),
        medianMs: boundsAt(cells, sorted, count * 0.5),
        p95Ms: boundsAt(cells, sorted, count * 0.95),
      };
    });
}

function boundsAt(
  cells: HeatmapCells,
  sorted: readonly number[],
  rank: number,
): readonly [number, number] {
  let sum = 0;
  let row = 0;
  for (const at of sorted) {
    row = cells.row[at]!;
    sum += cells.count[at]!;
    if (sum >= rank) break;
  }
  return [cells.boundsMs[row] ?? 0, cells.boundsMs[row + 1] ?? 0];
}

/** Round durations to label an axis with, as far apart as the rows allow: the row each stands at, fractions included. */
export function durationTicks(
  boundsMs: readonly number[],
  ticksMax: number,
): { readonly ms: number; readonly row: number }[] {
  const [low, high] = [boundsMs[0], boundsMs.at(-1)];
  if (low === undefined || high === undefined || boundsMs.length < 2) return [];
  const perRow = Math.log(high / low) / (boundsMs.length - 1);
  const all: { ms: number; row: number }[] = [];
  for (let power = -3; power <= 7; power++)
    for (const digit of [1, 2, 5]) {
      const ms = digit * 10 ** power;
      if (ms >= low && ms <= high) all.push({ ms, row: Math.log(ms / low) / perRow });
    }
  const tens = all.filter(({ ms }) => Number.isInteger(Math.round(Math.log10(ms) * 1e6) / 1e6));
  if (all.length <= ticksMax) return all;
  if (tens.length <= ticksMax && tens.length > 1) return tens;
  const every = Math.ceil(tens.length / Math.max(1, ticksMax));
  return tens.filter((_, at) => at % every === 0);
}
