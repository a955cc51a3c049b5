import { attributeKey } from "#core/search/search-fields.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { Scoped } from "../scoped.ts";
import { type TimeRange, withinDays } from "../time-range.ts";

/** Columns of spans that they are counted by. */
export const SPAN_FIELDS = ["service", "operation", "status", "kind"] as const;
export type SpanField = (typeof SPAN_FIELDS)[number];

const COLUMNS: Readonly<Record<SpanField, Fragment>> = {
  service: sql`toString(service)`,
  operation: sql`toString(name)`,
  status: sql`toString(status)`,
  kind: sql`toString(kind)`,
};

/** What spans are counted by: a column, or an attribute. */
export type CountedBy =
  | { readonly field: SpanField; readonly isAttribute: false }
  | { readonly field: string; readonly isAttribute: true };

/** Reads a field's name; `attr.service` is an attribute whose key is a field's name. */
export function countedBy(name: string): CountedBy {
  const field = SPAN_FIELDS.find(
    (candidate) => candidate === name || (name === "name" && candidate === "operation"),
  );
  if (field !== undefined) return { field, isAttribute: false };
  return { field: attributeKey(name), isAttribute: true };
}

export function columnOf(field: SpanField): Fragment {
  return COLUMNS[field];
}

/**
 * The values of attributes beside each span, as `v0`, `v1` …: the span's own, else its resource's. To be
 * put behind a FROM of `spans`; see {@link resourceValues} for the join.
 */
export function valuesOf(keys: readonly string[]): Fragment {
  return join(
    keys.map((key, at) => {
      const name = literal.string(key);
      return sql`if(mapContains(attrs, ${name}), attrs[${name}], held.${placeName("r", at)}) AS ${placeName("v", at)}`;
    }),
    ", ",
  );
}

/** The values that resources have of these keys, to be joined to spans as `held`. */
export function resourceValues(org: string, range: TimeRange, keys: readonly string[]): Fragment {
  const values = keys.map((key, at) => sql`attrs[${literal.string(key)}] AS ${placeName("r", at)}`);
  return sql`SELECT resource_id AS held_id, ${join(values, ", ")}
${new Scoped(org).from("resources", [withinDays(range)])}
LIMIT 1 BY resource_id`;
}

/** As many as `TRACE_VIEW_LIMITS.facetKeysMax`. */
const NAMES = {
  v: [sql`v0`, sql`v1`, sql`v2`, sql`v3`, sql`v4`, sql`v5`, sql`v6`, sql`v7`],
  r: [sql`r0`, sql`r1`, sql`r2`, sql`r3`, sql`r4`, sql`r5`, sql`r6`, sql`r7`],
} as const;

/** `v0` … `v7`, `r0` … `r7`. */
export function placeName(letter: "v" | "r", at: number): Fragment {
  return NAMES[letter][at]!;
}
