import { useId } from "react";
import { Head } from "../components/table.tsx";
import { duration, fullCount } from "../lib/format.ts";
import type { Zone } from "../lib/zone.ts";
import { columnSums, type HeatmapCells } from "./heatmap-cells.ts";
import { timeWords } from "./time-ticks.ts";

/** A heatmap's numbers: a row for each stretch of time, the newest first. At most as many as it has columns. */
export function HeatmapTable(props: {
  label: string;
  cells: HeatmapCells;
  height: number;
  zone: Zone;
}) {
  const { label, cells, height, zone } = props;
  const caption = useId();
  const range = ([from, to]: readonly [number, number]): string =>
    `${duration(from)} – ${duration(to)}`;
  return (
    <div
      role="region"
      aria-labelledby={caption}
      tabIndex={0}
      className="overflow-auto outline-offset-[-2px]"
      style={{ height }}
    >
      <table className="min-w-full text-xs">
        <caption id={caption} className="sr-only">
          {label}
        </caption>
        <thead className="sticky top-0 bg-surface">
          <tr>
            <Head className="pl-3 sm:pl-4">From</Head>
            <Head className="text-right">Spans</Head>
            <Head className="text-right">Failed</Head>
            <Head className="text-right">Median</Head>
            <Head className="pr-3 text-right sm:pr-4">95 of 100 below</Head>
          </tr>
        </thead>
        <tbody>
          {columnSums(cells).map(({ fromMs, count, errors, medianMs, p95Ms }) => (
            <tr key={fromMs} className="h-6 border-t border-line">
              <th
                scope="row"
                className="px-2 pl-3 text-left font-normal whitespace-nowrap text-muted sm:pl-4"
              >
                {timeWords(fromMs, cells.stepMs, zone)}
              </th>
              <td className="px-2 text-right">{fullCount(Math.round(count))}</td>
              <td
                className={`px-2 text-right ${errors > 0 ? "font-medium text-bad" : "text-faint"}`}
              >
                {fullCount(Math.round(errors))}
              </td>
              <td className="px-2 text-right whitespace-nowrap">{range(medianMs)}</td>
              <td className="px-2 pr-3 text-right whitespace-nowrap sm:pr-4">{range(p95Ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
