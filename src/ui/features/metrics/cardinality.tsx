import { BarList } from "../../charts/bar-list.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { askCardinality, type CardinalityAnswer } from "../../lib/api/metrics.ts";
import { fullCount } from "../../lib/format.ts";
import { everyMsIn, usePolled } from "../../lib/queries.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";

/** Bars of each list. */
const BARS_SHOWN = 15;
const POLL_MS = 60_000;

/** Which metrics have the most series, and which labels the most values: what a store of metrics costs. */
export function CardinalityInspector({
  range,
  onMetric,
}: {
  range: TimeRange;
  onMetric: (name: string) => void;
}) {
  const { data, error, refetch } = usePolled<CardinalityAnswer>({
    key: ["metrics", "cardinality", range],
    ask: (cancel) => askCardinality(requestRange(range, Date.now()), cancel),
    everyMs: everyMsIn(range, POLL_MS),
    keepPrevious: true,
  });
  if (data === undefined) {
    if (error === null) return <Loading rows={8} label="Counting series" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  if (data.series === 0) return <Nothing title={`No series in the ${rangeWords(range)}`} />;
  return (
    <>
      <p className="px-3 pt-2 text-xs text-muted sm:px-4">
        {fullCount(data.series)} series of {fullCount(data.metrics)} metrics, on the days (UTC) of
        the {rangeWords(range)}. A label with ever new values, such as an id, makes a series for
        each of them.
      </p>
      <div className="grid gap-x-4 gap-y-3 py-3 lg:grid-cols-2">
        <section aria-labelledby="most-series">
          <h3 id="most-series" className="px-3 pb-1 text-xs font-semibold sm:px-4">
            Metrics by series
          </h3>
          <BarList
            label="Metrics by their number of series"
            unit="1"
            bars={data.data.slice(0, BARS_SHOWN).map(({ name, series, resources }) => ({
              name,
              value: series,
              detail: `${fullCount(resources)} ${resources === 1 ? "resource" : "resources"}`,
            }))}
            onChoose={onMetric}
          />
        </section>
        <section aria-labelledby="most-values">
          <h3 id="most-values" className="px-3 pb-1 text-xs font-semibold sm:px-4">
            Labels by values
          </h3>
          <BarList
            label="Labels by their number of values"
            unit="1"
            bars={data.labels.slice(0, BARS_SHOWN).map(({ key, values, series }) => ({
              name: key,
              value: values,
              color: "var(--series-2)",
              detail: `on ${fullCount(series)} series`,
            }))}
          />
        </section>
      </div>
    </>
  );
}
