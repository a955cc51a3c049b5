import type { TraceSummary } from "#api/contract/traces.ts";
import { useEffect, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { TraceTable } from "../../components/trace-table.tsx";
import { askTraces } from "../../lib/api/traces.ts";
import { useCommands } from "../../lib/commands.ts";
import { saveCsv, saveJson } from "../../lib/export.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords } from "../../lib/time-range.ts";
import { listParameters, type TracesView } from "./traces-view.ts";

const PAGE_ROWS = 100;

interface TraceListProps {
  readonly view: TracesView;
  /** The longest first, else the newest. */
  readonly isSlowest: boolean;
  /** A later page: its cursor, and the end of the range that its first page had. */
  readonly before: string | undefined;
  readonly until: string | undefined;
  readonly onNext: (before: string, until: string) => void;
  readonly onFirst: () => void;
}

/** The traces of the search, or of what is selected of it, the newest or the slowest first, page by page. */
export function TraceList({ view, isSlowest, before, until, onNext, onFirst }: TraceListProps) {
  const { q, range, isRoots, box, onlyFailed } = view;
  const { data, error, refetch } = usePolled({
    key: ["traces", "list", q, range, isRoots, box, onlyFailed, isSlowest, before, until],
    ask: async (cancel) => {
      const untilMs = Date.parse(until ?? "") || Date.now();
      const parameters = listParameters(view, untilMs);
      const { data: traces, nextCursor } = await askTraces(
        {
          ...parameters,
          order: isSlowest ? "slowest" : undefined,
          limit: PAGE_ROWS,
          cursor: before,
        },
        cancel,
      );
      return {
        traces,
        nextCursor,
        until: new Date(untilMs).toISOString(),
      };
    },
    everyMs: before === undefined && box === undefined ? everyMsIn(range, POLL_MS.lists) : false,
    keepPrevious: true,
  });
  const traces = data?.traces ?? [];
  const pointed = usePointer(traces);
  if (data === undefined) {
    if (error === null) return <Loading rows={10} label="Asking for the traces" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  if (traces.length === 0 && data.nextCursor === null)
    return (
      <Nothing
        title={box === undefined ? `No trace in the ${rangeWords(range)}` : "No trace is selected"}
      >
        {q === "" ? null : "A wider range or another search may find some."}
      </Nothing>
    );
  const next = data.nextCursor;
  return (
    <>
      <TraceTable traces={traces} pointed={pointed} />
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-3 py-2 sm:px-4">
        <Button onClick={() => saveCsv("traces", COLUMNS, traces.map(cells))}>CSV</Button>
        <Button onClick={() => saveJson("traces", traces)}>JSON</Button>
        {before === undefined ? null : (
          <Button onClick={onFirst} className="ml-auto">
            {isSlowest ? "Back to the slowest" : "Back to the latest"}
          </Button>
        )}
        {next === null ? null : (
          <Button
            onClick={() => onNext(next, data.until)}
            className={before === undefined ? "ml-auto" : ""}
          >
            {isSlowest ? "Less slow" : "Older"}
          </Button>
        )}
      </div>
    </>
  );
}

const COLUMNS = [
  "trace_id",
  "start_time",
  "duration_ms",
  "root_service",
  "root_operation",
  "spans",
  "errors",
  "services",
] as const;

function cells(trace: TraceSummary): (string | number)[] {
  return [
    trace.traceId,
    trace.startTime,
    trace.durationMs,
    trace.rootService,
    trace.rootOperation,
    trace.spanCount,
    trace.errorCount,
    trace.services.join(" "),
  ];
}

/** The row that `j` and `k` have come to; it has the focus, so that Enter opens it. It stays with its trace while new ones come in. */
function usePointer(traces: readonly TraceSummary[]): string | undefined {
  const [pointed, setPointed] = useState<string>();
  const at = traces.findIndex(({ traceId }) => traceId === pointed);
  const step = (by: number): void => {
    const next = traces[Math.min(traces.length - 1, Math.max(0, at === -1 ? 0 : at + by))];
    if (next !== undefined) setPointed(next.traceId);
  };
  useCommands([
    {
      id: "traces.next",
      title: "Next trace",
      group: "Traces",
      keys: "j",
      isHidden: true,
      run: () => step(1),
    },
    {
      id: "traces.previous",
      title: "Previous trace",
      group: "Traces",
      keys: "k",
      isHidden: true,
      run: () => step(-1),
    },
  ]);
  useEffect(() => {
    if (pointed === undefined) return;
    const row = document.querySelector(`[data-trace="${CSS.escape(pointed)}"]`);
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector("a")?.focus({ preventScroll: true });
  }, [pointed]);
  return at === -1 ? undefined : pointed;
}
