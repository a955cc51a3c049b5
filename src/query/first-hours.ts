import { SIGNALS, type Signal } from "#core/signal.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";

export function firstHoursStatement(org: string, sinceMs: number): Fragment {
  const since = sql`hour >= toStartOfHour(${literal.dateTime(sinceMs)})`;
  return sql`SELECT signal, toUnixTimestamp(min(hour)) AS first
${new Scoped(org).from("attribute_catalogue", [since])}
GROUP BY signal
LIMIT ${literal.uint(SIGNALS.length)}`;
}

const row = z.object({ signal: z.enum(SIGNALS), first: z.coerce.number() });

/** The first hour since a moment that has rows of each signal, in Unix milliseconds; from the catalogue. */
export async function firstHours(
  context: QueryContext,
  sinceMs: number,
): Promise<Partial<Record<Signal, number>>> {
  const rows = await read(context, firstHoursStatement(context.org, sinceMs), row, FEW_ROWS);
  return Object.fromEntries(rows.map(({ signal, first }) => [signal, first * 1_000]));
}
