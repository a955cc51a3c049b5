import { useMemo } from "react";
import { ChartSync } from "../../charts/chart-sync.tsx";
import { TimeChart } from "../../charts/time-chart.tsx";
import type { PulsePoint } from "../../lib/pulse-history.ts";
import { perSecond, shortBytes, shortCount } from "../../lib/format.ts";

const HEIGHT = 130;

/** The rows that passed a component over the last minutes, and those that waited for it. */
export function ComponentFigures({ points }: { points: readonly PulsePoint[] }) {
  const newest = points.at(-1);
  const { times, rates, waiting } = useMemo(() => {
    const of = (name: string, value: (point: PulsePoint) => number | null) => {
      return { name, values: points.map(value) };
    };
    return {
      times: points.map(({ atMs }) => atMs / 1_000),
      rates: [
        of("In", (point) => point.in),
        of("Out", (point) => point.out),
        of("Dropped", (point) => point.dropped),
      ],
      waiting: [of("Waiting rows", ({ queue }) => queue?.rows ?? null)],
    };
  }, [points]);
  if (newest === undefined) return null;
  const { queue } = newest;
  return (
    <div className="flex flex-col gap-3">
      <dl className="flex flex-wrap gap-x-6 gap-y-2">
        <Number name="In" value={`${perSecond(newest.in)}/s`} />
        <Number name="Out" value={`${perSecond(newest.out)}/s`} />
        <Number
          name="Dropped"
          value={`${perSecond(newest.dropped)}/s`}
          isBad={newest.dropped > 0}
        />
        {queue === null ? null : (
          <Number
            name="Waiting"
            value={`${shortCount(queue.rows)} rows, ${shortBytes(queue.bytes)}`}
          />
        )}
      </dl>
      {points.length < 2 ? (
        <p className="text-xs text-muted">Figures gather while a page is open.</p>
      ) : (
        <ChartSync>
          <TimeChart
            title="Rows a second"
            kind="line"
            unit="{row}/s"
            times={times}
            series={rates}
            height={HEIGHT}
            legend="names"
          />
          {queue === null ? null : (
            <TimeChart
              title="Waiting rows"
              kind="area"
              unit="{row}"
              times={times}
              series={waiting}
              height={HEIGHT}
              legend="none"
            />
          )}
        </ChartSync>
      )}
    </div>
  );
}

function Number(props: { name: string; value: string; isBad?: boolean }) {
  const { name, value, isBad = false } = props;
  return (
    <div>
      <dt className="text-2xs text-faint">{name}</dt>
      <dd className={`text-base font-semibold whitespace-nowrap ${isBad ? "text-warn" : ""}`}>
        {value}
      </dd>
    </div>
  );
}
