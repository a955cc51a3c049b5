import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime } from "#core/time.ts";
import { SPAN_KINDS, type SpanKind } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import type { TableName } from "#store/tables.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { areRequests, OPERATION_ROLLUP, SERVICE_ROLLUP, SUMMED, SUMS } from "./service-rollups.ts";
import {
  placeOf,
  rangeOfSteps,
  secondsOfSteps,
  type Steps,
  stepColumn,
  stepsOf,
} from "./service-steps.ts";
import { type TimeRange, withinHours, withinMinutes } from "./time-range.ts";

/** What of the services is asked for over time. */
export interface SeriesQuery {
  /** Only this service. */
  readonly service?: string | undefined;
  /** Of the one service: a line for each operation and kind instead of one for the whole. */
  readonly by?: "operation" | undefined;
  /** Of those, only the ones of this name. */
  readonly operation?: string | undefined;
  readonly pointsMax: number;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** One service, or one operation of it, over time; every list has a value for each step. */
export interface ServiceSeries {
  readonly service: string;
  readonly operation?: string;
  readonly kind?: SpanKind;
  readonly requestsPerSecond: number[];
  /** 0 to 1; null where nothing was asked of it, as are the durations. */
  readonly errorRate: (number | null)[];
  readonly p50Ms: (number | null)[];
  readonly p95Ms: (number | null)[];
  readonly p99Ms: (number | null)[];
}

export interface ServiceSeriesAnswer {
  readonly startTime: string;
  readonly stepMs: number;
  readonly steps: number;
  readonly data: ServiceSeries[];
  /** There are more lines than are given; the busiest are. */
  readonly truncated: boolean;
}

/** Services whose every minute is read are many: above this, the hours are. Of one service, twice a day. */
const MINUTES_MS_MAX = { ofAll: 6 * 3_600_000, ofOne: 48 * 3_600_000 } as const;

/** Requests a second, share of errors and durations over time, the busiest first: one question for a page. */
export async function serviceSeries(
  context: QueryContext,
  range: TimeRange,
  query: SeriesQuery,
): Promise<ServiceSeriesAnswer> {
  const isOfAll = query.service === undefined || query.by === "operation";
  const steps = stepsOf(range, {
    pointsMax: query.pointsMax,
    minutesMsMax: isOfAll ? MINUTES_MS_MAX.ofAll : MINUTES_MS_MAX.ofOne,
    nowMs: query.nowMs,
  });
  const statement =
    query.service === undefined || query.by === undefined
      ? serviceStepsStatement(context.org, steps, query.service)
      : operationStepsStatement(context.org, steps, query.service, query.operation);
  const rows = await read(context, statement, stepsRow);
  const truncated = rows.length > QUERY_LIMITS.namesMax;
  if (truncated) rows.pop();
  const seconds = secondsOfSteps(steps, query.nowMs);
  return {
    startTime: formatTime(BigInt(steps.startMs) * 1_000_000n),
    stepMs: steps.stepMs,
    steps: steps.count,
    data: rows.map((row) => ({
      service: row.service,
      ...(row.operation === undefined ? {} : { operation: row.operation }),
      ...(row.kind === undefined ? {} : { kind: row.kind }),
      ...linesOf(row, steps, seconds),
    })),
    truncated,
  };
}

/** Every service, or the one, as lists of what each step holds. */
export function serviceStepsStatement(
  org: string,
  steps: Steps,
  service: string | undefined,
): Fragment {
  const name = SERVICE_ROLLUP[steps.by];
  const wanted = service === undefined ? [] : [sql`service = ${literal.string(service)}`];
  const keys = rowsOf(org, steps, name, sql`service, entry`, wanted);
  return stepsStatement(org, steps, name, sql`service`, [...wanted, areRequests(keys)]);
}

/** The operations of one service, of each kind apart, or those of one name. */
export function operationStepsStatement(
  org: string,
  steps: Steps,
  service: string,
  operation: string | undefined,
): Fragment {
  const wanted = [sql`service = ${literal.string(service)}`];
  if (operation !== undefined) wanted.push(sql`operation = ${literal.string(operation)}`);
  const keys = sql`service, operation, kind`;
  return stepsStatement(org, steps, OPERATION_ROLLUP[steps.by], keys, wanted);
}

/** A row for each of `keys`, with lists of equal length: the steps that it has rows in, and their sums. */
function stepsStatement(
  org: string,
  steps: Steps,
  name: TableName,
  keys: Fragment,
  conditions: readonly Fragment[],
): Fragment {
  const columns = sql`${keys}, ${stepColumn(steps)} AS step, ${SUMMED}`;
  return sql`SELECT ${keys},
  groupArray(stepped.step) AS steps,
  groupArray(stepped.requests) AS requests,
  groupArray(stepped.errors) AS errors,
  groupArray(stepped.quantiles) AS quantiles
FROM (
SELECT ${keys}, step, ${SUMS}
${rowsOf(org, steps, name, columns, conditions)}
GROUP BY ${keys}, step
) AS stepped
GROUP BY ${keys}
ORDER BY arraySum(requests) DESC, ${keys}
LIMIT ${literal.uint(QUERY_LIMITS.namesMax + 1)}`;
}

/** `FROM` these columns of the rows of a rollup in the steps, as `kpis`. */
function rowsOf(
  org: string,
  steps: Steps,
  name: TableName,
  columns: Fragment,
  conditions: readonly Fragment[],
): Fragment {
  const range = rangeOfSteps(steps);
  const within = steps.by === "hours" ? withinHours(range) : withinMinutes(range);
  return sql`FROM (
SELECT ${columns}
${new Scoped(org).from(name, [within, ...conditions])}
) AS kpis`;
}

const stepsRow = z.object({
  service: z.string(),
  operation: z.string().optional(),
  kind: z.enum(SPAN_KINDS).optional(),
  // The engine quotes 64-bit integers.
  steps: z.array(z.coerce.number()),
  requests: z.array(z.number()),
  errors: z.array(z.number()),
  quantiles: z.array(z.array(z.number().nullable()).length(3)),
});

type Lines = Omit<ServiceSeries, "service" | "operation" | "kind">;

/** The lists of a row, in which steps are missing and in no order, as one value for each step. */
function linesOf(row: z.infer<typeof stepsRow>, steps: Steps, seconds: readonly number[]): Lines {
  const none = (): null[] => Array.from({ length: steps.count }, () => null);
  const requestsPerSecond = Array.from({ length: steps.count }, () => 0);
  const errorRate: (number | null)[] = none();
  const durations: (number | null)[][] = [none(), none(), none()];
  for (const [index, step] of row.steps.entries()) {
    const place = placeOf(steps, step);
    const requests = row.requests[index] ?? 0;
    // A step that has just begun is read, and not shown.
    if (place < 0 || place >= steps.count || requests <= 0) continue;
    requestsPerSecond[place] = rounded(requests / seconds[place]!);
    errorRate[place] = rounded((row.errors[index] ?? 0) / requests);
    for (const [which, line] of durations.entries()) {
      const ns = row.quantiles[index]?.[which];
      line[place] = ns === null || ns === undefined ? null : rounded(ns / 1_000_000);
    }
  }
  const [p50Ms, p95Ms, p99Ms] = durations;
  return { requestsPerSecond, errorRate, p50Ms: p50Ms!, p95Ms: p95Ms!, p99Ms: p99Ms! };
}

/** Five digits: quantiles are known to less, and a page of many services is half as long. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
