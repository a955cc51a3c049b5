import type { LogRecord } from "#api/contract/logs.ts";
import { memo, type CSSProperties } from "react";
import { ServiceName } from "../../components/service-name.tsx";
import { Lines, Name } from "../../components/text.tsx";
import { clockTime, fullTime, otherDay } from "../../lib/time.ts";
import type { Zone } from "../../lib/zone.ts";
import { lineText } from "../../lib/log-text.ts";
import { columnText } from "./record-fields.ts";
import { LEVELS, SeverityMark } from "../../components/severity-mark.tsx";

/** How rows of a list are laid out. */
export interface RowLayout {
  readonly columns: readonly string[];
  readonly isWrapped: boolean;
  readonly isNarrow: boolean;
  readonly zone: Zone;
  /** Days are shown where the list goes over more than one. */
  readonly hasDays: boolean;
}

/** The tracks of the grid that every row has, and the head above them. */
export function rowTracks({ columns, isNarrow, hasDays }: RowLayout): CSSProperties {
  if (isNarrow) return { gridTemplateColumns: "auto auto minmax(0, 1fr)" };
  const time = hasDays ? "10rem" : "6.75rem";
  const own = columns.map((column) => (column === "service" ? "8.5rem" : "10rem"));
  return { gridTemplateColumns: [time, "3.5rem", ...own, "minmax(8rem, 1fr)"].join(" ") };
}

interface LogRowProps {
  readonly record: LogRecord;
  readonly id: string;
  readonly number: number;
  readonly layout: RowLayout;
  readonly isSelected: boolean;
  readonly top: number;
  readonly height: number;
}

/** One record of a list: one line, or three where lines are wrapped. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { record, id, number, layout, isSelected, top, height } = props;
  const { columns, isNarrow, isWrapped } = layout;
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={number + 2}
      aria-selected={isSelected}
      data-row={number}
      className={`absolute inset-x-0 grid cursor-pointer items-baseline gap-x-3 border-b border-line pr-3 pl-2.5 ${
        isSelected ? "bg-selected" : "hover:bg-hover"
      } ${isNarrow ? "py-1" : "py-0.5"}`}
      style={{ ...rowTracks(layout), height, transform: `translateY(${top}px)` }}
    >
      <span
        aria-hidden="true"
        className="absolute inset-y-0.5 left-0 w-[3px] rounded-r-xs forced-color-adjust-none"
        style={{ backgroundColor: LEVELS[record.severity].color }}
      />
      <span role="gridcell" className="truncate font-mono text-xs text-muted">
        <RowTime value={record.time} layout={layout} />
      </span>
      <span role="gridcell" className="truncate">
        <SeverityMark level={record.severity} />
      </span>
      {isNarrow ? (
        <span
          role="gridcell"
          className="grid min-w-0 auto-cols-fr grid-flow-col gap-x-3 text-xs text-muted"
        >
          {columns.map((column) => (
            <span key={column} className="min-w-0">
              <ColumnValue record={record} column={column} />
            </span>
          ))}
        </span>
      ) : (
        columns.map((column) => (
          <span key={column} role="gridcell" className="min-w-0 text-xs text-muted">
            <ColumnValue record={record} column={column} />
          </span>
        ))
      )}
      <span
        role="gridcell"
        className={`min-w-0 overflow-clip font-mono text-xs ${isNarrow ? "col-span-full" : ""}`}
      >
        {isWrapped ? (
          <Lines value={lineText(record)} count={3} />
        ) : (
          <Name value={lineText(record)} />
        )}
      </span>
    </div>
  );
});

function ColumnValue({ record, column }: { record: LogRecord; column: string }) {
  if (column === "service") return <ServiceName service={record.service} />;
  const value = columnText(record, column);
  return value === "" ? <span className="text-faint">–</span> : <Name value={value} />;
}

function RowTime({
  value,
  layout: { zone, hasDays, isNarrow },
}: {
  value: string;
  layout: RowLayout;
}) {
  const time = clockTime(value, zone);
  const day = hasDays ? otherDay(value, 0, zone) : "";
  return (
    <time dateTime={value} title={fullTime(value)}>
      {day === "" ? "" : `${day} `}
      {isNarrow ? time.slice(0, 8) : time}
    </time>
  );
}

/** In the place of a record that is not there yet: about when it was. */
export function RowToCome(props: {
  number: number;
  timeMs: number | undefined;
  layout: RowLayout;
  top: number;
  height: number;
}) {
  const { number, timeMs, layout, top, height } = props;
  return (
    <div
      role="row"
      aria-rowindex={number + 2}
      className="absolute inset-x-0 grid items-center gap-x-3 border-b border-line pr-3 pl-2.5"
      style={{ ...rowTracks(layout), height, transform: `translateY(${top}px)` }}
    >
      <span role="gridcell" className="truncate font-mono text-xs text-faint">
        {timeMs === undefined
          ? ""
          : `~${clockTime(new Date(timeMs).toISOString(), layout.zone).slice(0, 8)}`}
      </span>
      <span role="gridcell" style={{ gridColumn: "2 / -1" }}>
        <span className="sr-only">to come</span>
        <span
          aria-hidden="true"
          className="block h-2.5 rounded-sm bg-sunken"
          style={{ width: `${75 - ((number * 37) % 45)}%` }}
        />
      </span>
    </div>
  );
}
