import { findDifferences } from "#query/differences/differences.ts";
import type { Difference, RankedDifference } from "#query/differences/rank-candidates.ts";
import type { Finding } from "#query/differences/candidate.ts";
import { shareOf, type Share } from "#query/differences/statistics.ts";
import type { QueryContext } from "#query/query-context.ts";
import type { TimeRange } from "#query/time-range.ts";
import { searchedSpans } from "#query/trace-views/searched-spans.ts";
import { spanFacets } from "#query/trace-views/span-facets.ts";
import { spanGroups } from "#query/trace-views/span-groups.ts";
import { spanHeatmap } from "#query/trace-views/span-heatmap.ts";
import { setConditions, type SpanSet } from "#query/trace-views/span-set.ts";
import type {
  AlikeDifference,
  Difference as DifferenceOut,
  DifferenceFinding,
} from "../../contract/trace-views.ts";
import { searchOf } from "../search-parameter.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

type Views = "countFacets" | "getHeatmap" | "groupSpans" | "findDifferences";

const COLUMNS_DEFAULT = 120;

/** What the Traces page asks of many spans at once. */
export function traceViewHandlers(range: RangeOf): HandlersOf<Views> {
  const setOf = (
    context: QueryContext,
    query: Parameters<RangeOf>[0] & { q?: string | undefined; spans?: "roots" | "all" | undefined },
  ): Promise<SpanSet> =>
    searchedSpans(context, range(query), {
      search: searchOf(query.q, "traces"),
      isRoots: query.spans === "roots",
    });
  return {
    countFacets: async ({ query, context }) =>
      spanFacets(context, await setOf(context, query), query.key ?? []),
    getHeatmap: async ({ query, context }) =>
      spanHeatmap(context, await setOf(context, query), query.columns ?? COLUMNS_DEFAULT),
    groupSpans: async ({ query, context }) =>
      spanGroups(context, await setOf(context, query), query.by),
    findDifferences: async ({ query, context }) => {
      const { fromNs, toNs } = range(query);
      const selected = range({ from: query.selectFrom ?? fromNs, to: query.selectTo ?? toNs });
      const baseline = range({ from: query.baselineFrom ?? fromNs, to: query.baselineTo ?? toNs });
      const set = await searchedSpans(context, around(selected, baseline), {
        search: searchOf(query.q, "traces"),
        isRoots: query.spans === "roots",
      });
      const found = await findDifferences(context, {
        selection: {
          range: selected,
          minDurationNs: query.selectMinMs,
          maxDurationNs: query.selectMaxMs,
          status: query.selectStatus,
        },
        baseline,
        conditions: setConditions(set),
      });
      const { selection, differences } = found;
      return { selection, baseline: found.baseline, differences: differences.map(ranked) };
    },
  };
}

/** The range from the earlier start to the later end. */
function around(a: TimeRange, b: TimeRange): TimeRange {
  return {
    fromNs: a.fromNs < b.fromNs ? a.fromNs : b.fromNs,
    toNs: a.toNs > b.toNs ? a.toNs : b.toNs,
  };
}

function ranked({ alike, ...difference }: RankedDifference): DifferenceOut {
  return { ...plain(difference), alike: alike.map(plain) };
}

function plain({ finding, selection, baseline, ...rest }: Difference): AlikeDifference {
  const [a, b] = [shareOf(selection), shareOf(baseline)];
  return {
    finding: findingOut(finding),
    selection: shareOut(selection),
    baseline: shareOut(baseline),
    lift: b === 0 ? null : a / b,
    score: rest.score,
    chance: rest.chance,
    examples: [...rest.examples],
  };
}

function shareOut(share: Share): DifferenceOut["selection"] {
  return { traces: share.with, of: share.of, share: shareOf(share) };
}

function findingOut(finding: Finding): DifferenceFinding {
  if (!("selectionNs" in finding)) return finding;
  const { selectionNs, baselineNs, ...rest } = finding;
  return { ...rest, selectionMs: selectionNs / 1_000_000, baselineMs: baselineNs / 1_000_000 };
}
