import type { SearchNode } from "#core/search/search-node.ts";
import type { QueryContext } from "../query-context.ts";
import { spanConditions } from "../search/search-conditions.ts";
import type { TimeRange } from "../time-range.ts";
import type { SpanSet } from "./span-set.ts";

/** The spans of a range that a search finds. */
export async function searchedSpans(
  context: QueryContext,
  range: TimeRange,
  { search, isRoots }: { search: SearchNode | undefined; isRoots: boolean },
): Promise<SpanSet> {
  return { range, isRoots, search: await spanConditions(context, range, search) };
}
