import type { AttributesAnswer } from "#api/contract/attributes.ts";
import { keepPreviousData, useQuery, type Query, type UseQueryResult } from "@tanstack/react-query";
import { askAttributes } from "./api/attributes.ts";
import type { ApiFailure } from "./api/request.ts";
import { askAbout } from "./api/status.ts";
import { useIsPushed, useLive } from "./live.ts";
import { topicOf } from "./live-queries.ts";
import type { TimeRange } from "./time-range.ts";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: ApiFailure;
  }
}

/** How often the page asks again, in milliseconds; never while its tab is hidden. */
export const POLL_MS = {
  ledger: 2_000,
  about: 5_000,
  lists: 4_000,
  /** Of lines by the minute: a new value is there a few times in one. */
  series: 10_000,
  resources: 30_000,
  spans: 10_000,
  firstData: 2_000,
} as const;

/** So long after it may be asked because of a change, a question is asked without one. */
const PUSHED_MS = 30_000;

/** After its end a range is asked about for so long: what is sent late still comes. */
const LATE_MS = 60_000;

/**
 * How often a question about a range is asked: once the range lies fixed in the past it has had its answer, which
 * lasts.
 *
 * @example
 * usePolled({ key, ask, everyMs: everyMsIn(range, POLL_MS.lists) });
 */
export function everyMsIn(range: TimeRange, ms: number) {
  return ({ state }: { readonly state: { readonly status: string } }): number | false =>
    range.kind === "absolute" && range.toMs + LATE_MS < Date.now() && state.status === "success"
      ? false
      : ms;
}

/**
 * One answer of the API, asked for again when the server tells that its topic, the first element of the
 * key, has changed; where there is no such topic or no stream, every `everyMs`. What is asked less often than
 * lists is so when changes are told, too. All of it only while the page is live and its tab is shown.
 * The last good answer stays in `data` while `error` says that the newest attempt failed.
 */
export function usePolled<T>(options: {
  key: readonly unknown[];
  ask: (cancel: AbortSignal) => Promise<T>;
  /** False stops the asking, changes or not; a function decides it anew after each answer. */
  everyMs: number | false | ((query: Query<T>) => number | false);
  /** Shows the answer for the key before until this one's is there. */
  keepPrevious?: boolean;
  enabled?: boolean;
  /** The key moves with the time: what was answered is forgotten with it, since it is never asked again. */
  isMoving?: boolean;
}): UseQueryResult<T> {
  const live = useLive();
  const isPushed = useIsPushed();
  const { key, ask, everyMs, keepPrevious, enabled, isMoving } = options;
  const msOf = (query: Query<T>): number | false =>
    typeof everyMs === "function" ? everyMs(query) : everyMs;
  const intervalOf = (query: Query<T>): number | false => {
    const ms = msOf(query);
    return ms !== false && isPushed && topicOf(key) !== undefined ? ms + PUSHED_MS : ms;
  };
  const follows = (query: Query): number | false => {
    const ms = live && msOf(query as Query<T>);
    return ms !== false && ms <= POLL_MS.lists ? 0 : ms;
  };
  return useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => ask(signal),
    refetchInterval: live ? intervalOf : false,
    meta: { follows },
    refetchOnWindowFocus: live,
    enabled: enabled ?? true,
    ...(isMoving === true ? { gcTime: 0 } : {}),
    ...(keepPrevious === true ? { placeholderData: keepPreviousData } : {}),
  });
}

export function useAbout() {
  return usePolled({
    key: ["about"],
    ask: askAbout,
    everyMs: POLL_MS.about,
  });
}

/** Sightglass's own telemetry is in its own store; it is not the data that a newcomer waits for. */
export function isOwnService(service: string): boolean {
  return service === "sightglass" || service.startsWith("sightglass-");
}

const FIRST_DATA_DAYS = 7;

type Signal = "traces" | "logs" | "metrics";

/** Whether anything but Sightglass itself has sent something; undefined until that is known. */
export function useHasData(): UseQueryResult<boolean> {
  return useFirstData(["traces", "logs", "metrics"]);
}

/** The same of one signal, for the page that shows it. */
export function useHasSignal(signal: Signal): UseQueryResult<boolean> {
  return useFirstData([signal]);
}

function useFirstData(signals: readonly Signal[]): UseQueryResult<boolean> {
  const settled = useQuery<boolean>({
    queryKey: ["has-data", signals],
    queryFn: async ({ signal: cancel }) => {
      const from = new Date(Date.now() - FIRST_DATA_DAYS * 86_400_000).toISOString();
      const bySignal = await Promise.all(
        signals.map((signal) => askAttributes({ signal, key: "service.name", from }, cancel)),
      );
      return bySignal.some(hasForeignService);
    },
    // Data once seen does not go away: the question is not asked again, by no page that is opened either.
    staleTime: ({ state }) => (state.data === true ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: ({ state }) => (state.data === true ? false : POLL_MS.firstData),
  });
  return settled;
}

function hasForeignService({ data }: AttributesAnswer): boolean {
  return data.some(({ value }) => value !== undefined && !isOwnService(value));
}
