import type { TraceAnswer } from "#api/contract/traces.ts";
import { getRouteApi } from "@tanstack/react-router";
import { Failure, Loading, Nothing } from "../components/notice.tsx";
import { TraceView, type TraceViewState } from "../features/trace/trace-view.tsx";
import type { ApiError } from "../lib/api/request.ts";
import { askTrace } from "../lib/api/traces.ts";
import { usePageTitle } from "../lib/page-title.ts";
import { POLL_MS, usePolled } from "../lib/queries.ts";

const route = getRouteApi("/traces/$traceId");

/** A trace whose last span ended this long ago may still grow. */
const SETTLED_MS = 20_000;

/** `/traces/:traceId`: one trace, which grows while its spans still arrive. */
export function TracePage() {
  const { traceId } = route.useParams();
  usePageTitle(`Trace ${traceId.slice(0, 8)}`);
  const state = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useTrace(traceId);
  const onState = (view: TraceViewState): void => {
    void navigate({
      search: (before) => ({ ...before, ...view }),
      replace: true,
      resetScroll: false,
    });
  };
  if (data !== undefined && data.spans.length > 0) {
    return (
      <TraceView
        key={traceId}
        trace={data}
        state={{ span: state.span, folded: state.folded, zoom: state.zoom }}
        onState={onState}
      />
    );
  }
  return (
    <div className="mx-auto w-full max-w-3xl px-3 py-6 sm:px-5">
      <h1 className="mb-3 truncate text-lg font-semibold tracking-tight">
        Trace <code className="font-mono text-base font-normal text-muted">{traceId}</code>
      </h1>
      <div className="rounded-lg border border-line bg-surface">
        <Missing isEmpty={data !== undefined} error={error?.error} onRetry={() => void refetch()} />
      </div>
    </div>
  );
}

function Missing(props: { isEmpty: boolean; error: ApiError | undefined; onRetry: () => void }) {
  const { isEmpty, error, onRetry } = props;
  if (error !== undefined) return <Failure error={explained(error)} onRetry={onRetry} />;
  if (isEmpty) return <Nothing title="This trace has no spans" />;
  return <Loading rows={10} label="Asking for the trace" />;
}

function useTrace(traceId: string) {
  // Asked again while it may grow, and while it is not there yet.
  const latest = usePolled<TraceAnswer>({
    key: ["trace", traceId],
    ask: (cancel) => askTrace(traceId, cancel),
    everyMs: (query) => {
      const { data, error } = query.state;
      if (data === undefined) return error === null ? false : POLL_MS.lists;
      return Date.now() - lastEndMs(data) < SETTLED_MS ? POLL_MS.lists : false;
    },
  });
  return latest;
}

function lastEndMs({ spans }: TraceAnswer): number {
  return spans.reduce((last, span) => Math.max(last, Date.parse(span.endTime)), 0);
}

function explained(error: ApiError): ApiError {
  if (error.code !== "not_found") return error;
  return {
    ...error,
    title: "This trace is not here",
    detail:
      "Its spans may not have arrived yet, may be older than the retention, or were not sampled. This page asks again by itself.",
  };
}
