import { Name } from "../components/text.tsx";
import { formatValue, type Unit } from "../lib/units.ts";
import type { ChartExemplar, ChartMark } from "./plot.ts";

export interface TooltipRow {
  readonly name: string;
  readonly color: string;
  readonly value: number;
  readonly isDashed: boolean;
  /** The one that the pointer is nearest to. */
  readonly isNearest: boolean;
}

/** Rows that a tooltip has at most; the nearest is always among them. */
const ROWS_MAX = 10;
const WIDTH_MAX = 300;
/** Pixels between the cross-hair and the tooltip. */
const GAP = 12;

/**
 * The values under the cross-hair, beside it on the side where there is room. It repeats what the chart's slider
 * says, and so is silent itself.
 */
export function ChartTooltip(props: {
  /** Where the cross-hair stands, from the left edge of the plot, and how wide that is. */
  x: number;
  width: number;
  /** Room beside the plot on the left, which the axis has. */
  margin: number;
  title: string;
  rows: readonly TooltipRow[];
  unit: Unit;
  exemplar: ChartExemplar | undefined;
  mark: ChartMark | undefined;
}) {
  const { x, width, margin, title, rows, unit, exemplar, mark } = props;
  const isLeft = x > width / 2;
  const room = (isLeft ? x + margin : width - x) - GAP;
  const shown = chosen(rows);
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-1 left-0 z-10 w-max rounded-md border border-line bg-surface/95 px-2 py-1.5 text-xs shadow-md"
      style={{
        maxWidth: Math.min(WIDTH_MAX, room),
        transform: isLeft ? `translateX(calc(${x - GAP}px - 100%))` : `translateX(${x + GAP}px)`,
      }}
    >
      <p className="font-medium whitespace-nowrap">{title}</p>
      {mark === undefined ? null : (
        <div className="flex items-center gap-1.5 text-muted">
          <span className="font-medium">▾</span>
          <Name value={mark.label} />
        </div>
      )}
      {rows.length === 0 ? <p className="text-muted">No values</p> : null}
      <ul className="mt-0.5">
        {shown.map(({ name, color, value, isDashed, isNearest }, index) => (
          <li
            key={index}
            className={`flex items-center gap-1.5 ${isNearest ? "font-semibold text-text" : "text-muted"}`}
          >
            <Swatch color={color} isDashed={isDashed} />
            <Name value={name} className="max-w-44" />
            <span className="ml-auto pl-3 whitespace-nowrap text-text">
              {formatValue(unit, value)}
            </span>
          </li>
        ))}
      </ul>
      {rows.length > shown.length ? (
        <p className="text-faint">and {rows.length - shown.length} more</p>
      ) : null}
      {exemplar === undefined ? null : (
        <div className="mt-1 border-t border-line pt-1">
          <p className="font-medium text-accent">◆ Press for the trace of this one</p>
          <div className="flex gap-2 text-muted">
            <span className="whitespace-nowrap text-text">{formatValue(unit, exemplar.value)}</span>
            <Name value={exemplar.label} className="max-w-52" />
          </div>
        </div>
      )}
    </div>
  );
}

function chosen(rows: readonly TooltipRow[]): readonly TooltipRow[] {
  const first = rows.slice(0, ROWS_MAX);
  const nearest = rows.find(({ isNearest }) => isNearest);
  if (nearest === undefined || first.includes(nearest)) return first;
  return [...first.slice(0, -1), nearest];
}

/** The colour of a series beside its name. */
export function Swatch({ color, isDashed }: { color: string; isDashed: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`h-[3px] w-3 shrink-0 rounded-full forced-color-adjust-none ${isDashed ? "opacity-60" : ""}`}
      style={
        isDashed
          ? {
              backgroundImage: `repeating-linear-gradient(90deg, ${color} 0 4px, transparent 4px 6px)`,
            }
          : { backgroundColor: color }
      }
    />
  );
}
