import { memo } from "react";
import { ChevronIcon, WarnIcon } from "../../components/icons.tsx";
import { ServiceSwatch } from "../../components/service-name.tsx";
import { Name } from "../../components/text.tsx";
import { duration, fullCount } from "../../lib/format.ts";
import { serviceColor } from "../../lib/service-color.ts";
import { visible } from "../../lib/visible-text.ts";
import type { PathSegment } from "./critical-path.ts";
import { momentMarks, pathMarks } from "./row-marks.ts";
import { hasFailed, type SpanRow } from "./span-tree.ts";
import type { TimeRange } from "./time-ticks.ts";

/** Steps of indentation that are drawn; deeper rows say their depth instead. */
const INDENT_MAX = 16;

/** Room behind the last moment, for the duration that stands after a bar. */
export const TIMELINE_ROOM = "mr-20";

/** The attribute of what folds and unfolds a row; the keys left and right do the same. */
export const FOLD_HANDLE = "data-fold";

/** The row of an element of it; undefined where there is none. */
export function rowIndexOf(element: Element): number | undefined {
  const id = element.closest(`[id^=${ROW_ID}]`)?.id;
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
  /** The keys are at it, and not at a log record under it. */
  readonly isCurrent: boolean;
  readonly isFolded: boolean;
  /** It is among what is looked for. */
  readonly isFound: boolean;
  /** Something else is looked for or pointed out. */
  readonly isDimmed: boolean;
  /** What of the critical path is its own. */
  readonly segments: readonly PathSegment[];
}

/** One span. It listens to nothing: the waterfall takes the clicks and keys of all rows. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { row, top, height, isNarrow, isSelected, isFolded, isDimmed } = props;
  const hasChildren = row.descendants > 0;
  return (
    <div
      id={rowId(row)}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      {...(hasChildren ? { "aria-expanded": !isFolded } : {})}
      className={`absolute inset-x-0 top-0 cursor-default outline-accent ${
        props.isFound ? "shadow-[inset_3px_0_0_var(--accent)]" : ""
      } ${
        props.isCurrent
          ? "group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-offset-[-2px]"
          : ""
      } ${isSelected ? "bg-selected" : "hover:bg-hover"} ${isNarrow ? "flex flex-col justify-center gap-1 px-3" : "flex items-center"}`}
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
        <ServiceSwatch service={row.service} />
        <Name
          value={row.service}
          className={`max-w-[45%] shrink-0 ${isDimmed ? "text-muted" : "font-medium"}`}
        />
        <Name value={row.name} className="text-muted" />
        <Marks row={row} isFolded={isFolded} />
      </div>
      <div
        className={`relative min-w-0 flex-1 self-stretch ${TIMELINE_ROOM} ${isNarrow ? "max-h-3" : ""}`}
      >
        <Bar
          row={row}
          range={{ startMs: props.rangeStartMs, durationMs: props.rangeMs }}
          isFaint={isFolded || isDimmed}
          segments={props.segments}
        />
      </div>
    </div>
  );
});

export function Indent({ depth, isNarrow }: { depth: number; isNarrow: boolean }) {
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

interface BarProps {
  readonly row: SpanRow;
  readonly range: TimeRange;
  readonly isFaint: boolean;
  readonly segments: readonly PathSegment[];
}

function Bar({ row, range, isFaint, segments }: BarProps) {
  const { offsetMs, durationMs } = row;
  const share = range.durationMs > 0 ? 100 / range.durationMs : 0;
  const start = (offsetMs - range.startMs) * share;
  const end = start + durationMs * share;
  if (end < 0 || start > 100) return <Outside row={row} isBefore={end < 0} />;
  const left = Math.max(0, start);
  const right = Math.min(100, end);
  const failed = hasFailed(row);
  return (
    <>
      <span
        aria-hidden="true"
        className={`absolute top-1/2 h-2.5 min-w-[3px] -translate-y-1/2 rounded-xs forced-color-adjust-none ${failed ? "ring-2 ring-bad" : ""} ${isFaint ? "opacity-50" : ""} ${start < 0 ? "rounded-l-none" : ""} ${end > 100.01 ? "rounded-r-none" : ""}`}
        style={{
          left: `${left}%`,
          width: `${right - left}%`,
          backgroundColor: serviceColor(row.service),
        }}
      />
      <PathMarks segments={segments} range={range} />
      <MomentTicks row={row} range={range} />
      <span
        className={`absolute top-1/2 flex -translate-y-1/2 items-center gap-1 text-2xs whitespace-nowrap ${failed ? "font-medium text-bad" : "text-muted"}`}
        style={{ left: `calc(max(${right}%, ${left}% + 3px) + 6px)` }}
      >
        {failed ? <WarnIcon className="size-3" /> : null}
        {duration(durationMs)}
        <InWords row={row} isOnPath={segments.length > 0} />
      </span>
    </>
  );
}

/** The critical path under the bar of what it waits for. */
function PathMarks({ segments, range }: Pick<BarProps, "segments" | "range">) {
  return pathMarks(segments, range).map(({ left, width }) => (
    <span
      key={left}
      aria-hidden="true"
      className="absolute top-[calc(50%+6px)] h-[3px] min-w-px bg-text"
      style={{ left: `${left}%`, width: `${width}%` }}
    />
  ));
}

/** A row of another time than the axis shows: where it lies, and how long it is. */
function Outside({ row, isBefore }: { row: SpanRow; isBefore: boolean }) {
  return (
    <span
      className={`absolute top-1/2 flex -translate-y-1/2 items-center gap-0.5 text-2xs whitespace-nowrap text-faint ${isBefore ? "left-1" : "right-1 flex-row-reverse"}`}
    >
      <ChevronIcon className={`size-3 ${isBefore ? "rotate-180" : ""}`} />
      {duration(row.durationMs)}
      <InWords row={row} isOnPath={false} />
    </span>
  );
}

/** What the bar shows, for those who do not see it. */
function InWords({ row, isOnPath }: { row: SpanRow; isOnPath: boolean }) {
  return (
    <span className="sr-only">
      {hasFailed(row) ? ", failed" : ""}, starts at {duration(row.offsetMs)}
      {isOnPath ? ", on the critical path" : ""}
    </span>
  );
}

function MomentTicks({ row, range }: Pick<BarProps, "row" | "range">) {
  return momentMarks(row.moments, range).map(({ name, left }) => (
    <span
      key={left}
      aria-hidden="true"
      title={visible(name).slice(0, 200)}
      className="absolute top-1/2 h-3.5 w-px -translate-y-1/2 bg-text"
      style={{ left: `${left}%` }}
    />
  ));
}
