import { formatTime } from "#core/time.ts";
import { SEVERITIES, type Severity } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { type LogConditions, logFilter } from "./logs.ts";
import { type LogFilter, wholeConditions } from "./log-statements.ts";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { EFFECTIVE_SEVERITY } from "./search/field-conditions.ts";
import type { TimeRange } from "./time-range.ts";
import { stepNsFor } from "./time-steps.ts";

export type LogLevel = Severity | "unspecified";

/** Records of one step by level; levels without any are left out. */
export interface LogStep {
  readonly time: string;
  readonly count: number;
  readonly levels: Partial<Record<LogLevel, number>>;
}

/** How many records lie in each step of time. */
export interface LogHistogram {
  /** The length of a step. Steps begin at whole multiples of it since 1970. */
  readonly stepMs: number;
  readonly total: number;
  /** Steps that have records, in order. The first may begin before the range, which cuts it. */
  readonly data: readonly LogStep[];
}

/** Levels by number: 0 for a record that says nothing of its severity, then one for each four numbers. */
export const LEVEL_BAND = sql`intDiv(${EFFECTIVE_SEVERITY} + 3, 4)`;
/** How many there are. */
export const BANDS = SEVERITIES.length + 1;

export function histogramStatement(
  org: string,
  range: TimeRange,
  filter: LogFilter,
  { stepNs, stepsMax }: { stepNs: bigint; stepsMax: number },
): Fragment {
  return sql`SELECT intDiv(toUnixTimestamp64Nano(ts), ${literal.int(stepNs)}) AS step, ${LEVEL_BAND} AS band, count() AS rows
${new Scoped(org).from("logs", wholeConditions(range, filter))}
GROUP BY step, band
ORDER BY step, band
LIMIT ${literal.uint((stepsMax + 2) * BANDS)}`;
}

const stepRow = z.object({
  step: bigintText,
  band: z.coerce.number(),
  rows: z.coerce.number(),
});

/** Counts the records that are asked for over time, in at most `stepsMax` steps and a cut one. */
export async function logHistogram(
  context: QueryContext,
  range: TimeRange,
  asked: LogConditions & { readonly stepsMax: number },
): Promise<LogHistogram> {
  const { stepsMax, ...conditions } = asked;
  const filter = await logFilter(context, range, conditions);
  const stepNs = stepNsFor(range.toNs - range.fromNs, stepsMax);
  const statement = histogramStatement(context.org, range, filter, { stepNs, stepsMax });
  const steps = new Map<bigint, { count: number; levels: Partial<Record<LogLevel, number>> }>();
  let total = 0;
  for (const { step, band, rows } of await read(context, statement, stepRow)) {
    const found = steps.get(step) ?? { count: 0, levels: {} };
    steps.set(step, found);
    found.count += rows;
    found.levels[levelOfBand(band)] = rows;
    total += rows;
  }
  const data = [...steps].map(([step, found]) => ({ time: formatTime(step * stepNs), ...found }));
  return { stepMs: Number(stepNs) / 1e6, total, data };
}

/** The level of a band of the histogram. */
export function levelOfBand(band: number): LogLevel {
  return SEVERITIES[band - 1] ?? "unspecified";
}
