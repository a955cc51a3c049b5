import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type QueryContext, read } from "./query-context.ts";
import { allOf, anyOf, Scoped } from "./scoped.ts";
import { type TimeRange, withinDays } from "./time-range.ts";

/** `key=value`; see {@link valueIs} for what a value matches. */
export interface AttributeMatch {
  readonly key: string;
  readonly value: string;
}

/** A match with the resources and scopes that have it, in the time range. */
export interface ResolvedMatch extends AttributeMatch {
  readonly resourceIds: readonly bigint[];
  /** The services of those resources. */
  readonly services: readonly string[];
  readonly scopeIds: readonly bigint[];
}

/** Beside its resource and scope, where a row of this kind has attributes. */
export type AttributeOwner = "span" | "log" | "series";

/**
 * Condition that the map in `column` has the match. Values are compared as text. Where the value has
 * `.*` in it, that stands for any text, and `\*` for a star; the value as it is written always
 * matches too, so that no stored value is out of reach.
 */
export function mapHas(column: Fragment, { key, value }: AttributeMatch): Fragment {
  const item = sql`${column}[${literal.string(key)}]`;
  const found = valueIs(item, value);
  // The engine gives an absent key the empty text.
  return matchesEmpty(value)
    ? sql`(mapContains(${column}, ${literal.string(key)}) AND ${found})`
    : found;
}

/** Condition that the text `item` is what `value` means. */
export function valueIs(item: Fragment, value: string): Fragment {
  const exact = sql`${item} = ${literal.string(value)}`;
  if (!isPattern(value)) return exact;
  return anyOf([exact, sql`${item} LIKE ${literal.string(likePattern(value))}`]);
}

function isPattern(value: string): boolean {
  return value.includes(".*") || value.includes("\\*");
}

function matchesEmpty(value: string): boolean {
  return /^(\.\*)*$/.test(value);
}

function likePattern(value: string): string {
  return value.replace(/\\\*|\.\*|[%_\\]/g, (found) => {
    if (found === "\\*") return "*";
    return found === ".*" ? "%" : `\\${found}`;
  });
}

/** Reads the ids of what has any of the matches, out of one of the two small tables. */
export function holdersStatement(
  org: string,
  holder: "resources" | "scopes",
  range: TimeRange,
  matches: readonly AttributeMatch[],
): Fragment {
  const conditions = matches.map((match) => mapHas(sql`attrs`, match));
  const id = holder === "resources" ? sql`resource_id` : sql`scope_id`;
  const service = holder === "resources" ? sql`any(service)` : sql`''`;
  return sql`SELECT toString(${id}) AS id, ${service} AS service,
  [${join(
    conditions.map((condition) => sql`max(${condition})`),
    ", ",
  )}] AS matches
${new Scoped(org).from(holder, [withinDays(range), anyOf(conditions)])}
GROUP BY ${id}
LIMIT ${literal.uint(QUERY_LIMITS.attributeHoldersMax + 1)}`;
}

const holderRow = z.object({
  id: z.string().transform(BigInt),
  service: z.string(),
  matches: z.array(z.union([z.number(), z.boolean()])),
});

/** Looks the holders of each match up. Throws `result_too_large` when there are too many to list. */
export async function resolveMatches(
  context: QueryContext,
  range: TimeRange,
  matches: readonly AttributeMatch[],
): Promise<ResolvedMatch[]> {
  if (matches.length === 0) return [];
  const [resources, scopes] = await Promise.all([
    read(context, holdersStatement(context.org, "resources", range, matches), holderRow),
    read(context, holdersStatement(context.org, "scopes", range, matches), holderRow),
  ]);
  const max = QUERY_LIMITS.attributeHoldersMax;
  if (resources.length > max || scopes.length > max) {
    throw new SightglassError(
      "result_too_large",
      `attribute: more than ${max} resources or scopes have it, ask for a shorter time range or a rarer attribute`,
    );
  }
  return matches.map((match, index) => {
    const holding = resources.filter((row) => Boolean(row.matches[index]));
    return {
      ...match,
      resourceIds: holding.map((row) => row.id),
      services: [...new Set(holding.map((row) => row.service))],
      scopeIds: scopes.filter((row) => Boolean(row.matches[index])).map((row) => row.id),
    };
  });
}

/**
 * Conditions, any of which may hold, for all matches to hold. They are apart, for a UNION, because
 * the engine drops its indexes at an OR between columns: each keeps one index at least.
 */
export function matchBranches(
  owner: AttributeOwner,
  matches: readonly ResolvedMatch[],
): Fragment[] {
  if (matches.length === 0) return [sql`true`];
  // The one to split: a match that only rows themselves have finds fewest rows through its index.
  const split =
    matches.find((match) => match.resourceIds.length + match.scopeIds.length === 0) ?? matches[0]!;
  const others = matches.filter((match) => match !== split).map((match) => anyPlace(owner, match));
  return places(owner, split).map((place) => allOf([place, ...others]));
}

/** One condition that all matches hold, wherever: right, but without an index. */
export function matchCondition(owner: AttributeOwner, matches: readonly ResolvedMatch[]): Fragment {
  return allOf(matches.map((match) => anyPlace(owner, match)));
}

function anyPlace(owner: AttributeOwner, match: ResolvedMatch): Fragment {
  return anyOf(places(owner, match));
}

/** One condition for each place that may have the match. */
function places(owner: AttributeOwner, match: ResolvedMatch): Fragment[] {
  const found = [rowHas(owner, match)];
  if (owner === "span") {
    found.push(sql`arrayExists(item -> ${mapHas(sql`item`, match)}, \`events.attrs\`)`);
    found.push(sql`arrayExists(item -> ${mapHas(sql`item`, match)}, \`links.attrs\`)`);
  }
  if (match.resourceIds.length > 0) {
    // The services narrow the sort key, which resource ids are not part of.
    const services = join(match.services.map(literal.string), ", ");
    found.push(sql`service IN (${services}) AND resource_id IN (${idList(match.resourceIds)})`);
  }
  if (match.scopeIds.length > 0) found.push(sql`scope_id IN (${idList(match.scopeIds)})`);
  return found;
}

function idList(ids: readonly bigint[]): Fragment {
  return join(
    ids.map((id) => literal.uint(id)),
    ", ",
  );
}

/**
 * The row's own attributes have the match. The hint is the expression of the table's `i_items` index
 * to the letter: the engine skips by it and does not compute it.
 */
function rowHas(owner: AttributeOwner, match: ResolvedMatch): Fragment {
  const condition = mapHas(sql`attrs`, match);
  if (owner === "series" || isPattern(match.value)) return condition;
  const item = literal.string(`${match.key}=${match.value}`);
  return sql`indexHint(has(arrayMap((k, v) -> concat(k, '=', v), mapKeys(attrs), mapValues(attrs)), ${item})) AND ${condition}`;
}
