import { type AttributeValue, attributeValue } from "#core/attributes.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
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

export function resourcesStatement(
  org: string,
  range: TimeRange,
  ids: readonly string[],
): Fragment {
  const wanted = sql`resource_id IN (${idList(ids)})`;
  return sql`SELECT toString(resource_id) AS id, ${attributeColumns}
${new Scoped(org).from("resources", [wanted, withinDays(range)])}
LIMIT 1 BY resource_id`;
}

export function scopesStatement(org: string, range: TimeRange, ids: readonly string[]): Fragment {
  const wanted = sql`scope_id IN (${idList(ids)})`;
  return sql`SELECT toString(scope_id) AS id, name, version, ${attributeColumns}
${new Scoped(org).from("scopes", [wanted, withinDays(range)])}
LIMIT 1 BY scope_id`;
}

function idList(ids: readonly string[]): Fragment {
  return join(
    ids.map((id) => literal.uint(BigInt(id))),
    ", ",
  );
}

const resourceRow = attributeRow.extend({ id: z.string() });
const scopeRow = resourceRow.extend({ name: z.string(), version: z.string() });

/** At most this many ids stand in one statement, whose text the engine bounds at 256 KiB. */
const IDS_PER_STATEMENT = 5_000;

/** Reads the resources and scopes of rows in `range`, given by their ids in decimal, repeats allowed. */
export async function readHolders(
  context: QueryContext,
  range: TimeRange,
  rows: readonly { readonly resource_id: string; readonly scope_id: string }[],
): Promise<Holders> {
  const { org } = context;
  const [resources, scopes] = await Promise.all([
    inChunks(new Set(rows.map((row) => row.resource_id)), (ids) =>
      read(context, resourcesStatement(org, range, ids), resourceRow),
    ),
    inChunks(new Set(rows.map((row) => row.scope_id)), (ids) =>
      read(context, scopesStatement(org, range, ids), scopeRow),
    ),
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

async function inChunks<T>(
  ids: ReadonlySet<string>,
  read: (ids: readonly string[]) => Promise<T[]>,
): Promise<T[]> {
  const all = [...ids];
  const found: T[] = [];
  for (let at = 0; at < all.length; at += IDS_PER_STATEMENT) {
    found.push(...(await read(all.slice(at, at + IDS_PER_STATEMENT))));
  }
  return found;
}
