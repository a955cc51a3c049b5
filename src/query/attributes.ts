import { QUERY_LIMITS } from "#core/limits.ts";
import type { Signal } from "#core/signal.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinHours } from "./time-range.ts";

/** A key, or one value of the key that was asked for, with the rows that have it. */
export interface AttributeCount {
  readonly key: string;
  readonly level: "resource" | "record";
  readonly value?: string;
  readonly count: number;
}

export function attributeKeysStatement(org: string, range: TimeRange, signal: Signal): Fragment {
  const conditions = [sql`signal = ${literal.string(signal)}`, withinHours(range), sql`value = ''`];
  return sql`SELECT key, level, sum(attribute_catalogue.rows) AS count
${new Scoped(org).from("attribute_catalogue", conditions)}
GROUP BY key, level
ORDER BY count DESC, key, level
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

export function attributeValuesStatement(
  org: string,
  range: TimeRange,
  signal: Signal,
  key: string,
): Fragment {
  const conditions = [
    sql`signal = ${literal.string(signal)}`,
    sql`key = ${literal.string(key)}`,
    withinHours(range),
    sql`value != ''`,
  ];
  return sql`SELECT key, level, value, sum(attribute_catalogue.rows) AS count
${new Scoped(org).from("attribute_catalogue", conditions)}
GROUP BY key, level, value
ORDER BY count DESC, value, level
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

const countRow = z.object({
  key: z.string(),
  level: z.enum(["resource", "record"]),
  count: z.coerce.number(),
});

/** The attribute keys of a signal in the hours of the range, the most frequent first. */
export function listAttributeKeys(
  context: QueryContext,
  range: TimeRange,
  signal: Signal,
): Promise<AttributeCount[]> {
  return read(context, attributeKeysStatement(context.org, range, signal), countRow);
}

/** The values of one key that the catalogue has, the most frequent first. */
export function listAttributeValues(
  context: QueryContext,
  range: TimeRange,
  signal: Signal,
  key: string,
): Promise<AttributeCount[]> {
  const statement = attributeValuesStatement(context.org, range, signal, key);
  return read(context, statement, countRow.extend({ value: z.string() }));
}
