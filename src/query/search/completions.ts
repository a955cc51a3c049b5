import { SEARCH_LIMITS } from "#core/limits.ts";
import { attributeName, formatValue } from "#core/search/format-search.ts";
import { searchCursor } from "#core/search/search-cursor.ts";
import {
  attributeKey,
  SEARCH_FIELDS,
  type SearchField,
  searchField,
} from "#core/search/search-fields.ts";
import type { Place, SearchSignal } from "#core/search/search-node.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { listAttributeKeys, listAttributeValues } from "../attributes.ts";
import { type QueryContext, read } from "../query-context.ts";
import { Scoped } from "../scoped.ts";
import { type TimeRange, withinDays, withinHours } from "../time-range.ts";

/** Something that may be written where the cursor is. */
export interface Completion {
  readonly kind: "field" | "attribute" | "value" | "operator";
  /** As it is shown. */
  readonly label: string;
  /** What takes the place of what was typed. */
  readonly insert: string;
  /** What it is, or an example; empty where the label says it. */
  readonly detail: string;
  /** Rows that have it, where that is known. */
  readonly count?: number;
}

export interface Completions {
  readonly replace: Place;
  readonly data: readonly Completion[];
}

/**
 * What may be written behind `at` characters of a search: fields, or the values of the field that stands
 * there. From the catalogue and the rollups of the range, never from rows.
 */
export async function searchCompletions(
  context: QueryContext,
  range: TimeRange,
  { signal, q, at }: { signal: SearchSignal; q: string; at: number },
): Promise<Completions> {
  const cursor = searchCursor(q, at);
  if (cursor.kind === "text") return { replace: { from: at, to: at }, data: [] };
  const found =
    cursor.kind === "term"
      ? await fields(context, range, signal, cursor.typed)
      : await values(context, range, signal, cursor);
  return { replace: cursor.at, data: found.slice(0, SEARCH_LIMITS.completionsMax) };
}

async function fields(
  context: QueryContext,
  range: TimeRange,
  signal: SearchSignal,
  typed: string,
): Promise<Completion[]> {
  const known = SEARCH_FIELDS.filter(({ signals }) => signals.includes(signal)).map(
    ({ name, aliases, summary }): Completion & { names: readonly string[] } => ({
      kind: "field",
      label: name,
      insert: `${name}:`,
      detail: summary,
      names: [name, ...aliases],
    }),
  );
  const keys = await listAttributeKeys(context, range, signal);
  const attributes = keys.map(({ key, level, count }) => ({
    kind: "attribute" as const,
    label: key,
    insert: `${attributeName(key)}:`,
    detail: level === "resource" ? "of the resource" : "",
    count,
    names: [key],
  }));
  return fitting([...known, ...attributes], attributeKey(typed), ({ names }) => names).map(
    ({ names: _names, ...completion }) => completion,
  );
}

interface ValueCursor {
  readonly field: string;
  readonly typed: string;
  readonly isCompared: boolean;
  readonly inList: boolean;
}

async function values(
  context: QueryContext,
  range: TimeRange,
  signal: SearchSignal,
  cursor: ValueCursor,
): Promise<Completion[]> {
  const field = searchField(cursor.field);
  const known = await knownValues(context, range, signal, cursor);
  const offered = known.map(({ value, count, detail = "" }): Completion => ({
    kind: "value",
    label: value,
    insert: field?.values === "duration" ? value : formatValue(value),
    detail,
    ...(count === undefined ? {} : { count }),
  }));
  const operators = cursor.typed === "" && !cursor.isCompared && !cursor.inList;
  return [
    ...fitting(offered, cursor.typed, ({ label }) => [label]),
    ...(operators ? operatorsOf(field) : []),
  ];
}

interface KnownValue {
  readonly value: string;
  readonly count?: number;
  readonly detail?: string;
}

const DURATIONS = ["10ms", "100ms", "200ms", "500ms", "1s", "5s", "1m"];

