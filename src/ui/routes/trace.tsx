import { getRouteApi } from "@tanstack/react-router";
import { Failure, Loading, Nothing } from "../components/notice.tsx";
import { useOutline } from "../features/trace/trace-queries.ts";
import { TraceView, type TraceViewState } from "../features/trace/trace-view.tsx";
import type { ApiError } from "../lib/api/request.ts";
import { usePageTitle } from "../lib/page-title.ts";

const route = getRouteApi("/traces/$traceId");

/** `/traces/:traceId`: one trace, which grows while its spans still arrive. */
export function TracePage() {
  const { traceId } = route.useParams();
  usePageTitle(`Trace ${traceId.slice(0, 8)}`);
  const state = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useOutline(traceId);
  const onState = (view: TraceViewState): void => {
    void navigate({
      search: (before) => ({ ...before, ...view }),
      replace: true,
      resetScroll: false,
    });
  };
  if (data !== undefined && data.spans.spanId.length > 0) {
    return (
      <TraceView
        key={traceId}
        outline={data}
        state={{
          span: state.span,
          folded: state.folded,
          zoom: state.zoom,
          view: state.view,
          find: state.find,
          path: state.path,
          logs: state.logs,
          sort: state.sort,
          group: state.group,
          with: state.with,
        }}
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

function explained(error: ApiError): ApiError {
  if (error.code !== "not_found") return error;
  return {
    ...error,
    title: "This trace is not here",
    detail:
      "Its spans may not have arrived yet, may be older than the retention, or were not sampled. This page asks again by itself.",
  };
}
