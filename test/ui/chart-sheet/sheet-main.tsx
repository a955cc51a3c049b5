// Every kind of chart on one page, to be looked at and tried out by test/ui/charts.test.ts.
import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { ApiFailure } from "#ui/lib/api/request.ts";
import { BarList } from "#ui/charts/bar-list.tsx";
import { ChartSync } from "#ui/charts/chart-sync.tsx";
import type { ChartExemplar } from "#ui/charts/plot.ts";
import type { ChartSeries } from "#ui/charts/stacking.ts";
import { TimeChart } from "#ui/charts/time-chart.tsx";

const FROM = Date.parse("2026-11-21T08:00:00Z") / 1_000;
const parameters = new URLSearchParams(location.search);
/** Points of each line. */
const POINTS = Number(parameters.get("points") ?? "180");
const LINES = Number(parameters.get("lines") ?? "4");
const hostile = parameters.get("names");

const times = Array.from({ length: POINTS }, (_, place) => FROM + place * 60);
const NAMES =
  hostile === null
    ? ["storefront", "cart", "payment", "catalog"]
    : (JSON.parse(hostile) as string[]);

const wave = (line: number, place: number): number =>
  40 +
  12 * Math.sin(place / (9 + line * 3)) +
  line * 14 +
  ((place * 7_919 + line * 104_729) % 17) / 3;

const lines: readonly ChartSeries[] = Array.from({ length: LINES }, (_, line) => ({
  name: NAMES[line] ?? `line ${line}`,
  values: times.map((_, place) =>
    line === 1 && place > 70 && place < 90 ? null : Number(wave(line, place).toFixed(3)),
  ),
}));
const before: readonly ChartSeries[] = [
  lines[0]!,
  {
    name: "storefront (before)",
    values: times.map((_, place) => wave(0, place + 40)),
    isDashed: true,
    color: "var(--line-strong)",
  },
];
const bytes: readonly ChartSeries[] = lines.map(({ name, values }) => ({
  name,
  values: values.map((value) => (typeof value === "number" ? value * 1_000_000 : null)),
}));
const marks = [
  {
    timeMs: (FROM + 60 * 100) * 1_000,
    label: NAMES.length > 4 ? NAMES[0]! : "payment 1.4.2 deployed",
  },
];

function Sheet() {
  const [said, setSaid] = useState("");
  const exemplars = useMemo<ChartExemplar[]>(
    () =>
      [30, 95, 140].map((place) => ({
        timeMs: (FROM + place * 60) * 1_000,
        value: wave(3, place) + 9,
        label: NAMES[1] ?? "",
        traceId: `trace-${place}`,
      })),
    [],
  );
  const brushed = (fromMs: number, toMs: number): void =>
    setSaid(`brushed ${new Date(fromMs).toISOString()} ${new Date(toMs).toISOString()}`);
  const common = { times, onBrush: brushed };
  return (
    <ChartSync>
      <h1 style={{ padding: "12px 16px 0", fontWeight: 600 }}>Charts</h1>
      <p style={{ padding: "0 16px" }}>
        <output id="said">{said}</output>
      </p>
      <div
        style={{
          display: "grid",
          gap: 12,
          padding: 16,
          gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 26rem), 1fr))",
        }}
      >
        <TimeChart
          {...common}
          title="Duration"
          note="p95"
          kind="line"
          unit="ms"
          series={lines}
          marks={marks}
          exemplars={exemplars}
          onExemplar={({ traceId }) => setSaid(`opened ${traceId}`)}
        />
        <TimeChart {...common} title="Compared" kind="area" unit="{request}/s" series={before} />
        <TimeChart {...common} title="Memory" kind="stacked" unit="By" series={bytes} />
        <TimeChart
          {...common}
          title="Log records"
          kind="bars"
          unit="{record}"
          series={lines}
          legend="names"
        />
        <TimeChart
          {...common}
          title="Failed"
          kind="line"
          unit="ms"
          series={[]}
          state={{ kind: "failed", failure: FAILURE, onRetry: () => setSaid("asked again") }}
        />
        <TimeChart
          {...common}
          title="Empty"
          kind="line"
          unit="ms"
          series={[]}
          legend="none"
          state={{
            kind: "empty",
            title: "No requests in the last hour",
            hint: "Choose a longer time range.",
          }}
        />
        <TimeChart
          {...common}
          title="Loading"
          kind="line"
          unit="ms"
          series={[]}
          legend="none"
          state={{ kind: "loading" }}
        />
        <section className="rounded-lg border border-line bg-surface">
          <h2 style={{ padding: 12 }}>Bars</h2>
          <BarList
            label="Metrics by series"
            unit="1"
            bars={lines.map(({ name }, place) => ({
              name,
              value: 10 ** (4 - place),
              detail: "2 resources",
            }))}
            onChoose={(name) => setSaid(`chose ${name}`)}
          />
        </section>
      </div>
    </ChartSync>
  );
}

const FAILURE = new ApiFailure({
  kind: "refused",
  title: "The query took too long",
  detail: "It was stopped after 15 s.",
  code: "query_timeout",
  status: 504,
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Sheet />
  </StrictMode>,
);
