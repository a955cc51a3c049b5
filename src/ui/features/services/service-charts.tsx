import type { ServiceSeries, ServiceSeriesAnswer } from "#api/contract/services.ts";
import { useMemo } from "react";
import { chartState } from "../../charts/chart-frame.tsx";
import { ChartSync } from "../../charts/chart-sync.tsx";
import { TimeChart } from "../../charts/time-chart.tsx";
import { askServiceSeries } from "../../lib/api/services.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";
import { visible } from "../../lib/visible-text.ts";
import { deploysOf } from "./deploys.ts";
import { useServiceResources } from "./use-service.ts";

const POINTS = 120;
const HEIGHT = 168;
const VERSION_CHARACTERS_MAX = 24;

/** Requests, errors and latency of a service over time, with the moments at which its version changed. */
export function ServiceCharts(props: {
  service: string;
  range: TimeRange;
  onBrush: (fromMs: number, toMs: number) => void;
}) {
  const { service, range, onBrush } = props;
  const question = usePolled({
    key: ["services", "series", service, range],
    ask: (cancel) =>
      askServiceSeries({ ...requestRange(range, Date.now()), service, points: POINTS }, cancel),
    everyMs: everyMsIn(range, POLL_MS.series),
    keepPrevious: true,
  });
  const { data } = question;
  const times = useMemo(() => timesOf(data), [data]);
  const lines = useMemo(() => linesOf(data?.data[0]), [data]);
  const marks = useDeployMarks(service, range);
  const shared = {
    times,
    range: data === undefined ? undefined : boundsOf(data),
    height: HEIGHT,
    onBrush,
    marks,
    legend: "names",
    state: chartState(question, (answer) => answer.data.length === 0, "No requests"),
  } as const;
  return (
    <ChartSync>
      <div className="mt-3 grid gap-3 lg:grid-cols-3">
        <TimeChart
          {...shared}
          title="Requests"
          kind="area"
          unit="{request}/s"
          series={lines.rates}
        />
        <TimeChart {...shared} title="Errors" kind="area" unit="ratio" series={lines.errors} />
        <TimeChart {...shared} title="Latency" kind="line" unit="ms" series={lines.durations} />
      </div>
    </ChartSync>
  );
}

function timesOf(answer: ServiceSeriesAnswer | undefined): number[] {
  if (answer === undefined) return [];
  const start = Date.parse(answer.startTime) / 1_000;
  return Array.from({ length: answer.steps }, (_, step) => start + (step * answer.stepMs) / 1_000);
}

/** From the first step to the end of the last. */
function boundsOf({ startTime, stepMs, steps }: ServiceSeriesAnswer) {
  const fromMs = Date.parse(startTime);
  return { fromMs, toMs: fromMs + steps * stepMs };
}

function linesOf(series: ServiceSeries | undefined) {
  const {
    requestsPerSecond = [],
    errorRate = [],
    p50Ms = [],
    p95Ms = [],
    p99Ms = [],
  } = series ?? {};
  const failed = requestsPerSecond.map((rate, step) => rate * (errorRate[step] ?? 0));
  return {
    rates: [
      { name: "Requests", values: requestsPerSecond, color: "var(--accent)" },
      { name: "Failed", values: failed, color: "var(--bad)" },
    ],
    errors: [{ name: "Share of errors", values: errorRate, color: "var(--bad)" }],
    durations: [
      { name: "p50", values: p50Ms, color: "var(--series-1)" },
      { name: "p95", values: p95Ms, color: "var(--series-2)" },
      { name: "p99", values: p99Ms, color: "var(--series-3)" },
    ],
  };
}

/** When the service began to run another version. */
function useDeployMarks(service: string, range: TimeRange) {
  const { data } = useServiceResources(service, range);
  return useMemo(
    () =>
      deploysOf(data?.data ?? []).map(({ version, atMs }) => ({
        timeMs: atMs,
        label: `Version ${visible(version).slice(0, VERSION_CHARACTERS_MAX)}`,
      })),
    [data],
  );
}
