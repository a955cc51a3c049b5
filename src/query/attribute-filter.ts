import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { type AttributeComparison, comparesIn, exactTexts } from "./attribute-comparison.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { allOf, anyOf, Scoped } from "./scoped.ts";
import { type TimeRange, withinDays } from "./time-range.ts";

/** `key=value`; see {@link valueIs} for what a value matches. */
export interface AttributeMatch {
  readonly key: string;
  readonly value: string;
}

/** What is asked of an attribute: by a parameter, or by a search. */
export type AttributeTest = AttributeMatch | AttributeComparison;

interface Held {
  /** The conditions by which a row's resource or scope has it; none where nothing does. */
  readonly held: readonly Fragment[];
}

/** A match of which it is known what holds it beside the rows. */
export type ResolvedMatch = AttributeMatch & Held;
export type ResolvedTest = AttributeTest & Held;

/** Beside its resource and scope, where a row of this kind has attributes. */
export type AttributeOwner = "span" | "log" | "series";

/**
 * Condition that the map in `column` has the match. Values are compared as text. Where the value has
 * `.*` in it, that stands for any text, and `\*` for a star; the value as it is written always
 * matches too, so that no stored value is out of reach.
 */
export function mapHas(column: Fragment, test: AttributeTest): Fragment {
  if ("operator" in test) return comparesIn(column, test);
  const { key, value } = test;
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

/** Services beyond this number narrow nothing worth the text. */
const SERVICES_MAX = 100;

/** Tells of each match how many resources, or scopes, have it, and of which services those are. */
export function holdersStatement(
  org: string,
  holder: Holder,
  range: TimeRange,
  matches: readonly AttributeTest[],
): Fragment {
  const conditions = matches.map((match) => mapHas(sql`attrs`, match));
  const counts = conditions.map((condition) => sql`countIf(${condition})`);
  const services = conditions.map((condition) =>
    holder === "resources"
      ? sql`groupUniqArrayIf(${SERVICES_BOUND})(toString(service), ${condition})`
      : sql`CAST([], 'Array(String)')`,
  );
  return sql`SELECT [${join(counts, ", ")}] AS counts, [${join(services, ", ")}] AS services
${new Scoped(org).from(holder, [withinDays(range), anyOf(conditions)])}`;
}

type Holder = "resources" | "scopes";

/** One more than the bound, so that it shows when there are more. */
const SERVICES_BOUND = sql`101`;

const holdersRow = z.object({
  counts: z.array(z.coerce.number()),
  services: z.array(z.array(z.string())),
});

/** Finds out which matches resources or scopes have in the time range, so that rows are asked by that. */
export async function resolveMatches<T extends AttributeTest>(
  context: QueryContext,
  range: TimeRange,
  matches: readonly T[],
): Promise<(T & Held)[]> {
  if (matches.length === 0) return [];
  const { org } = context;
  const [[resources], [scopes]] = await Promise.all([
    read(context, holdersStatement(org, "resources", range, matches), holdersRow, FEW_ROWS),
    read(context, holdersStatement(org, "scopes", range, matches), holdersRow, FEW_ROWS),
  ]);
  return matches.map((match, i) => ({
    ...match,
    held: heldConditions(org, range, match, {
      services: resources?.services[i] ?? [],
      inResources: (resources?.counts[i] ?? 0) > 0,
      inScopes: (scopes?.counts[i] ?? 0) > 0,
    }),
  }));
}

/** The conditions on rows by which their resource, or scope, has the match. */
export function heldConditions(
  org: string,
  range: TimeRange,
  match: AttributeTest,
  found: { services: readonly string[]; inResources: boolean; inScopes: boolean },
): Fragment[] {
  const scoped = new Scoped(org);
  const holding = [withinDays(range), mapHas(sql`attrs`, match)];
  const held: Fragment[] = [];
  if (found.inResources) {
    const resources = sql`resource_id GLOBAL IN (SELECT resource_id ${scoped.from("resources", holding)})`;
    // The services narrow the sort key, which resource ids are not part of.
    const few = found.services.length <= SERVICES_MAX;
    const services = join(found.services.map(literal.string), ", ");
    held.push(few ? sql`service IN (${services}) AND ${resources}` : resources);
  }
  if (found.inScopes) {
    held.push(sql`scope_id GLOBAL IN (SELECT scope_id ${scoped.from("scopes", holding)})`);
  }
  return held;
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
  const split = matches.find((match) => match.held.length === 0) ?? matches[0]!;
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

/**
 * One condition for each place that may have the match: the row itself, and its resource or scope. What is
 * to be negated must not be hinted: a hint speaks of what a whole stretch of rows may have.
 */
export function places(
  owner: AttributeOwner,
  match: ResolvedTest,
  { isHinted = true } = {},
): Fragment[] {
  return [rowHas(owner, match, isHinted), ...match.held];
}

const OWN_ITEMS = itemsOf(sql`attrs`);

/**
 * What the indexes of each table are over, to the letter: the engine then skips by them, and where
 * they stand in an OR, by all of them together.
 */
const INDEXED_ITEMS = {
  span: [
    OWN_ITEMS,
    sql`arrayFlatten(arrayMap(m -> ${itemsOf(sql`m`)}, \`events.attrs\`))`,
    sql`arrayFlatten(arrayMap(m -> ${itemsOf(sql`m`)}, \`links.attrs\`))`,
  ],
  log: [OWN_ITEMS],
} as const;

function itemsOf(map: Fragment): Fragment {
  return sql`arrayMap((k, v) -> cityHash64(k, v), mapKeys(${map}), mapValues(${map}))`;
}

/** Condition that a log record has an attribute of exactly this value; found through the index of items. */
export function recordHas({ key, value }: AttributeMatch): Fragment {
  const item = sql`cityHash64(${literal.string(key)}, ${literal.string(value)})`;
  return sql`indexHint(has(${OWN_ITEMS}, ${item})) AND attrs[${literal.string(key)}] = ${literal.string(value)}`;
}

/** The row has the match among its own attributes, or those of its events and links. */
function rowHas(owner: AttributeOwner, match: ResolvedTest, isHinted: boolean): Fragment {
  const own = mapHas(sql`attrs`, match);
  if (owner === "series") return own;
  const inItem = mapHas(sql`item`, match);
  const condition =
    owner === "log"
      ? own
      : anyOf([
          own,
          sql`arrayExists(item -> ${inItem}, \`events.attrs\`)`,
          sql`arrayExists(item -> ${inItem}, \`links.attrs\`)`,
        ]);
  const texts = isHinted ? indexedTexts(match) : [];
  if (texts.length === 0) return condition;
  const anywhere = anyOf(
    texts.flatMap((text) => {
      const item = sql`cityHash64(${literal.string(match.key)}, ${literal.string(text)})`;
      return INDEXED_ITEMS[owner].map((items) => sql`has(${items}, ${item})`);
    }),
  );
  // The hint is for the indexes alone: it is not computed for the rows.
  return sql`indexHint(${anywhere}) AND ${condition}`;
}

/** Beyond so many values the index is asked nothing. */
const INDEXED_TEXTS_MAX = 8;

/** The texts of which the attribute has one, by which an index finds it; none where they are not known. */
export function indexedTexts(test: AttributeTest): readonly string[] {
  const texts = "operator" in test ? exactTexts(test) : isPattern(test.value) ? [] : [test.value];
  return texts.length <= INDEXED_TEXTS_MAX ? texts : [];
}
