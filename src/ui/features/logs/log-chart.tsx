import type { LogHistogramAnswer } from "#api/contract/logs.ts";
import { useMemo } from "react";
import { TimeChart } from "../../charts/time-chart.tsx";
import type { ChartState } from "../../charts/chart-frame.tsx";
import { stepTimes } from "./step-times.ts";
import { LEVEL_ORDER, LEVELS } from "../../components/severity-mark.tsx";
import type { FixedRange } from "./use-log-list.ts";

/** How many records there are over time, by level; a stretch that is drawn out becomes the range. */
export function LogChart(props: {
  histogram: LogHistogramAnswer | undefined;
  range: FixedRange;
  state: ChartState | undefined;
  height: number;
  onBrush: (fromMs: number, toMs: number) => void;
}) {
  const { histogram, range, state, height, onBrush } = props;
  const { times, series } = useMemo(
    () => (histogram === undefined ? NOTHING : seriesOf(histogram, range)),
    [histogram, range],
  );
  return (
    <TimeChart
      title="Records over time"
      kind="bars"
      unit="count"
      times={times}
      series={series}
      height={height}
      range={range}
      legend="none"
      state={state}
      onBrush={onBrush}
      isBare
    />
  );
}

const NOTHING = { times: [], series: [] };

/** A series for each level that there is, the most severe at the bottom. */
function seriesOf(histogram: LogHistogramAnswer, range: FixedRange) {
  const { times, places } = stepTimes(histogram, range);
  const levels = LEVEL_ORDER.filter((level) =>
    histogram.data.some(({ levels: counts }) => (counts[level] ?? 0) > 0),
  );
  const series = levels.map((level) => {
    const values = times.map(() => 0);
    for (const [at, step] of histogram.data.entries())
      values[places[at]!] = step.levels[level] ?? 0;
    return { name: level, values, color: LEVELS[level].color };
  });
  return { times, series };
}
