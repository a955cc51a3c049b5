import { memo } from "react";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { SeverityMark } from "../../components/severity-mark.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Name, Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { duration, fullCount } from "../../lib/format.ts";
import { lineText } from "../../lib/log-text.ts";
import { millisecondsBetween, parseInstant } from "../../lib/time.ts";
import type { SpanRow, SpanTree } from "./span-tree.ts";
import { type TraceLog, useTraceLogs } from "./trace-queries.ts";

interface TraceLogsProps {
  readonly traceId: string;
  readonly tree: SpanTree;
  readonly selected: SpanRow | undefined;
  readonly onSelect: (row: SpanRow) => void;
}

/** What was logged in the trace, by time; each record leads to its span. */
export function TraceLogs({ traceId, tree, selected, onSelect }: TraceLogsProps) {
  const { data, error, refetch } = useTraceLogs(traceId, tree, true);
  if (data === undefined) {
    if (error === null) return <Loading rows={8} label="Asking for the logs" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  if (data.logs.length === 0) {
    return (
      <Nothing title="Nothing was logged in this trace">
        A log record belongs to a trace when it is sent with its trace id. Loggers of OpenTelemetry
        do so by themselves.
      </Nothing>
    );
  }
  return (
    <div className="h-full overflow-y-auto overscroll-contain bg-surface">
      <ol aria-label="Logs of the trace" className="divide-y divide-line">
        {data.logs.map((log, place) => (
          <LogLine
            key={place}
            log={log}
            tree={tree}
            isSelected={selected !== undefined && log.spanId === selected.spanId}
            onSelect={onSelect}
          />
        ))}
      </ol>
      {data.hasMore ? (
        <p className="px-4 py-3 text-xs text-muted">
          The first {fullCount(data.logs.length)} records; the trace has more.
        </p>
      ) : null}
    </div>
  );
}

/** Memorized: a thousand of them would be drawn anew at each selection. */
const LogLine = memo(function LogLine(props: {
  log: TraceLog;
  tree: SpanTree;
  isSelected: boolean;
  onSelect: (row: SpanRow) => void;
}) {
  const { log, tree, isSelected, onSelect } = props;
  const row = log.spanId === null ? undefined : tree.byKey.get(log.spanId);
  return (
    <li
      className={`relative flex gap-3 px-3 py-1.5 max-sm:flex-col max-sm:gap-0.5 sm:px-4 ${isSelected ? "bg-selected" : "hover:bg-hover"}`}
    >
      <span className="flex shrink-0 items-center gap-3 self-start text-xs">
        <Time value={log.time} className="text-muted" />
        <span className="w-16 text-right text-faint">{sinceStart(tree, log.time)}</span>
        <span className="w-14 shrink-0">
          <SeverityMark level={log.severity} />
        </span>
      </span>
      <ServiceName service={log.service} className="w-32 shrink-0 self-start text-xs" />
      <span className="min-w-0 flex-1 font-mono text-xs">
        <Value value={lineText(log)} />
      </span>
      {row === undefined ? null : (
        <button
          type="button"
          onClick={() => onSelect(row)}
          className="min-h-6 max-w-56 shrink-0 self-start truncate text-left text-xs text-accent hover:underline"
        >
          <span className="sr-only">Show the span </span>
          <Name value={row.name} />
        </button>
      )}
    </li>
  );
});

function sinceStart(tree: SpanTree, time: string): string {
  const [start, at] = [parseInstant(tree.startTime), parseInstant(time)];
  if (start === undefined || at === undefined) return "";
  const ms = millisecondsBetween(start, at);
  return `${ms < 0 ? "" : "+"}${duration(ms)}`;
}
