import type { MouseEvent } from "react";
import { Name } from "../components/text.tsx";
import { formatNumber, fullValue, type Unit } from "../lib/units.ts";
import { Swatch } from "./chart-tooltip.tsx";
import type { PlottedSeries } from "./plot.ts";
import { type SeriesStatistics, statisticsOf } from "./stacking.ts";

/** How much a legend says: a table with the last, least, greatest and average value, or names alone. */
export type LegendKind = "table" | "names";

const COLUMNS: readonly (readonly [keyof SeriesStatistics, string, string])[] = [
  ["last", "Last", ""],
  ["min", "Min", "max-sm:hidden"],
  ["max", "Max", ""],
  ["avg", "Avg", "max-sm:hidden"],
];

/**
 * The names of a chart's lines. A press shows one alone, another press shows all again; with Shift, Control or
 * the command key it turns that one off or on.
 */
export function ChartLegend(props: {
  kind: LegendKind;
  unit: Unit;
  series: readonly PlottedSeries[];
  onPress: (index: number, isAdded: boolean) => void;
}) {
  const { kind, unit, series, onPress } = props;
  if (kind === "names") {
    return (
      <ul className="flex max-h-18 flex-wrap gap-x-3 overflow-y-auto px-3 pb-2 text-xs">
        {series.map((one, index) => (
          <li key={index} className="max-w-full min-w-0">
            <SeriesButton series={one} index={index} onPress={onPress} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    // A long legend scrolls; its buttons, which the keyboard reaches, bring themselves into view.
    <div className="max-h-44 overflow-y-auto px-1.5 pb-1.5">
      <table className="w-full table-fixed text-xs">
        <thead className="sticky top-0 bg-surface">
          <tr className="text-faint">
            <th scope="col" className="h-6 px-1.5 text-left font-medium">
              <span className="sr-only">Line</span>
            </th>
            {COLUMNS.map(([id, title, hidden]) => (
              <th key={id} scope="col" className={`w-22 px-1.5 text-right font-medium ${hidden}`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {series.map((one, index) => (
            <LegendRow key={index} series={one} index={index} unit={unit} onPress={onPress} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface EntryProps {
  readonly series: PlottedSeries;
  readonly index: number;
  readonly onPress: (index: number, isAdded: boolean) => void;
}

function LegendRow({ unit, ...entry }: EntryProps & { unit: Unit }) {
  const statistics = statisticsOf(entry.series.values);
  return (
    <tr className={`hover:bg-hover ${entry.series.isHidden ? "text-faint" : ""}`}>
      <th scope="row" className="min-w-0 px-1.5 text-left font-normal">
        <SeriesButton {...entry} />
      </th>
      {COLUMNS.map(([id, , hidden]) => (
        <td
          key={id}
          title={fullValue(unit, statistics[id])}
          className={`px-1.5 text-right whitespace-nowrap ${hidden}`}
        >
          {formatNumber(unit, statistics[id])}
        </td>
      ))}
    </tr>
  );
}

function SeriesButton({ series, index, onPress }: EntryProps) {
  const { name, color, isHidden, isDashed = false } = series;
  const press = (event: MouseEvent): void =>
    onPress(index, event.shiftKey || event.ctrlKey || event.metaKey);
  return (
    <button
      type="button"
      aria-pressed={!isHidden}
      onClick={press}
      className={`flex h-6 max-w-full min-w-0 items-center gap-1.5 outline-offset-[-2px] ${isHidden ? "text-faint line-through" : "text-text"}`}
    >
      <Swatch color={isHidden ? "var(--line-strong)" : color} isDashed={isDashed} />
      <span className="sr-only">Show</span>
      <Name value={name} />
    </button>
  );
}
