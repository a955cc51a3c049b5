import type { FieldNode, SearchNode, SearchSignal } from "#core/search/search-node.ts";
import { type Fragment, sql } from "#store/sql.ts";
import { indexedTexts, places, resolveMatches, type ResolvedTest } from "../attribute-filter.ts";
import type { QueryContext } from "../query-context.ts";
import { allOf, anyOf } from "../scoped.ts";
import type { TimeRange } from "../time-range.ts";
import { fieldCondition, textCondition } from "./field-conditions.ts";

/** A search as conditions on the rows of a signal's table. */
export interface SearchConditions {
  /** All of them must hold. They are the whole search, and right wherever they stand. */
  readonly whole: readonly Fragment[];
  /** The same apart: every row has all of `rest`, and one of `branches` where there are any. */
  readonly rest: readonly Fragment[];
  /** For a UNION: the engine drops its indexes at an OR, and each of these has one. None, or two and more. */
  readonly branches: readonly Fragment[];
  /** An index finds the rows, so that a longer stretch of time may be looked at at once. */
  readonly isIndexed: boolean;
}

export const EVERYTHING: SearchConditions = {
  whole: [],
  rest: [],
  branches: [],
  isIndexed: false,
};

/** More alternatives than this are looked at in one go, without their indexes. */
const BRANCHES_MAX = 4;

/**
 * The conditions of a search that was parsed for this signal. Reads which resources and scopes of the time
 * range have its attributes: its conditions are for that range.
 */
export async function searchConditions(
  context: QueryContext,
  range: TimeRange,
  signal: SearchSignal,
  search: SearchNode | undefined,
): Promise<SearchConditions> {
  if (search === undefined) return EVERYTHING;
  const fields = attributeFields(search);
  const tests = await resolveMatches(
    context,
    range,
    fields.map(({ field: key, operator, values }) => ({ key, operator, values })),
  );
  const resolved = new Map(fields.map((field, i) => [field, tests[i]!]));
  return conditionsOf(search, { signal, org: context.org, range, resolved });
}

/** The conditions on the `spans` table, all of which must hold. */
export async function spanConditions(
  context: QueryContext,
  range: TimeRange,
  search: SearchNode | undefined,
): Promise<readonly Fragment[]> {
  return (await searchConditions(context, range, "traces", search)).whole;
}

/** What a search is made into conditions with. */
export interface SearchScope {
  readonly signal: SearchSignal;
  readonly org: string;
  readonly range: TimeRange;
  /** What is known of each attribute that the search names. */
  readonly resolved: ReadonlyMap<FieldNode, ResolvedTest>;
  /** Within a `not`, where no index can be asked. */
  readonly isNegated?: boolean;
}

/** A part of the search that must hold: in one condition, and as alternatives that each have an index. */
interface Part {
  readonly condition: Fragment;
  readonly branches: readonly Fragment[] | undefined;
}

/** The conditions of a search whose attributes have been looked up. */
export function conditionsOf(search: SearchNode, scope: SearchScope): SearchConditions {
  const nodes = search.kind === "and" ? search.parts : [search];
  const parts = nodes.map((node): Part => ({
    condition: condition(node, scope),
    branches: branchesOf(node, scope),
  }));
  const whole = parts.map((part) => part.condition);
  // A part that needs no UNION to be found by an index makes one for the others needless.
  const isPlain = parts.some(({ branches }) => branches?.length === 1);
  const split = isPlain ? undefined : parts.find(({ branches }) => branches !== undefined);
  if (split === undefined) return { whole, rest: whole, branches: [], isIndexed: isPlain };
  const rest = parts.filter((part) => part !== split).map((part) => part.condition);
  return { whole, rest, branches: split.branches ?? [], isIndexed: true };
}

function condition(node: SearchNode, scope: SearchScope): Fragment {
  switch (node.kind) {
    case "and":
      return sql`(${allOf(node.parts.map((part) => condition(part, scope)))})`;
    case "or":
      return anyOf(node.parts.map((part) => condition(part, scope)));
    case "not":
      return sql`NOT (${condition(node.part, { ...scope, isNegated: true })})`;
    case "text":
      return textCondition(node.text, scope.signal);
    case "field":
      return node.isAttribute ? anyOf(attributePlaces(node, scope)) : fieldCondition(node, scope);
  }
}

/** Alternatives that each have an index, for a part that can be found so. */
function branchesOf(node: SearchNode, scope: SearchScope): readonly Fragment[] | undefined {
  const found = alternatives(node, scope);
  return found === undefined || found.length > BRANCHES_MAX ? undefined : found;
}

function alternatives(node: SearchNode, scope: SearchScope): readonly Fragment[] | undefined {
  switch (node.kind) {
    case "and":
    case "or": {
      const each = node.parts.map((part) => alternatives(part, scope));
      if (node.kind === "and") return each.some(isOne) ? [condition(node, scope)] : undefined;
      const all = each.flatMap((one) => one ?? []);
      return each.includes(undefined) ? undefined : all;
    }
    case "not":
      return undefined;
    case "text":
      // Of spans no index knows a word.
      return scope.signal === "logs" && /[A-Za-z0-9]/.test(node.text)
        ? [condition(node, scope)]
        : undefined;
    case "field":
      if (node.isAttribute)
        return indexedTexts(testOf(node, scope)).length > 0
          ? attributePlaces(node, scope)
          : undefined;
      return node.operator === "=" && INDEXED_FIELDS.has(node.field)
        ? [condition(node, scope)]
        : undefined;
  }
}

/** Fields by which the sort key, or an index, leads to the rows. */
const INDEXED_FIELDS = new Set(["service", "trace_id", "body"]);

function isOne(branches: readonly Fragment[] | undefined): boolean {
  return branches?.length === 1;
}

function attributePlaces(node: FieldNode, scope: SearchScope): Fragment[] {
  const owner = scope.signal === "traces" ? "span" : "log";
  return places(owner, testOf(node, scope), { isHinted: scope.isNegated !== true });
}

function testOf(node: FieldNode, { resolved }: SearchScope): ResolvedTest {
  const { field: key, operator, values } = node;
  return resolved.get(node) ?? { key, operator, values, held: [] };
}

function attributeFields(node: SearchNode): FieldNode[] {
  switch (node.kind) {
    case "and":
    case "or":
      return node.parts.flatMap(attributeFields);
    case "not":
      return attributeFields(node.part);
    case "text":
      return [];
    case "field":
      return node.isAttribute ? [node] : [];
  }
}
