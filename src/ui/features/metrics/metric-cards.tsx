import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { gridOf } from "#core/formula/aligned-lines.ts";
import { Sparkline } from "../../charts/sparkline.tsx";
import { Button } from "../../components/button.tsx";
import { Name } from "../../components/text.tsx";
import { askMetric, type MetricAnswer, type MetricSummary } from "../../lib/api/metrics.ts";
import { fullCount } from "../../lib/format.ts";
import { everyMsIn, usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";
import { formatValue } from "../../lib/units.ts";
import { aggregationsOf, aggregationWords, unitOf } from "./aggregations.ts";
import { byInterest } from "./metric-catalogue.ts";
import { alignedLines } from "./metric-lines.ts";
import { type MetricsView, plainQuery, searchOfView, withQuery } from "./metric-view.ts";
import { metricTurns } from "./use-view-outcome.ts";

/** Cards at first, and with each press on "more". */
const CARDS = 12;
const POLL_MS = 30_000;

/** The metrics that are worth a look, each with its shape over the range; a press opens it. */
export function MetricCards(props: {
  metrics: readonly MetricSummary[];
  view: MetricsView;
  range: TimeRange;
}) {
  const { metrics, view, range } = props;
  const [count, setCount] = useState(CARDS);
  const ordered = byInterest(metrics);
  return (
    <>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,16rem),1fr))] gap-2 p-2 sm:p-3">
        {ordered.slice(0, count).map((metric) => (
          <MetricCard
            key={`${metric.name} ${metric.type} ${metric.unit}`}
            metric={metric}
            view={view}
            range={range}
          />
        ))}
      </ul>
      {ordered.length > count ? (
        <div className="pb-3 text-center">
          <Button onClick={() => setCount(count + CARDS)}>
            Show {Math.min(CARDS, ordered.length - count)} more of {fullCount(ordered.length)}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function MetricCard({
  metric,
  view,
  range,
}: {
  metric: MetricSummary;
  view: MetricsView;
  range: TimeRange;
}) {
  const { name, type, monotonic, unit, series } = metric;
  const { data, error } = useCardValues(metric, view.service, range);
  const aggregation = data?.answer.aggregation ?? aggregationsOf(type, monotonic)[0]!;
  const query = plainQuery("a", name);
  const opened = withQuery(view, {
    ...query,
    filters: view.service === undefined ? [] : [`service=${view.service}`],
  });
  const shown = unitOf(type, unit, aggregation);
  const values = data?.values ?? [];
  return (
    <li className="relative flex min-w-0 flex-col gap-1 rounded-md border border-line bg-surface p-3 hover:border-line-strong hover:bg-hover">
      <Link
        to="/metrics"
        search={(before) => ({ ...before, ...searchOfView(opened) })}
        className="min-w-0 text-xs font-medium outline-offset-4 after:absolute after:inset-0"
      >
        <span className="sr-only">Open</span>
        <Name value={name} />
      </Link>
      <div className="flex items-baseline justify-between gap-2">
        <span className="text-lg font-semibold tracking-tight whitespace-nowrap">
          {error === null ? formatValue(shown, values.at(-1)) : "No answer"}
        </span>
        <span className="truncate text-2xs text-faint">{aggregationWords(aggregation)}</span>
      </div>
      <Sparkline values={values} places={Math.max(values.length, 2)} />
      <span className="text-2xs text-faint">
        {fullCount(series)} series
        {metric.services.length > 1 ? ` · ${metric.services.length} services` : ""}
      </span>
    </li>
  );
}

function useCardValues(metric: MetricSummary, service: string | undefined, range: TimeRange) {
  return usePolled<{ answer: MetricAnswer; values: readonly number[] }>({
    key: ["metrics", "card", metric.name, service, range],
    ask: async (cancel) => {
      const { from, to } = requestRange(range, Date.now());
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      const answer = await metricTurns.take(cancel, () =>
        askMetric(
          {
            from,
            to,
            name: metric.name,
            filter: service === undefined ? [] : [`service=${service}`],
          },
          cancel,
        ),
      );
      const [line] = alignedLines(answer, gridOf(fromMs, toMs, answer.stepMs), 0);
      return { answer, values: (line?.values ?? []).filter((value) => value !== null) };
    },
    everyMs: everyMsIn(range, POLL_MS),
    keepPrevious: true,
  });
}
