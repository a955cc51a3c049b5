import { TRACE_VIEW_LIMITS } from "#core/limits.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "../query-context.ts";
import { Scoped } from "../scoped.ts";
import { countSpans, planOf, type ScanPlan } from "./scan-plan.ts";
import { columnOf, placeName, resourceValues, SPAN_FIELDS, valuesOf } from "./span-fields.ts";
import { COUNT, ERRORS, setConditions, type SpanSet } from "./span-set.ts";

export interface FacetValue {
  readonly value: string;
  readonly count: number;
  readonly errors: number;
}

/** The most frequent values of a field or an attribute. */
export interface Facet {
  readonly field: string;
  readonly isAttribute: boolean;
  readonly values: FacetValue[];
  readonly scanned: { readonly share: number };
}

export interface Facets {
  readonly total: number;
  readonly errors: number;
  readonly facets: Facet[];
}

/** Values a facet beyond which there is the empty one, which an absent attribute has too. */
const VALUES_READ = TRACE_VIEW_LIMITS.facetValuesMax + 1;

/** The counts of every column at once: the spans are read once for all of them. */
export function fieldFacetsStatement(org: string, set: SpanSet, plan: ScanPlan): Fragment {
  const names = SPAN_FIELDS.map((_, at) => placeName("v", at));
  const columns = SPAN_FIELDS.map((field, at) => sql`${columnOf(field)} AS ${names[at]!}`);
  return facetsStatement(
    names,
    sql`SELECT ${join(columns, ", ")}, weight, status
${new Scoped(org).from("spans", [plan.when, ...setConditions(set)])}`,
  );
}

/** The counts of attributes' values, of spans and their resources. */
export function attributeFacetsStatement(
  org: string,
  set: SpanSet,
  plan: ScanPlan,
  keys: readonly string[],
): Fragment {
  const names = keys.map((_, at) => placeName("v", at));
  return facetsStatement(
    names,
    sql`SELECT ${valuesOf(keys)}, weight, status
FROM (
SELECT attrs, resource_id, weight, status
${new Scoped(org).from("spans", [plan.when, ...setConditions(set)])}
) AS found
GLOBAL ANY LEFT JOIN (
${resourceValues(org, set.range, keys)}
) AS held ON found.resource_id = held.held_id`,
  );
}

function facetsStatement(names: readonly Fragment[], spans: Fragment): Fragment {
  const sets = names.map((name) => sql`(${name})`);
  const groupings = names.map((name) => sql`grouping(${name})`);
  return sql`SELECT indexOf([${join(groupings, ", ")}], 0) AS facet, [${join(names, ", ")}][facet] AS value,
  ${COUNT} AS count, ${ERRORS} AS errors
FROM (
${spans}
)
GROUP BY GROUPING SETS (${join(sets, ", ")})
ORDER BY facet, count DESC, value
LIMIT ${literal.uint(VALUES_READ)} BY facet`;
}

const facetRow = z.object({
  facet: z.coerce.number(),
  value: z.string(),
  count: z.number(),
  errors: z.number(),
});

/** Counts the spans of a set by their columns, and by the attributes of these keys. */
export async function spanFacets(
  context: QueryContext,
  set: SpanSet,
  keys: readonly string[],
): Promise<Facets> {
  const spans = await countSpans(context, set.range);
  const plan = (spansMax: number): ScanPlan => planOf(set.range, spans, spansMax);
  const { spansScannedMax, spansWithAttributesScannedMax } = TRACE_VIEW_LIMITS;
  const [fields, attributes] = await Promise.all([
    fieldFacets(context, set, plan(spansScannedMax)),
    keys.length === 0
      ? []
      : attributeFacets(context, set, plan(spansWithAttributesScannedMax), keys),
  ]);
  // Each span has one status, of three: that facet is whole and sums up to all.
  const statuses = fields.find(({ field }) => field === "status")?.values ?? [];
  const total = statuses.reduce((sum, { count }) => sum + count, 0);
  const errors = statuses.reduce((sum, value) => sum + value.errors, 0);
  return { total, errors, facets: [...fields, ...attributes] };
}

async function fieldFacets(context: QueryContext, set: SpanSet, plan: ScanPlan): Promise<Facet[]> {
  const statement = fieldFacetsStatement(context.org, set, plan);
  const rows = await read(context, statement, facetRow);
  return SPAN_FIELDS.map((field, at) => ({
    field,
    isAttribute: false,
    ...facetOf(rows, at, plan),
  }));
}

async function attributeFacets(
  context: QueryContext,
  set: SpanSet,
  plan: ScanPlan,
  keys: readonly string[],
): Promise<Facet[]> {
  const statement = attributeFacetsStatement(context.org, set, plan, keys);
  const rows = await read(context, statement, facetRow);
  return keys.map((field, at) => ({ field, isAttribute: true, ...facetOf(rows, at, plan, "") }));
}

function facetOf(
  rows: readonly z.infer<typeof facetRow>[],
  at: number,
  { share }: ScanPlan,
  absent?: string,
): Pick<Facet, "values" | "scanned"> {
  const values = rows
    .filter(({ facet, value }) => facet === at + 1 && value !== absent)
    .slice(0, TRACE_VIEW_LIMITS.facetValuesMax)
    .map(({ value, count, errors }) => ({ value, count: count / share, errors: errors / share }));
  return { values, scanned: { share } };
}
