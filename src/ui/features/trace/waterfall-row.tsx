import { memo } from "react";
import { ChevronIcon, WarnIcon } from "../../components/icons.tsx";
import { ServiceSwatch } from "../../components/service-name.tsx";
import { Name } from "../../components/text.tsx";
import { duration, fullCount } from "../../lib/format.ts";
import { serviceColor } from "../../lib/service-color.ts";
import { millisecondsBetween, parseInstant } from "../../lib/time.ts";
import { visible } from "../../lib/visible-text.ts";
import type { SpanRow } from "./span-tree.ts";
import type { TimeRange } from "./time-ticks.ts";

/** Steps of indentation that are drawn; deeper rows say their depth instead. */
const INDENT_MAX = 16;
const EVENTS_DRAWN_MAX = 24;

/** Room behind the last moment, for the duration that stands after a bar. */
export const TIMELINE_ROOM = "mr-20";

/** The attribute of what folds and unfolds a row; the keys left and right do the same. */
export const FOLD_HANDLE = "data-fold";

/** The row of an element of it; undefined where there is none. */
export function rowIndexOf(element: Element): number | undefined {
  const id = element.closest("[role=treeitem]")?.id;
  return id === undefined ? undefined : Number(id.slice(ROW_ID.length));
}

const ROW_ID = "span-";

export function rowId(row: SpanRow): string {
  return `${ROW_ID}${row.index}`;
}

interface WaterfallRowProps {
  readonly row: SpanRow;
  readonly top: number;
  readonly height: number;
  readonly rangeStartMs: number;
  readonly rangeMs: number;
  readonly isNarrow: boolean;
  readonly isSelected: boolean;
  readonly isFolded: boolean;
}

/** One span. It listens to nothing: the waterfall takes the clicks and keys of all rows. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { row, top, height, isNarrow, isSelected, isFolded } = props;
  const hasChildren = row.descendants > 0;
  return (
    <div
      id={rowId(row)}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      {...(hasChildren ? { "aria-expanded": !isFolded } : {})}
      className={`absolute inset-x-0 top-0 cursor-default outline-accent ${
        isSelected
          ? "bg-selected group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-offset-[-2px]"
          : "hover:bg-hover"
      } ${isNarrow ? "flex flex-col justify-center gap-1 px-3" : "flex items-center"}`}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      <div
        className={`flex min-w-0 items-center gap-1.5 ${isNarrow ? "" : "h-full w-(--name) shrink-0 pr-3 pl-2"}`}
      >
        <Indent depth={row.depth} isNarrow={isNarrow} />
        <span
          {...(hasChildren ? { [FOLD_HANDLE]: "" } : {})}
          className={`-mx-1 flex size-6 shrink-0 items-center justify-center rounded-sm text-faint ${hasChildren ? "cursor-pointer hover:bg-line hover:text-text" : ""}`}
        >
          {hasChildren ? (
            <ChevronIcon className={`size-3 transition-transform ${isFolded ? "" : "rotate-90"}`} />
          ) : null}
        </span>
        <ServiceSwatch service={row.span.service} />
        <Name value={row.span.service} className="max-w-[45%] shrink-0 font-medium" />
        <Name value={row.span.name} className="text-muted" />
        <Marks row={row} isFolded={isFolded} />
      </div>
      <div
        className={`relative min-w-0 flex-1 self-stretch ${TIMELINE_ROOM} ${isNarrow ? "max-h-3" : ""}`}
      >
        <Bar
          row={row}
          range={{ startMs: props.rangeStartMs, durationMs: props.rangeMs }}
          isFolded={isFolded}
        />
      </div>
    </div>
  );
});

function Indent({ depth, isNarrow }: { depth: number; isNarrow: boolean }) {
  const steps = Math.min(depth, isNarrow ? 6 : INDENT_MAX);
  return (
    <>
      {steps === 0 ? null : (
        <span
          aria-hidden="true"
          className="indent-guides h-full shrink-0"
          style={{ width: `${steps * (isNarrow ? 0.5 : 0.75)}rem` }}
        />
      )}
      {depth > steps ? <span className="text-2xs text-faint">{depth}</span> : null}
    </>
  );
}

/** What stands behind the name: hidden rows, failures among them, a lost parent. */
function Marks({ row, isFolded }: { row: SpanRow; isFolded: boolean }) {
  return (
    <>
      {isFolded ? (
        <span className="shrink-0 rounded-full bg-sunken px-1.5 text-2xs text-muted">
          +{fullCount(row.descendants)}
        </span>
      ) : null}
      {isFolded && row.errorsBelow > 0 ? (
        <span
          title={`${fullCount(row.errorsBelow)} failed below`}
          className="flex shrink-0 items-center gap-0.5 text-2xs text-bad"
        >
          <WarnIcon className="size-3" />
          {fullCount(row.errorsBelow)}
        </span>
      ) : null}
      {row.isOrphan ? (
        <span
          title="Its parent is not in the trace: it has not arrived, or was not sampled"
          className="shrink-0 rounded-sm bg-warn-soft px-1 text-2xs text-warn"
        >
          no parent
        </span>
      ) : null}
    </>
  );
}

