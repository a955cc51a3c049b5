import { QUERY_LIMITS } from "#core/limits.ts";
import type { SpanKind } from "#core/vocabulary.ts";
import { SPAN_KINDS } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import {
  areRequests,
  type Kpis,
  kpiRow,
  kpisOf,
  OPERATION_ROLLUP,
  rollupWithin,
  SERVICE_ROLLUP,
  SUMMED,
  SUMS,
} from "./service-rollups.ts";
import { coveredSeconds, rangeBefore, type TimeRange } from "./time-range.ts";

/** Figures, and with them those of the range before where that was asked for; null where it has none. */
export type ComparedKpis = Kpis & { readonly previous?: Kpis | null };

/** How services and operations are listed. */
export interface ListOptions {
  /** Unix milliseconds: what of the range is still to come is not counted as time. */
  readonly nowMs: number;
  /** Adds the figures of the equal range before. */
  readonly compare?: "previous" | undefined;
  /** Only this service. */
  readonly service?: string | undefined;
}

export function servicesStatement(
  org: string,
  range: TimeRange,
  service: string | undefined,
): Fragment {
  const rollup = SERVICE_ROLLUP;
  const wanted = service === undefined ? [] : [sql`service = ${literal.string(service)}`];
  const requests = areRequests(rollupWithin(org, range, rollup, sql`service, entry`, wanted));
  return sql`SELECT service, ${SUMS}
${rollupWithin(org, range, rollup, sql`service, ${SUMMED}`, [...wanted, requests])}
GROUP BY service
ORDER BY requests DESC, service
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

/** The operations of one service, of each kind apart; every span counts. */
export function operationsStatement(org: string, range: TimeRange, service: string): Fragment {
  const columns = sql`operation, kind, ${SUMMED}`;
  const ofService = sql`service = ${literal.string(service)}`;
  return sql`SELECT operation, kind, ${SUMS}
${rollupWithin(org, range, OPERATION_ROLLUP, columns, [ofService])}
GROUP BY operation, kind
ORDER BY requests DESC, operation, kind
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

const serviceRow = kpiRow.extend({ service: z.string() });
const operationRow = kpiRow.extend({ operation: z.string(), kind: z.enum(SPAN_KINDS) });

/** The services that sent spans in the minutes of the range, the busiest first. */
export async function listServices(
  context: QueryContext,
  range: TimeRange,
  options: ListOptions,
): Promise<({ service: string } & ComparedKpis)[]> {
  const ask = (asked: TimeRange): Promise<z.infer<typeof serviceRow>[]> =>
    read(context, servicesStatement(context.org, asked, options.service), serviceRow, FEW_ROWS);
  const found = await compared(ask, ({ service }) => service, range, options);
  return found.map(({ row, kpis }) => ({ service: row.service, ...kpis }));
}

/** The operations of one service in the minutes of the range, the busiest first. */
export async function listOperations(
  context: QueryContext,
  range: TimeRange,
  options: ListOptions & { readonly service: string },
): Promise<({ operation: string; kind: SpanKind } & ComparedKpis)[]> {
  const ask = (asked: TimeRange): Promise<z.infer<typeof operationRow>[]> =>
    read(context, operationsStatement(context.org, asked, options.service), operationRow, FEW_ROWS);
  const key = ({ kind, operation }: z.infer<typeof operationRow>): string => `${kind} ${operation}`;
  const found = await compared(ask, key, range, options);
  return found.map(({ row: { operation, kind }, kpis }) => ({ operation, kind, ...kpis }));
}

/** The rows of a range, each with its figures, and with those that the same key had before. */
async function compared<Row extends z.infer<typeof kpiRow>>(
  ask: (range: TimeRange) => Promise<Row[]>,
  key: (row: Row) => string,
  range: TimeRange,
  { nowMs, compare }: ListOptions,
): Promise<{ row: Row; kpis: ComparedKpis }[]> {
  const seconds = coveredSeconds(range, nowMs);
  if (compare === undefined) {
    const rows = await ask(range);
    return rows.map((row) => ({ row, kpis: kpisOf(row, seconds) }));
  }
  const before = rangeBefore(range, nowMs);
  const [rows, rowsBefore] = await Promise.all([ask(range), ask(before)]);
  const secondsBefore = coveredSeconds(before, nowMs);
  const byKey = new Map(rowsBefore.map((row) => [key(row), kpisOf(row, secondsBefore)]));
  return rows.map((row) => ({
    row,
    kpis: { ...kpisOf(row, seconds), previous: byKey.get(key(row)) ?? null },
  }));
}
