import { type AttributeValue, attributeValue } from "#core/attributes.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinDays } from "./time-range.ts";

export type Attributes = Record<string, AttributeValue>;

export interface ScopeView {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
}

/** Keys and values apart and in the map's order, which is that of the type bytes. */
export const attributeColumns = sql`mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types`;

export const attributeRow = z.object({
  keys: z.array(z.string()),
  vals: z.array(z.string()),
  types: z.string(),
});

/** Attributes with the types that they were sent with. */
export function attributesOf({ keys, vals, types }: z.infer<typeof attributeRow>): Attributes {
  // fromEntries makes own properties of any key, `__proto__` included.
  return Object.fromEntries(
    keys.map((key, i) => [key, attributeValue(vals[i] ?? "", types.charCodeAt(i))]),
  );
}

/** What is known of resources or scopes that rows name by id. */
export interface Holders {
  resource(id: string): Attributes;
  scope(id: string): ScopeView;
}

/** Which resources and scopes: each a list of ids, or a subquery that gives them. */
export interface WantedHolders {
  readonly resources: Fragment;
  readonly scopes: Fragment;
}

export function resourcesStatement(org: string, range: TimeRange, wanted: WantedHolders): Fragment {
  const isWanted = sql`resource_id GLOBAL IN (${wanted.resources})`;
  return sql`SELECT toString(resource_id) AS id, ${attributeColumns}
${new Scoped(org).from("resources", [isWanted, withinDays(range)])}
LIMIT 1 BY resource_id`;
}

export function scopesStatement(org: string, range: TimeRange, wanted: WantedHolders): Fragment {
  const isWanted = sql`scope_id GLOBAL IN (${wanted.scopes})`;
  return sql`SELECT toString(scope_id) AS id, name, version, ${attributeColumns}
${new Scoped(org).from("scopes", [isWanted, withinDays(range)])}
LIMIT 1 BY scope_id`;
}

/** Those of the rows of a page, which name them by id in decimal. */
export function holdersOf(
  rows: readonly { readonly resource_id: string; readonly scope_id: string }[],
): WantedHolders {
  return {
    resources: idList(rows.map((row) => row.resource_id)),
    scopes: idList(rows.map((row) => row.scope_id)),
  };
}

function idList(ids: readonly string[]): Fragment {
  return join(
    [...new Set(ids)].map((id) => literal.uint(BigInt(id))),
    ", ",
  );
}

const resourceRow = attributeRow.extend({ id: z.string() });
const scopeRow = resourceRow.extend({ name: z.string(), version: z.string() });

/** Reads the resources and scopes that rows in `range` have. */
export async function readHolders(
  context: QueryContext,
  range: TimeRange,
  wanted: WantedHolders,
): Promise<Holders> {
  const { org } = context;
  const [resources, scopes] = await Promise.all([
    read(context, resourcesStatement(org, range, wanted), resourceRow, FEW_ROWS),
    read(context, scopesStatement(org, range, wanted), scopeRow, FEW_ROWS),
  ]);
  const resourceById = new Map(resources.map((row) => [row.id, attributesOf(row)]));
  const scopeById = new Map(
    scopes.map((row) => [
      row.id,
      { name: row.name, version: row.version, attributes: attributesOf(row) },
    ]),
  );
  return {
    resource: (id) => resourceById.get(id) ?? {},
    scope: (id) => scopeById.get(id) ?? { name: "", version: "", attributes: {} },
  };
}