function Bar({ row, range, isFolded }: { row: SpanRow; range: TimeRange; isFolded: boolean }) {
  const { span, offsetMs } = row;
  const share = range.durationMs > 0 ? 100 / range.durationMs : 0;
  const start = (offsetMs - range.startMs) * share;
  const end = start + span.durationMs * share;
  if (end < 0 || start > 100) return <Outside row={row} isBefore={end < 0} />;
  const left = Math.max(0, start);
  const right = Math.min(100, end);
  const failed = span.status.code === "error";
  return (
    <>
      <span
        aria-hidden="true"
        className={`absolute top-1/2 h-2.5 min-w-[3px] -translate-y-1/2 rounded-xs forced-color-adjust-none ${failed ? "ring-2 ring-bad" : ""} ${isFolded ? "opacity-60" : ""} ${start < 0 ? "rounded-l-none" : ""} ${end > 100.01 ? "rounded-r-none" : ""}`}
        style={{
          left: `${left}%`,
          width: `${right - left}%`,
          backgroundColor: serviceColor(span.service),
        }}
      />
      <EventTicks row={row} start={start} share={share} />
      <span
        className={`absolute top-1/2 flex -translate-y-1/2 items-center gap-1 text-2xs whitespace-nowrap ${failed ? "font-medium text-bad" : "text-muted"}`}
        style={{ left: `calc(max(${right}%, ${left}% + 3px) + 6px)` }}
      >
        {failed ? <WarnIcon className="size-3" /> : null}
        {duration(span.durationMs)}
        <InWords row={row} />
      </span>
    </>
  );
}

/** A row of another time than the axis shows: where it lies, and how long it is. */
function Outside({ row, isBefore }: { row: SpanRow; isBefore: boolean }) {
  return (
    <span
      className={`absolute top-1/2 flex -translate-y-1/2 items-center gap-0.5 text-2xs whitespace-nowrap text-faint ${isBefore ? "left-1" : "right-1 flex-row-reverse"}`}
    >
      <ChevronIcon className={`size-3 ${isBefore ? "rotate-180" : ""}`} />
      {duration(row.span.durationMs)}
      <InWords row={row} />
    </span>
  );
}

/** What the bar shows, for those who do not see it. */
function InWords({ row }: { row: SpanRow }) {
  return (
    <span className="sr-only">
      {row.span.status.code === "error" ? ", failed" : ""}, starts at {duration(row.offsetMs)}
    </span>
  );
}

function EventTicks({ row, start, share }: { row: SpanRow; start: number; share: number }) {
  const { span } = row;
  const spanStart = span.events.length === 0 ? undefined : parseInstant(span.startTime);
  if (spanStart === undefined) return null;
  return span.events.slice(0, EVENTS_DRAWN_MAX).map((event, index) => {
    const at = parseInstant(event.time);
    if (at === undefined) return null;
    const place = start + millisecondsBetween(spanStart, at) * share;
    if (place < 0 || place > 100) return null;
    return (
      <span
        key={index}
        aria-hidden="true"
        title={visible(event.name).slice(0, 200)}
        className="absolute top-1/2 h-3.5 w-px -translate-y-1/2 bg-text"
        style={{ left: `${place}%` }}
      />
    );
  });
}
