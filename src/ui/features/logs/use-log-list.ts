import type { LogHistogramAnswer, StoredLogRecord } from "#api/contract/logs.ts";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { askLogHistogram, askLogs } from "../../lib/api/logs.ts";
import { type ApiError, ApiFailure } from "../../lib/api/request.ts";
import { useLive } from "../../lib/live.ts";
import { POLL_MS, usePolled } from "../../lib/queries.ts";
import type { TimeRange } from "../../lib/time-range.ts";
import { LogIndex, stretchRange } from "./log-index.ts";
import { LogPages } from "./log-pages.ts";

/** A stretch of time that stands still while the list of it is read: Unix milliseconds. */
export interface FixedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const NS_PER_MS = 1_000_000n;
/** The newest rows, which are there before all have been counted. */
const NEWEST_ROWS = 100;

/** The range of the page at one moment, until it is told to take a newer one. */
export function useFixedRange(range: TimeRange, q: string): readonly [FixedRange, () => void] {
  const asked = JSON.stringify([range, q]);
  const [fixed, setFixed] = useState(() => ({ asked, at: fixedRange(range) }));
  const renew = useCallback(() => setFixed({ asked, at: fixedRange(range) }), [asked, range]);
  // Another question takes the range of the moment it is asked.
  if (fixed.asked !== asked) {
    const now = { asked, at: fixedRange(range) };
    setFixed(now);
    return [now.at, renew];
  }
  return [fixed.at, renew];
}

function fixedRange(range: TimeRange): FixedRange {
  if (range.kind === "absolute") return { fromMs: range.fromMs, toMs: range.toMs };
  const toMs = Date.now();
  return { fromMs: toMs - range.seconds * 1_000, toMs };
}

function isoRange({ fromMs, toMs }: FixedRange): { from: string; to: string } {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** A list of records by number, as far as it is there. */
export interface LogListState {
  readonly total: number;
  /** Whether all have been counted; until then there are the newest. */
  readonly isCounted: boolean;
  readonly isLoading: boolean;
  readonly histogram: LogHistogramAnswer | undefined;
  readonly error: ApiError | undefined;
  readonly pages: LogPages | undefined;
  readonly index: LogIndex | undefined;
  readonly rowAt: (number: number) => StoredLogRecord | undefined;
  readonly retry: () => void;
}

/** What was counted, with the question that it answers. */
interface Counted {
  readonly q: string;
  readonly range: FixedRange;
  readonly histogram: LogHistogramAnswer;
}

/** What a list of records is of. */
export interface LogQuestion {
  readonly q: string;
  readonly range: FixedRange;
  /** The range is taken anew as records come: answers of those before are forgotten, or they would pile up. */
  readonly isMoving: boolean;
}

/** How many there are in each of so many steps. */
export function countsQuestion({ q, range, isMoving }: LogQuestion, steps: number) {
  return queryOptions({
    queryKey: ["log-counts", q, range.fromMs, range.toMs, steps],
    queryFn: async ({ signal }): Promise<Counted> => {
      const histogram = await askLogHistogram({ ...isoRange(range), q, steps }, signal);
      return { q, range, histogram };
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    enabled: steps > 0,
    ...(isMoving ? { gcTime: 0 } : {}),
  });
}

/** The newest of them. */
export function newestQuestion({ q, range, isMoving }: LogQuestion) {
  return queryOptions({
    queryKey: ["log-newest", q, range.fromMs, range.toMs],
    queryFn: ({ signal }) => askLogs({ ...isoRange(range), q, limit: NEWEST_ROWS }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    ...(isMoving ? { gcTime: 0 } : {}),
  });
}

/** The records that a search finds in a range: counted over time, and read as they are looked at. */
export function useLogList(asked: LogQuestion, steps: number): LogListState {
  const { q } = asked;
  const counts = useQuery(countsQuestion(asked, steps));
  const newest = useQuery(newestQuestion(asked));
  const list = usePages(counts.data);
  // A newer list of the same search comes in the place of the one that is shown; another search's does not wait.
  const pages = counts.data?.q === q ? list?.pages : undefined;
  const rows = newest.data?.data;
  const isOld = counts.isPlaceholderData;
  const error = counts.error ?? newest.error ?? list?.failure;
  return {
    total: pages?.total ?? rows?.length ?? 0,
    isCounted: pages !== undefined,
    isLoading: pages === undefined && rows === undefined && error === undefined,
    histogram: counts.data?.histogram,
    error: error instanceof ApiFailure ? error.error : undefined,
    pages,
    index: pages === undefined ? undefined : list?.index,
    rowAt: (number) =>
      pages === undefined
        ? rows?.[number]
        : (pages.row(number) ?? (isOld ? undefined : rows?.[number])),
    retry: () => {
      void counts.refetch();
      void newest.refetch();
      pages?.retry();
    },
  };
}

interface PagesState {
  readonly index: LogIndex;
  readonly pages: LogPages;
  readonly failure?: unknown;
}

/** Pages of the rows that have been counted; none while they have not. */
function usePages(counted: Counted | undefined): PagesState | undefined {
  const [told, setTold] = useState<{ of: LogPages; failure: unknown }>();
  const made = useMemo(() => {
    if (counted === undefined) return undefined;
    const { q, histogram, range } = counted;
    const fromNs = BigInt(range.fromMs) * NS_PER_MS;
    const index = new LogIndex({ fromNs, toNs: BigInt(range.toMs) * NS_PER_MS }, histogram);
    const pages: LogPages = new LogPages(index, questionsOf(q), (failure) =>
      setTold({ of: pages, failure }),
    );
    return { index, pages };
  }, [counted]);
  useEffect(() => () => made?.pages.close(), [made]);
  return made !== undefined && told?.of === made.pages ? { ...made, failure: told.failure } : made;
}

function questionsOf(q: string): ConstructorParameters<typeof LogPages>[1] {
  return {
    rows: (stretch, { limit, cursor }, cancel) =>
      askLogs({ ...stretchRange(stretch), q, limit, cursor }, cancel),
    counts: (stretch, steps, cancel) =>
      askLogHistogram({ ...stretchRange(stretch), q, steps }, cancel),
  };
}

/** How many records have come since a moment; none where the page does not follow the data. */
export function useNewRows(q: string, range: TimeRange, sinceMs: number): number {
  const isLive = useLive() && range.kind === "relative";
  const { data } = usePolled({
    key: ["logs", "new", q, sinceMs],
    ask: (cancel) =>
      askLogHistogram(
        {
          from: new Date(sinceMs + 1).toISOString(),
          to: new Date(Math.max(Date.now(), sinceMs + 1)).toISOString(),
          q,
          steps: 1,
        },
        cancel,
      ),
    everyMs: POLL_MS.lists,
    enabled: isLive,
    isMoving: true,
  });
  return isLive ? (data?.total ?? 0) : 0;
}
