import { useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { type ChartState } from "../../charts/chart-frame.tsx";
import { ChartSync } from "../../charts/chart-sync.tsx";
import type { ChartExemplar } from "../../charts/plot.ts";
import type { ChartSeries } from "../../charts/stacking.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { Nothing } from "../../components/notice.tsx";
import { Select } from "../../components/select.tsx";
import { fullCount, longDuration } from "../../lib/format.ts";
import { rangeWords, type TimeRange } from "../../lib/time-range.ts";
import { isBareNumber, type Unit, unitWords } from "../../lib/units.ts";
import { visible } from "../../lib/visible-text.ts";
import { aggregationWords } from "./aggregations.ts";
import { useSetRange } from "../../lib/view-range.ts";
import type { DrawnView, LineGroup, NamedLine, ViewOutcome } from "./metric-lines.ts";
import { CHART_KINDS, type Comparison, type MetricsView, STEPS, TOPS } from "./metric-view.ts";

const HEIGHT = 320;
const TITLE_MAX = 200;
/** Of each, where there are several. */
const HEIGHT_SHARED = 220;

/** The charts of a view, one for each unit, under one cross-hair. */
export function MetricCharts(props: {
  view: MetricsView;
  range: TimeRange;
  outcome: ViewOutcome | undefined;
  drawn: DrawnView | undefined;
  state: ChartState | undefined;
}) {
  const { view, range, outcome, drawn, state } = props;
  const setRange = useSetRange();
  const navigate = useNavigate();
  const onExemplar = ({ traceId, spanId }: ChartExemplar): void => {
    void navigate({
      to: "/traces/$traceId",
      params: { traceId },
      // What is shown of metrics is nothing to a trace; the time range stays by itself.
      search: { span: spanId },
    });
  };
  const groups = (drawn?.groups ?? []).filter(({ lines }) => lines.length > 0);
  if (state !== undefined || drawn === undefined || outcome === undefined || groups.length === 0) {
    return (
      <TimeChart
        title={visible(view.queries[0]?.metric ?? "Values").slice(0, TITLE_MAX)}
        kind="line"
        unit=""
        times={NONE}
        series={NONE}
        height={HEIGHT}
        legend="none"
        isBare
        state={
          state ?? { kind: "empty", title: `No values in the ${rangeWords(range)}`, hint: HINT }
        }
      />
    );
  }
  return (
    <ChartSync>
      <div className="flex flex-col divide-y divide-line">
        {groups.map((group) => (
          <GroupChart
            key={group.unit}
            group={group}
            view={view}
            outcome={outcome}
            times={drawn.times}
            height={groups.length === 1 ? HEIGHT : HEIGHT_SHARED}
            title={visible(group.title).slice(0, TITLE_MAX)}
            note={groups.length === 1 ? noteOf(view, outcome, group.unit) : undefined}
            onBrush={(fromMs, toMs) => setRange({ kind: "absolute", fromMs, toMs })}
            onExemplar={onExemplar}
          />
        ))}
      </div>
      <Footnote drawn={drawn} view={view} />
    </ChartSync>
  );
}

const NONE: readonly never[] = [];
const HINT = "Choose a longer time range, or take a filter away.";

function GroupChart(props: {
  group: LineGroup;
  view: MetricsView;
  outcome: ViewOutcome;
  times: readonly number[];
  height: number;
  title: string;
  note: ReactNode;
  onBrush: (fromMs: number, toMs: number) => void;
  onExemplar: (exemplar: ChartExemplar) => void;
}) {
  const { group, view, outcome, times, height, title, note, onBrush, onExemplar } = props;
  const series = useMemo(() => group.lines.map(seriesOf), [group]);
  const range = useMemo(() => ({ fromMs: outcome.fromMs, toMs: outcome.toMs }), [outcome]);
  // What is put on each other would count the time before as more of the same.
  const hasBefore = group.lines.some(({ isDashed }) => isDashed);
  const kind = hasBefore && view.kind !== "area" ? "line" : view.kind;
  return (
    <TimeChart
      title={title}
      note={note}
      kind={kind}
      unit={group.unit}
      times={times}
      series={series}
      height={height}
      range={range}
      exemplars={kind === "line" || kind === "area" ? group.exemplars : NONE}
      onBrush={onBrush}
      onExemplar={onExemplar}
      isBare
    />
  );
}

/** Lines of the time before are grey, so that they stand back behind those of now. */
function seriesOf({ name, values, isDashed }: NamedLine): ChartSeries {
  return { name, values, ...(isDashed ? { isDashed, color: "var(--line-strong)" } : {}) };
}

/** What the values of a single query are: `p95 by service · requests/s`. */
function noteOf(view: MetricsView, outcome: ViewOutcome, unit: Unit): string {
  const words = isBareNumber(unit) ? unitWords(unit) : "";
  const [only] = view.queries;
  const aggregation = outcome.queries[0]?.answer?.aggregation;
  const isOnly = view.queries.length + view.formulas.length === 1;
  if (only === undefined || !isOnly || aggregation === undefined || aggregation === null)
    return words;
  const keys = only.groupBy.map((key) => visible(key).slice(0, 60)).join(", ");
  const made = aggregationWords(aggregation) + (keys === "" ? "" : ` by ${keys}`);
  return words === "" ? made : `${made} · ${words}`;
}

function Footnote({ drawn, view }: { drawn: DrawnView; view: MetricsView }) {
  const { left, isTruncated, stepMs, groups } = drawn;
  const exemplars = groups.reduce((sum, group) => sum + group.exemplars.length, 0);
  const parts = [
    `A value for each ${longDuration(stepMs)}`,
    left > 0
      ? `the ${view.top} lines with the highest averages are drawn, ${fullCount(left)} more are not${isTruncated ? ", and there are even more" : ""}`
      : "",
    exemplars > 0 && view.kind !== "stacked" && view.kind !== "bars"
      ? "◆ is a measured value with its trace"
      : "",
  ];
  return (
    <p className="border-t border-line px-3 py-1.5 text-xs text-faint">
      {parts.filter((part) => part !== "").join(" · ")}
    </p>
  );
}

const KIND_TITLES = { line: "Lines", area: "Areas", stacked: "Stacked", bars: "Bars" } as const;
const COMPARISON_TITLES: Readonly<Record<Comparison, string>> = {
  before: "The time before",
  day: "A day before",
  week: "A week before",
};
const UNITS = [
  ["", "Numbers"],
  ["%", "Per cent"],
  ["ratio", "Share as per cent"],
  ["s", "Seconds"],
  ["ms", "Milliseconds"],
  ["By", "Bytes"],
  ["1/s", "Per second"],
] as const;

/** How a view is drawn: kind, step, lines, and what it is compared with. */
export function ChartOptions({
  view,
  onView,
}: {
  view: MetricsView;
  onView: (view: MetricsView) => void;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-y border-line bg-sunken px-2 py-1.5 sm:px-3">
      <Select
        label="Draw"
        isLabelled
        value={view.kind}
        options={CHART_KINDS.map((value) => ({ value, title: KIND_TITLES[value] }))}
        onChange={(kind) => onView({ ...view, kind })}
      />
      <Select
        label="Step"
        isLabelled
        value={view.step ?? ""}
        options={[
          { value: "", title: "By itself" },
          ...STEPS.map((value) => ({ value: value as string, title: value })),
        ]}
        onChange={(step) => onView({ ...view, step: step === "" ? undefined : step })}
      />
      <Select
        label="Lines"
        isLabelled
        value={String(view.top)}
        options={TOPS.map((value) => ({ value: value as string, title: `Top ${value}` }))}
        onChange={(top) => onView({ ...view, top: Number(top) })}
      />
      <Select
        label="Compare with"
        isLabelled
        value={view.comparison ?? ""}
        options={[
          { value: "", title: "Nothing" },
          ...(Object.keys(COMPARISON_TITLES) as Comparison[]).map((value) => ({
            value,
            title: COMPARISON_TITLES[value],
          })),
        ]}
        onChange={(comparison) =>
          onView({ ...view, comparison: comparison === "" ? undefined : comparison })
        }
      />
      {view.formulas.length === 0 ? null : (
        <Select
          label="Formulas give"
          isLabelled
          value={view.unit ?? ""}
          options={UNITS.map(([value, title]) => ({ value: value as string, title }))}
          onChange={(unit) => onView({ ...view, unit: unit === "" ? undefined : unit })}
        />
      )}
    </div>
  );
}

/** Where no query is drawn at all. */
export function NothingDrawn() {
  return (
    <Nothing title="Every query is left to formulas">
      Press the letter of a query to draw it.
    </Nothing>
  );
}
