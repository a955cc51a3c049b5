import type { Fragment } from "#store/sql.ts";
import {
  type AttributeOwner,
  matchBranches,
  matchCondition,
  type ResolvedMatch,
} from "../attribute-filter.ts";
import { allOf } from "../scoped.ts";
import type { SearchConditions } from "./search-conditions.ts";

interface Filter {
  readonly matches: readonly ResolvedMatch[];
  readonly search?: SearchConditions | undefined;
}

/**
 * Conditions, any of which may hold, for all attributes and the search to hold. They are for a UNION, so
 * that each keeps one index at least: the search is taken apart, or else the attributes are.
 */
export function filterBranches(owner: AttributeOwner, { matches, search }: Filter): Fragment[] {
  const { whole = [], rest = [], branches = [] } = search ?? {};
  if (branches.length === 0)
    return matchBranches(owner, matches).map((branch) => allOf([...whole, branch]));
  const others = matches.length === 0 ? [] : [matchCondition(owner, matches)];
  return branches.map((branch) => allOf([...rest, ...others, branch]));
}
