import { SeverityMark } from "../../components/severity-mark.tsx";
import { Name } from "../../components/text.tsx";
import { lineText } from "../../lib/log-text.ts";
import { millisecondsBetween, parseInstant } from "../../lib/time.ts";
import type { SpanRow } from "./span-tree.ts";
import type { TimeRange } from "./time-ticks.ts";
import type { TraceLog } from "./trace-queries.ts";
import { Indent, TIMELINE_ROOM } from "./waterfall-row.tsx";

const LOG_ID = "log-";

/** The place among the lines whose log record an element is of; undefined where it is of none. */
export function logPlaceOf(element: Element): number | undefined {
  const id = element.closest(`[id^=${LOG_ID}]`)?.id;
  return id === undefined ? undefined : Number(id.slice(LOG_ID.length));
}

export function logId(place: number): string {
  return `${LOG_ID}${place}`;
}

/** A log record under its span, with its moment on the axis. A press selects the span. */
export function LogRow(props: {
  /** Among all lines. */
  place: number;
  /** The keys are at it. */
  isCurrent: boolean;
  log: TraceLog;
  of: SpanRow;
  /** RFC 3339 of the trace's start. */
  traceStart: string;
  range: TimeRange;
  top: number;
  height: number;
  isNarrow: boolean;
}) {
  const { log, of, top, height, isNarrow, isCurrent, range } = props;
  const [start, at] = [parseInstant(props.traceStart), parseInstant(log.time)];
  const atMs = start === undefined || at === undefined ? 0 : millisecondsBetween(start, at);
  const left = (100 * (atMs - range.startMs)) / Math.max(range.durationMs, 1e-9);
  return (
    <div
      id={logId(props.place)}
      role="treeitem"
      aria-level={of.depth + 2}
      aria-selected={false}
      className={`absolute inset-x-0 top-0 flex cursor-default items-center outline-accent ${
        isCurrent
          ? "bg-selected group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-offset-[-2px]"
          : "hover:bg-hover"
      }`}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      <div
        className={`flex h-full min-w-0 items-center gap-2 ${isNarrow ? "flex-1 px-3" : "w-(--name) shrink-0 pr-3 pl-2"}`}
      >
        <Indent depth={of.depth + 2} isNarrow={isNarrow} />
        <span className="w-14 shrink-0">
          <SeverityMark level={log.severity} />
        </span>
        <Name value={lineText(log)} className="font-mono text-2xs text-muted" />
      </div>
      {isNarrow ? null : (
        <div className={`relative min-w-0 flex-1 self-stretch ${TIMELINE_ROOM}`}>
          {left < 0 || left > 100 ? null : (
            <span
              aria-hidden="true"
              className="absolute top-1/2 size-1.5 -translate-1/2 rotate-45 bg-muted"
              style={{ left: `${left}%` }}
            />
          )}
        </div>
      )}
    </div>
  );
}
