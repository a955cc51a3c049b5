import type { LinkedAnswer, OutlineAnswer } from "#api/contract/one-trace.ts";
import type { Span, TraceSummary } from "#api/contract/traces.ts";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import {
  askLinked,
  askMatches,
  askOutline,
  askSpan,
  askTraceLogs,
  outlineKey,
} from "../../lib/api/one-trace.ts";
import type { ApiFailure } from "../../lib/api/request.ts";
import { askTraces } from "../../lib/api/traces.ts";
import { POLL_MS, usePolled } from "../../lib/queries.ts";
import type { SpanRow, SpanTree } from "./span-tree.ts";

/** A trace whose last span ended this long ago may still grow. */
const SETTLED_MS = 20_000;
/** A large trace is asked for more seldom while it grows: each time it is read and drawn anew. */
const LARGE_SPANS = 10_000;
const LARGE_POLL_MS = 15_000;

/** The shape of a trace, asked for again while it may grow, and while it is not there yet. */
export function useOutline(traceId: string): UseQueryResult<OutlineAnswer> {
  return usePolled<OutlineAnswer>({
    key: outlineKey(traceId),
    ask: (cancel) => askOutline(traceId, cancel),
    everyMs: (query) => {
      const { data, error } = query.state;
      if (data === undefined) return error === null ? false : POLL_MS.lists;
      if (Date.now() - lastEndMs(data) >= SETTLED_MS) return false;
      return data.spans.spanId.length > LARGE_SPANS ? LARGE_POLL_MS : POLL_MS.lists;
    },
  });
}

function lastEndMs({ startTime, spans }: OutlineAnswer): number {
  const startMs = Date.parse(startTime);
  let last = startMs;
  for (const [place, offsetMs] of spans.startMs.entries()) {
    last = Math.max(last, startMs + offsetMs + spans.durationMs[place]!);
  }
  return last;
}

/** A span that was stored does not change: what was read of it stays. */
const STORED_MS = 600_000;

/** All of one span, null where it is not there any more. Of several with its id, the one that the row is. */
export function useSpan(
  traceId: string,
  row: SpanRow,
): {
  readonly span: Span | null | undefined;
  readonly error: ApiFailure | null;
  readonly refetch: () => unknown;
} {
  const { spanId, name, kind, service } = row;
  const { data, error, refetch } = useQuery<readonly Span[]>({
    queryKey: ["trace", traceId, "span", spanId],
    queryFn: async ({ signal }) => (await askSpan(traceId, spanId, signal)).spans,
    staleTime: STORED_MS,
  });
  const isRow = (span: Span): boolean =>
    span.name === name && span.kind === kind && span.service === service;
  return {
    span: data === undefined ? undefined : (data.find(isRow) ?? data[0] ?? null),
    error,
    refetch,
  };
}

/** Traces that are linked with this one. */
export function useLinked(traceId: string): UseQueryResult<LinkedAnswer> {
  return useQuery<LinkedAnswer>({
    queryKey: ["trace", traceId, "linked"],
    queryFn: ({ signal }) => askLinked(traceId, signal),
    staleTime: SETTLED_MS,
  });
}

const TYPING_MS = 250;
const TEXT_CHARACTERS_MAX = 256;
const NONE: ReadonlySet<string> = new Set();

/** Ids of the spans that have `text` in their attributes and events, once the typing has come to rest. */
export interface ContentMatches {
  /** What the ids were found by; the text that is typed may be ahead of it. */
  readonly text: string;
  readonly spanIds: ReadonlySet<string>;
  readonly isAsking: boolean;
}

export function useContentMatches(traceId: string, text: string): ContentMatches {
  const typed = text.trim().slice(0, TEXT_CHARACTERS_MAX);
  const wanted = useSettled(typed, TYPING_MS);
  const { data, isFetching } = useQuery<ReadonlySet<string>>({
    queryKey: ["trace", traceId, "matches", wanted],
    queryFn: async ({ signal }) => new Set((await askMatches(traceId, wanted, signal)).spanIds),
    enabled: wanted !== "",
    staleTime: SETTLED_MS,
    structuralSharing: false,
  });
  return { text: wanted, spanIds: data ?? NONE, isAsking: isFetching || wanted !== typed };
}

/** `value` as it was when it had not changed for so long. */
function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

const LOGS_MAX = 1_000;
/** Records of a trace are looked for this long before its start and after its end: clocks differ. */
const BEFORE_MS = 60_000;
const AFTER_MS = 300_000;

export type TraceLog = Awaited<ReturnType<typeof askTraceLogs>>["data"][number];

/** The first thousand log records of the trace, oldest first, and whether there are more. */
export function useTraceLogs(
  traceId: string,
  tree: SpanTree,
  isWanted: boolean,
): UseQueryResult<{ readonly logs: readonly TraceLog[]; readonly hasMore: boolean }> {
  const startMs = Date.parse(tree.startTime);
  const from = new Date(startMs - BEFORE_MS).toISOString();
  const to = new Date(Math.ceil(startMs + tree.durationMs + AFTER_MS)).toISOString();
  return useQuery({
    queryKey: ["trace", traceId, "logs", from, to],
    queryFn: async ({ signal }) => {
      const { data, nextCursor } = await askTraceLogs(
        traceId,
        { from, to, limit: LOGS_MAX },
        signal,
      );
      return { logs: data, hasMore: nextCursor !== null };
    },
    enabled: isWanted,
    staleTime: SETTLED_MS,
    // While the trace grows its end moves: what was found before stays until that is asked for.
    placeholderData: (before, query) => (query?.queryKey[1] === traceId ? before : undefined),
  });
}

const SIMILAR_WITHIN_MS = 3_600_000;
const SIMILAR_MAX = 50;

/** Other traces whose root is the same operation, of the hour before and after. */
export function useSimilarTraces(
  traceId: string,
  tree: SpanTree,
): UseQueryResult<readonly TraceSummary[]> {
  const { root } = tree;
  const startMs = Date.parse(tree.startTime);
  return useQuery<readonly TraceSummary[]>({
    queryKey: ["trace", traceId, "similar", root?.service, root?.name],
    queryFn: async ({ signal }) => {
      const parameters = {
        from: new Date(startMs - SIMILAR_WITHIN_MS).toISOString(),
        to: new Date(startMs + SIMILAR_WITHIN_MS).toISOString(),
        service: root?.service,
        operation: root?.name,
        limit: SIMILAR_MAX,
      };
      const { data } = await askTraces(parameters, signal);
      return data.filter(
        (one) =>
          one.traceId !== traceId &&
          one.rootService === root?.service &&
          one.rootOperation === root.name,
      );
    },
    enabled: root !== undefined,
    staleTime: SETTLED_MS,
  });
}