async function knownValues(
  context: QueryContext,
  range: TimeRange,
  signal: SearchSignal,
  { field, typed, isCompared }: ValueCursor,
): Promise<readonly KnownValue[]> {
  const known = searchField(field);
  switch (known?.name) {
    case "severity":
    case "status":
    case "kind":
      return known.choices!.map((value) => ({ value }));
    case "duration":
      return durations(typed, isCompared);
    case "operation":
      return read(context, operationsStatement(context.org, range, typed), valueRow);
    case "scope":
      return scopeNames(context, range, typed);
    case "service":
      return catalogued(context, range, signal, "service.name");
    case undefined:
      return catalogued(context, range, signal, attributeKey(field));
    default:
      return [];
  }
}

async function catalogued(
  context: QueryContext,
  range: TimeRange,
  signal: SearchSignal,
  key: string,
): Promise<readonly KnownValue[]> {
  const rows = await listAttributeValues(context, range, signal, key);
  return rows.map(({ value = "", count }) => ({ value, count }));
}

/** A number that is being typed is offered with each unit. */
function durations(typed: string, isCompared: boolean): KnownValue[] {
  const amount = /^\d+(\.\d+)?/.exec(typed)?.[0];
  const texts =
    amount === undefined
      ? DURATIONS
      : ["ms", "s", "us", "m", "h", "ns"].map((unit) => amount + unit);
  return texts.map((text) => ({ value: isCompared || amount !== undefined ? text : `>${text}` }));
}

function operatorsOf(field: SearchField | undefined): Completion[] {
  const operator = (insert: string, detail: string): Completion => ({
    kind: "operator",
    label: insert,
    insert,
    detail,
  });
  const numeric = field === undefined || ["duration", "severity"].includes(field.values);
  return [
    ...(numeric ? [operator(">=", "at least"), operator("<", "less than")] : []),
    operator("*", "where it is there at all"),
  ];
}

/** Those that begin with what was typed, then those that have it elsewhere. */
function fitting<T>(all: readonly T[], typed: string, names: (one: T) => readonly string[]): T[] {
  const wanted = typed.toLowerCase();
  const begins = all.filter((one) =>
    names(one).some((name) => name.toLowerCase().startsWith(wanted)),
  );
  const others = all.filter(
    (one) =>
      !begins.includes(one) && names(one).some((name) => name.toLowerCase().includes(wanted)),
  );
  return [...begins, ...others];
}

const valueRow = z.object({ value: z.string(), count: z.coerce.number() });

/** Names of spans that have the text in them, from the hourly figures. */
export function operationsStatement(org: string, range: TimeRange, typed: string): Fragment {
  const conditions = [withinHours(range), has(sql`operation`, typed)];
  return sql`SELECT operation AS value, sum(span_kpis_1h.spans) AS count
${new Scoped(org).from("span_kpis_1h", conditions)}
GROUP BY value
ORDER BY count DESC, value
LIMIT ${literal.uint(SEARCH_LIMITS.completionsMax)}`;
}

async function scopeNames(
  context: QueryContext,
  range: TimeRange,
  typed: string,
): Promise<readonly KnownValue[]> {
  const statement = scopeNamesStatement(context.org, range, typed);
  return read(context, statement, z.object({ value: z.string() }));
}

/** Names of instrumentation scopes that have the text in them. */
export function scopeNamesStatement(org: string, range: TimeRange, typed: string): Fragment {
  const conditions = [withinDays(range), sql`name != ''`, has(sql`name`, typed)];
  return sql`SELECT name AS value
${new Scoped(org).from("scopes", conditions)}
GROUP BY value
ORDER BY value
LIMIT ${literal.uint(SEARCH_LIMITS.completionsMax)}`;
}

function has(column: Fragment, typed: string): Fragment {
  return sql`positionCaseInsensitive(${column}, ${literal.string(typed)}) > 0`;
}
