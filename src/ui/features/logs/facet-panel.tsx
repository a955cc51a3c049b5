import type { LogFacetsAnswer } from "#api/contract/logs.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Failure, Loading } from "../../components/notice.tsx";
import { askLogFacets } from "../../lib/api/logs.ts";
import { FacetList, type FacetClick } from "./facet-list.tsx";
import type { FixedRange } from "./use-log-list.ts";

/** Facets need not be as new as the list beside them. */
const STEADY_MS = 30_000;

/** The facets of what is searched for. */
export function FacetPanel({
  q,
  range,
  isFollowing,
  onValue,
}: {
  q: string;
  range: FixedRange;
  /** The range moves with the time. */
  isFollowing: boolean;
  onValue: FacetClick;
}) {
  const unit = isFollowing ? STEADY_MS : 1;
  const fromMs = Math.floor(range.fromMs / unit) * unit;
  const toMs = Math.ceil(range.toMs / unit) * unit;
  const { data, error, refetch } = useQuery<LogFacetsAnswer>({
    queryKey: ["log-facets", q, fromMs, toMs],
    queryFn: ({ signal }) =>
      askLogFacets(
        { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), q },
        signal,
      ),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  if (data !== undefined) return <FacetList facets={data} q={q} onValue={onValue} />;
  if (error === null) return <Loading rows={10} label="Counting the fields" />;
  return <Failure error={error.error} onRetry={() => void refetch()} />;
}
