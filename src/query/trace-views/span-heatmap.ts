import { TRACE_VIEW_LIMITS } from "#core/limits.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "../query-context.ts";
import { Scoped } from "../scoped.ts";
import { planScan, type ScanPlan } from "./scan-plan.ts";
import { COUNT, ERRORS, setConditions, type SpanSet } from "./span-set.ts";

/** Spans by time and duration, as columns of cells that have any. */
export interface Heatmap {
  readonly startTime: string;
  readonly stepMs: number;
  readonly columns: number;
  readonly boundsMs: number[];
  readonly column: number[];
  readonly row: number[];
  readonly count: number[];
  readonly errors: number[];
  readonly scanned: { readonly share: number };
}

/** Rows of the statement in a doubling of the duration. */
const STEPS_PER_DOUBLING = 4;
/** From 1 µs to 73 minutes; what is shorter or longer is in the row at the edge. */
const FIRST_STEP = 10 * STEPS_PER_DOUBLING;
const LAST_STEP = 42 * STEPS_PER_DOUBLING;

/** Of the statement; rows are put together afterwards. */
const CELLS_MAX = TRACE_VIEW_LIMITS.heatmapColumnsMax * (LAST_STEP - FIRST_STEP + 1);

interface Columns {
  readonly stepNs: bigint;
  readonly count: number;
}

export function heatmapStatement(
  org: string,
  set: SpanSet,
  plan: ScanPlan,
  stepNs: bigint,
): Fragment {
  const step = sql`floor(log2(greatest(toFloat64(duration_ns), 1.)) * ${literal.float(STEPS_PER_DOUBLING)})`;
  return sql`SELECT
  toUInt32(intDiv(toUnixTimestamp64Nano(ts) - ${literal.int(set.range.fromNs)}, ${literal.int(stepNs)})) AS column,
  toUInt32(least(greatest(${step}, ${literal.float(FIRST_STEP)}), ${literal.float(LAST_STEP)})) AS step,
  ${COUNT} AS count, ${ERRORS} AS errors
${new Scoped(org).from("spans", [plan.when, ...setConditions(set)])}
GROUP BY column, step
LIMIT ${literal.uint(CELLS_MAX)}`;
}

const cellRow = z.object({
  column: z.number(),
  step: z.number(),
  count: z.number(),
  errors: z.number(),
});
type Cell = z.infer<typeof cellRow>;

/** Counts the spans of a set by time and duration, on at most so many columns. */
export async function spanHeatmap(
  context: QueryContext,
  set: SpanSet,
  columnsMax: number,
): Promise<Heatmap> {
  const plan = await planScan(context, set.range, TRACE_VIEW_LIMITS.spansScannedMax);
  const columns = columnsOf(set, Math.min(columnsMax, plan.stretches ?? columnsMax));
  const statement = heatmapStatement(context.org, set, plan, columns.stepNs);
  return { ...heatmapOf(set, columns, plan, await read(context, statement, cellRow)) };
}

function columnsOf({ range }: SpanSet, max: number): Columns {
  const ns = range.toNs - range.fromNs + 1n;
  const stepNs = (ns + BigInt(max) - 1n) / BigInt(max);
  return { stepNs, count: Number((ns + stepNs - 1n) / stepNs) };
}

function heatmapOf(
  set: SpanSet,
  columns: Columns,
  plan: ScanPlan,
  cells: readonly Cell[],
): Heatmap {
  const { first, rows, stepsPerRow } = rowsOf(cells);
  const sums = new Map<number, { count: number; errors: number }>();
  for (const { column, step, count, errors } of cells) {
    const place = column * rows + Math.floor((step - first) / stepsPerRow);
    const sum = sums.get(place) ?? { count: 0, errors: 0 };
    sum.count += count / plan.share;
    sum.errors += errors / plan.share;
    sums.set(place, sum);
  }
  const places = [...sums.keys()].toSorted((a, b) => a - b);
  return {
    startTime: formatTime(set.range.fromNs),
    stepMs: millisecondsOf(columns.stepNs),
    columns: columns.count,
    boundsMs: Array.from({ length: cells.length === 0 ? 0 : rows + 1 }, (_, row) =>
      durationMs(first + row * stepsPerRow),
    ),
    column: places.map((place) => Math.floor(place / rows)),
    row: places.map((place) => place % rows),
    count: places.map((place) => sums.get(place)!.count),
    errors: places.map((place) => sums.get(place)!.errors),
    scanned: { share: plan.share },
  };
}

/** The rows that hold every cell: as fine as their bound allows. */
function rowsOf(cells: readonly Cell[]): { first: number; rows: number; stepsPerRow: number } {
  const steps = cells.map(({ step }) => step);
  const first = steps.reduce((least, step) => Math.min(least, step), LAST_STEP);
  const last = steps.reduce((most, step) => Math.max(most, step), FIRST_STEP);
  const all = Math.max(1, last - first + 1);
  const stepsPerRow = Math.ceil(all / TRACE_VIEW_LIMITS.heatmapRowsMax);
  return { first, rows: Math.ceil(all / stepsPerRow), stepsPerRow };
}

function durationMs(step: number): number {
  return 2 ** (step / STEPS_PER_DOUBLING) / 1_000_000;
}
