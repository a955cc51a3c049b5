import { type AttributeValue, attributeValue } from "#core/attributes.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { RememberedHolders } from "./remembered-holders.ts";
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

/** What queries have read of resources and scopes before; one for a store. */
export class KnownHolders {
  readonly resources = new RememberedHolders<Attributes>();
  readonly scopes = new RememberedHolders<ScopeView>();
}

export function resourcesStatement(
  org: string,
  range: TimeRange,
  ids: readonly string[],
): Fragment {
  const isWanted = sql`resource_id IN (${idList(ids)})`;
  return sql`SELECT toString(resource_id) AS id, ${attributeColumns}
${new Scoped(org).from("resources", [isWanted, withinDays(range)])}
LIMIT 1 BY resource_id`;
}

export function scopesStatement(org: string, range: TimeRange, ids: readonly string[]): Fragment {
  const isWanted = sql`scope_id IN (${idList(ids)})`;
  return sql`SELECT toString(scope_id) AS id, name, version, ${attributeColumns}
${new Scoped(org).from("scopes", [isWanted, withinDays(range)])}
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

/** The resources and scopes of these rows, which name them by id in decimal and lie in `range`. */
export async function readHolders(
  context: QueryContext,
  range: TimeRange,
  rows: readonly { readonly resource_id: string; readonly scope_id: string }[],
): Promise<Holders> {
  const [resources, scopes] = await Promise.all([
    readResources(context, range, new Set(rows.map((row) => row.resource_id))),
    readScopes(context, range, new Set(rows.map((row) => row.scope_id))),
  ]);
  return {
    resource: (id) => resources.get(id) ?? {},
    scope: (id) => scopes.get(id) ?? { name: "", version: "", attributes: {} },
  };
}

/** The attributes of these resources, whose ids are decimal, by id. */
export async function readResources(
  context: QueryContext,
  range: TimeRange,
  ids: ReadonlySet<string>,
): Promise<Map<string, Attributes>> {
  const { org, known } = context;
  const { found, missing } = amongKnown(ids, (id) => known?.resources.get(org, id));
  for (const ids of portionsOf(missing)) {
    const statement = resourcesStatement(org, range, ids);
    for (const row of await read(context, statement, resourceRow, FEW_ROWS)) {
      const attributes = attributesOf(row);
      found.set(row.id, attributes);
      known?.resources.set(org, row.id, attributes, bytesOf(row));
    }
  }
  return found;
}

async function readScopes(
  context: QueryContext,
  range: TimeRange,
  ids: ReadonlySet<string>,
): Promise<Map<string, ScopeView>> {
  const { org, known } = context;
  const { found, missing } = amongKnown(ids, (id) => known?.scopes.get(org, id));
  for (const ids of portionsOf(missing)) {
    const statement = scopesStatement(org, range, ids);
    for (const row of await read(context, statement, scopeRow, FEW_ROWS)) {
      const { id, name, version } = row;
      const scope = { name, version, attributes: attributesOf(row) };
      found.set(id, scope);
      known?.scopes.set(org, id, scope, bytesOf(row) + name.length + version.length);
    }
  }
  return found;
}

/** At most this many ids stand in one statement, whose text the engine bounds at 256 KiB. */
const IDS_PER_STATEMENT = 2_000;

function* portionsOf(ids: readonly string[]): Iterable<readonly string[]> {
  for (let at = 0; at < ids.length; at += IDS_PER_STATEMENT)
    yield ids.slice(at, at + IDS_PER_STATEMENT);
}

/** Splits ids into those that are known, with what they stand for, and the others. */
function amongKnown<T>(
  ids: ReadonlySet<string>,
  get: (id: string) => T | undefined,
): { found: Map<string, T>; missing: string[] } {
  const found = new Map<string, T>();
  const missing: string[] = [];
  for (const id of ids) {
    const item = get(id);
    if (item === undefined) missing.push(id);
    else found.set(id, item);
  }
  return { found, missing };
}

function bytesOf({ keys, vals }: z.infer<typeof attributeRow>): number {
  let bytes = 0;
  for (const text of keys) bytes += text.length;
  for (const text of vals) bytes += text.length;
  return bytes;
}
