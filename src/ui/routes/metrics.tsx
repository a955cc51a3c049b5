import { getRouteApi } from "@tanstack/react-router";
import { SignalGate } from "../features/connect/signal-gate.tsx";
import { useMemo, useState } from "react";
import type { ChartState } from "../charts/chart-frame.tsx";
import { Failure, Loading, Nothing } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Select } from "../components/select.tsx";
import { Tabs } from "../components/tabs.tsx";
import { CardinalityInspector } from "../features/metrics/cardinality.tsx";
import { MetricAbout } from "../features/metrics/metric-about.tsx";
import { MetricCards } from "../features/metrics/metric-cards.tsx";
import { useMetrics } from "../features/metrics/metric-catalogue.ts";
import { ChartOptions, MetricCharts, NothingDrawn } from "../features/metrics/metric-charts.tsx";
import { drawnView } from "../features/metrics/metric-lines.ts";
import { found, METRIC_FIND_ID, MetricFind, MetricList } from "../features/metrics/metric-list.tsx";
import {
  LISTINGS,
  type MetricsView,
  plainQuery,
  searchOfView,
  viewOf,
  withQuery,
} from "../features/metrics/metric-view.ts";
import { QueryRows } from "../features/metrics/query-rows.tsx";
import { useViewOutcome } from "../features/metrics/use-view-outcome.ts";
import type { MetricSummary } from "../lib/api/metrics.ts";
import type { ApiFailure } from "../lib/api/request.ts";
import { useCommands } from "../lib/commands.ts";
import { fullCount } from "../lib/format.ts";
import { rangeWords, type TimeRange } from "../lib/time-range.ts";
import { useViewRange } from "../lib/view-range.ts";
import { visible } from "../lib/visible-text.ts";

const route = getRouteApi("/metrics");

/** `/metrics`: every metric at a glance; or a few of them, queried, computed with, and drawn. */
export function MetricsPage() {
  return (
    <SignalGate signal="metrics">
      <SentMetrics />
    </SignalGate>
  );
}

function SentMetrics() {
  const view = useView();
  const range = useViewRange();
  const show = useShow();
  const { data, error, refetch } = useMetrics(range);
  const metrics = data?.data ?? [];
  useCommands([
    {
      id: "metrics.find",
      title: "Find a metric",
      group: "Metrics",
      keys: "/",
      run: () => focusFirst(`#${METRIC_FIND_ID}, main [role=combobox]`),
    },
    {
      id: "metrics.all",
      title: "Show all metrics",
      group: "Metrics",
      isHidden: view.queries.length === 0,
      run: () => show({ ...view, queries: [], formulas: [] }, "push"),
    },
  ]);
  return (
    <div className="mx-auto w-full max-w-[152rem] px-3 py-4 sm:px-5">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <h1 className="text-lg font-semibold tracking-tight">Metrics</h1>
        {data === undefined ? null : (
          <p className="text-xs text-muted">
            {data.truncated ? "more than " : ""}
            {fullCount(metrics.length)} in the {rangeWords(range)}
          </p>
        )}
      </div>
      <div className="mt-3 flex flex-col gap-3">
        <Explorer view={view} range={range} metrics={metrics} onView={(next) => show(next)} />
        {view.queries.length > 0 ? (
          <About view={view} range={range} metrics={metrics} onView={(next) => show(next)} />
        ) : error !== null && data === undefined ? (
          <div className="rounded-lg border border-line bg-surface">
            <Failure error={error.error} onRetry={() => void refetch()} />
          </div>
        ) : (
          <Overview
            metrics={data === undefined ? undefined : metrics}
            view={view}
            range={range}
            onView={show}
          />
        )}
      </div>
    </div>
  );
}

