import { useRef, useState } from "react";
import { Name } from "../components/text.tsx";
import { useElementSize } from "../lib/element-size.ts";
import { rowWindow } from "../lib/row-window.ts";
import { formatValue } from "../lib/units.ts";
import type { ChartExemplar, PlotContent } from "./plot.ts";
import { timeWords } from "./time-ticks.ts";

const ROW_HEIGHT = 24;
/** Columns that a table shows; the rest is in the CSV. */
const COLUMNS_MAX = 30;

/** What a chart draws, as a table: a row for each time, the newest first; drawn as far as it is in view. */
export function ChartTable(props: {
  title: string;
  content: PlotContent;
  height: number;
  onExemplar?: ((exemplar: ChartExemplar) => void) | undefined;
}) {
  const { title, content, height, onExemplar } = props;
  const { times, series, unit, zone, exemplars, marks } = content;
  const view = useRef<HTMLDivElement>(null);
  const size = useElementSize(view);
  const [scrollTop, setScrollTop] = useState(0);
  const shown = series.filter(({ isHidden }) => !isHidden).slice(0, COLUMNS_MAX);
  const rows = times.length;
  const { first, end } = rowWindow({
    scrollTop,
    height: size.height,
    rowHeight: ROW_HEIGHT,
    rows,
    overscan: 12,
  });
  const step = rows < 2 ? 60_000 : Math.round((times[1]! - times[0]!) * 1_000);
  return (
    <>
      <div
        ref={view}
        role="region"
        aria-label={`${title} as a table`}
        tabIndex={0}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        className="overflow-auto px-3 text-xs outline-offset-[-2px]"
        style={{ height }}
      >
        <table className="min-w-full" aria-rowcount={rows + 1}>
          <caption className="sr-only">{title}</caption>
          <thead className="sticky top-0 bg-surface">
            <tr>
              <th
                scope="col"
                className="h-6 pr-3 text-left font-medium whitespace-nowrap text-faint"
              >
                Time
              </th>
              {shown.map(({ name }, index) => (
                <th
                  key={index}
                  scope="col"
                  className="max-w-48 min-w-20 pl-3 text-right font-medium"
                >
                  <Name value={name} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Spacer height={first * ROW_HEIGHT} />
            {Array.from({ length: end - first }, (_, offset) => {
              const place = rows - 1 - (first + offset);
              return (
                <tr key={place} aria-rowindex={first + offset + 2} style={{ height: ROW_HEIGHT }}>
                  <th
                    scope="row"
                    className="pr-3 text-left font-normal whitespace-nowrap text-muted"
                  >
                    {timeWords(times[place]! * 1_000, step, zone)}
                  </th>
                  {shown.map(({ values }, index) => (
                    <td key={index} className="pl-3 text-right whitespace-nowrap">
                      {formatValue(unit, values[place])}
                    </td>
                  ))}
                </tr>
              );
            })}
            <Spacer height={(rows - end) * ROW_HEIGHT} />
          </tbody>
        </table>
      </div>
      {series.length > COLUMNS_MAX ? (
        <p className="px-3 py-1 text-xs text-faint">
          {shown.length} of {series.length} lines; the CSV has all.
        </p>
      ) : null}
      {marks.length + exemplars.length === 0 ? null : (
        <ul className="max-h-40 overflow-y-auto px-3 pb-2 text-xs">
          {marks.map(({ timeMs, label }, index) => (
            <li key={`mark ${index}`} className="flex gap-2">
              <span className="whitespace-nowrap text-muted">
                ▾ {timeWords(timeMs, step, zone)}
              </span>
              <Name value={label} />
            </li>
          ))}
          {exemplars.map((exemplar, index) => (
            <li key={`exemplar ${index}`}>
              <button
                type="button"
                disabled={onExemplar === undefined}
                onClick={() => onExemplar?.(exemplar)}
                className="flex h-6 max-w-full items-center gap-2 text-accent hover:underline"
              >
                <span className="sr-only">Open the trace of</span>
                <span className="whitespace-nowrap">◆ {timeWords(exemplar.timeMs, 1, zone)}</span>
                <span className="whitespace-nowrap">{formatValue(unit, exemplar.value)}</span>
                <Name value={exemplar.label} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Stands for the rows above or below those that are drawn. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td className="p-0" style={{ height }}>
        {" "}
      </td>
    </tr>
  );
}