function focusFirst(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** The view of the address, the same object until the address says another. */
function useView(): MetricsView {
  const search = route.useSearch();
  const text = JSON.stringify(search);
  return useMemo(() => viewOf(JSON.parse(text) as Record<string, unknown>), [text]);
}

/** Puts a view into the address; `push` makes a step that the way back undoes. */
function useShow() {
  const navigate = route.useNavigate();
  return (view: MetricsView, how: "push" | "replace" = "replace"): void => {
    void navigate({
      search: (search) => ({ ...search, ...searchOfView(view) }),
      replace: how === "replace",
      resetScroll: false,
    });
  };
}

interface PartProps {
  readonly view: MetricsView;
  readonly range: TimeRange;
  readonly metrics: readonly MetricSummary[];
  readonly onView: (view: MetricsView) => void;
}

/** The builder with its charts. */
function Explorer({ view, range, metrics, onView }: PartProps) {
  const answer = useViewOutcome(view, range);
  const isAsking = view.queries.length > 0;
  const outcome = isAsking ? answer.data : undefined;
  // The answer before stays while a newer one is on its way: only what is still asked for is drawn.
  const matching = useMemo(() => withCurrent(outcome, view), [outcome, view]);
  const drawn = useMemo(
    () => (matching === undefined ? undefined : drawnView(view, matching)),
    [view, matching],
  );
  const failures = new Map(
    (matching?.queries ?? []).flatMap(({ query, failure }) =>
      failure === undefined ? [] : [[query.id, failure] as const],
    ),
  );
  const state = stateOf(matching, failures, () => void answer.refetch());
  const hasDrawn = view.formulas.length > 0 || view.queries.some(({ isHidden }) => !isHidden);
  return (
    <Panel
      title="Explore"
      note={isAsking ? rangeWords(range) : "Choose a metric, or open one below"}
    >
      <QueryRows
        view={view}
        range={range}
        metrics={metrics}
        failures={failures}
        faults={drawn?.faults ?? new Map()}
        onView={onView}
      />
      {!isAsking ? null : (
        <>
          <ChartOptions view={view} onView={onView} />
          {hasDrawn ? (
            <MetricCharts
              view={view}
              range={range}
              outcome={matching}
              drawn={drawn}
              state={state}
            />
          ) : (
            <NothingDrawn />
          )}
        </>
      )}
    </Panel>
  );
}

/** What was asked for the queries that are there now, with how each is shown now. */
function withCurrent(outcome: ReturnType<typeof useViewOutcome>["data"], view: MetricsView) {
  if (outcome === undefined) return undefined;
  const queries = outcome.queries.flatMap((one) => {
    const query = view.queries.find(({ id }) => id === one.query.id);
    return query === undefined || query.metric !== one.query.metric ? [] : [{ ...one, query }];
  });
  return queries.length === 0 ? undefined : { ...outcome, queries };
}

function stateOf(
  outcome: ReturnType<typeof withCurrent>,
  failures: ReadonlyMap<string, ApiFailure>,
  onRetry: () => void,
): ChartState | undefined {
  if (outcome === undefined) return { kind: "loading" };
  const [failure] = failures.values();
  const isAll = outcome.queries.every((one) => one.failure !== undefined);
  return isAll && failure !== undefined ? { kind: "failed", failure, onRetry } : undefined;
}

/** What is known of the metrics that are queried. */
function About({ view, range, metrics, onView }: PartProps) {
  const [chosen, setChosen] = useState<string>();
  const query = view.queries.find(({ id }) => id === chosen) ?? view.queries[0]!;
  const about = (
    <MetricAbout
      key={query.metric}
      query={query}
      metric={metrics.find(({ name }) => name === query.metric)}
      range={range}
      onQuery={(next) => onView(withQuery(view, next))}
    />
  );
  return (
    <Panel title="About this metric" note="A label groups, a value filters">
      {view.queries.length === 1 ? (
        about
      ) : (
        <Tabs
          label="Queries"
          tabs={view.queries.map(({ id, metric }) => ({
            id,
            title: `${id.toUpperCase()} · ${visible(metric).slice(0, 60)}`,
          }))}
          selected={query.id}
          onSelect={setChosen}
        >
          {about}
        </Tabs>
      )}
    </Panel>
  );
}

/** Services that can be chosen; a search finds the rest. */
const SERVICES_MAX = 200;

/** Every metric, before one is chosen. */
function Overview(props: {
  metrics: readonly MetricSummary[] | undefined;
  view: MetricsView;
  range: TimeRange;
  onView: (view: MetricsView, how?: "push" | "replace") => void;
}) {
  const { metrics, view, range, onView } = props;
  if (metrics === undefined) {
    return (
      <Panel title="All metrics">
        <Loading rows={8} label="Asking for the metrics" />
      </Panel>
    );
  }
  if (metrics.length === 0) {
    return (
      <Panel title="All metrics">
        <Nothing title={`No metric was sent in the ${rangeWords(range)}`}>
          The overview has snippets that send the first ones; a longer time range may have older
          ones.
        </Nothing>
      </Panel>
    );
  }
  const services = [...new Set(metrics.flatMap((metric) => metric.services))]
    .toSorted()
    .slice(0, SERVICES_MAX);
  const ofService = metrics.filter(
    (metric) => view.service === undefined || metric.services.includes(view.service),
  );
  const shown = found(ofService, view.find);
  return (
    <Panel
      title="All metrics"
      note={
        shown.length === metrics.length
          ? undefined
          : `${fullCount(shown.length)} of ${fullCount(metrics.length)}`
      }
      actions={
        view.listing === "cardinality" ? undefined : (
          <div className="flex flex-wrap items-center justify-end gap-2">
            <Select
              label="Service"
              value={view.service ?? ""}
              options={[
                { value: "", title: "Every service" },
                ...services.map((service) => ({
                  value: service,
                  title: visible(service).slice(0, 80),
                })),
              ]}
              onChange={(service) =>
                onView({ ...view, service: service === "" ? undefined : service })
              }
              className="w-40"
            />
            <MetricFind value={view.find} onFind={(find) => onView({ ...view, find })} />
          </div>
        )
      }
    >
      <Tabs
        label="Ways to look at all metrics"
        tabs={[
          { id: "glance", title: "At a glance" },
          { id: "list", title: "List" },
          { id: "cardinality", title: "Cardinality" },
        ]}
        selected={view.listing}
        onSelect={(id) =>
          onView({ ...view, listing: LISTINGS.find((one) => one === id) ?? "glance" })
        }
      >
        {view.listing === "cardinality" ? (
          <CardinalityInspector
            range={range}
            onMetric={(name) => onView(withQuery(view, plainQuery("a", name)), "push")}
          />
        ) : view.listing === "list" || shown.length === 0 ? (
          <MetricList metrics={shown} view={view} />
        ) : (
          <MetricCards metrics={shown} view={view} range={range} />
        )}
      </Tabs>
    </Panel>
  );
}
