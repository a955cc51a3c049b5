import type { ReactNode } from "react";
import { Failure, Loading } from "../../components/notice.tsx";
import { Head } from "../../components/table.tsx";
import { Name, Value } from "../../components/text.tsx";
import {
  askMetricLabels,
  type MetricLabelsAnswer,
  type MetricSummary,
} from "../../lib/api/metrics.ts";
import { fullCount, percent } from "../../lib/format.ts";
import { usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";
import { unitWords } from "../../lib/units.ts";
import { visibleTitle } from "../../lib/visible-text.ts";
import { kindWords } from "./aggregations.ts";
import type { QueryView } from "./metric-view.ts";

/** Sample values of a label that are shown. */
const VALUES_SHOWN = 6;

/** What is known of the metric of a query, and its labels: pressed, they group or filter the query. */
export function MetricAbout(props: {
  query: QueryView;
  metric: MetricSummary | undefined;
  range: TimeRange;
  onQuery: (query: QueryView) => void;
}) {
  const { query, metric, range, onQuery } = props;
  const { data, error, refetch } = usePolled<MetricLabelsAnswer>({
    key: ["metrics", "labels", query.metric, range],
    ask: (cancel) =>
      askMetricLabels({ name: query.metric, ...requestRange(range, Date.now()) }, cancel),
    everyMs: false,
  });
  return (
    <>
      <Facts metric={metric} labels={data} />
      {data !== undefined ? (
        <Labels labels={data} query={query} onQuery={onQuery} />
      ) : error === null ? (
        <Loading rows={4} label="Asking for the labels" />
      ) : (
        <Failure error={error.error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Facts(props: {
  metric: MetricSummary | undefined;
  labels: MetricLabelsAnswer | undefined;
}) {
  const { metric, labels } = props;
  if (metric === undefined) return null;
  const { type, monotonic, unit, temporality, description } = metric;
  return (
    <div className="px-3 py-2 sm:px-4">
      {description === "" ? null : (
        <div className="mb-2 max-w-prose">
          <Value value={description} />
        </div>
      )}
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
        <Fact name="Type">{kindWords(type, monotonic)}</Fact>
        <Fact name="Unit">
          <Name value={unitWords(unit) || "number"} className="max-w-48" />
        </Fact>
        {temporality === "unspecified" ? null : <Fact name="Temporality">{temporality}</Fact>}
        {labels === undefined ? null : (
          <>
            <Fact name="Series">{fullCount(labels.series)}</Fact>
            <Fact name="Services">{fullCount(labels.services)}</Fact>
            <Fact name="Resources">
              {fullCount(labels.resources)}
              <span className="font-normal text-faint">
                {" "}
                · {fullCount(labels.seriesWithoutResources)} series if they sent as one
              </span>
            </Fact>
          </>
        )}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-1.5">
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 font-medium">{children}</dd>
    </div>
  );
}

function Labels(props: {
  labels: MetricLabelsAnswer;
  query: QueryView;
  onQuery: (query: QueryView) => void;
}) {
  const { labels, query, onQuery } = props;
  if (labels.data.length === 0) {
    return (
      <p className="px-3 pb-3 text-xs text-muted sm:px-4">
        Its series have no labels of their own.
      </p>
    );
  }
  const group = (key: string): void =>
    onQuery({
      ...query,
      groupBy: query.groupBy.includes(key)
        ? query.groupBy.filter((other) => other !== key)
        : [...query.groupBy, key],
    });
  const filter = (term: string): void => {
    if (!query.filters.includes(term)) onQuery({ ...query, filters: [...query.filters, term] });
  };
  return (
    <table className="w-full table-fixed border-t border-line">
      <thead className="border-b border-line">
        <tr>
          <Head className="w-2/5 pl-3 sm:pl-4">Label</Head>
          <Head className="w-16 text-right">Values</Head>
          <Head className="w-32 text-right max-sm:pr-3">Makes of series</Head>
          <Head className="pl-6 max-sm:hidden">Values of it</Head>
        </tr>
      </thead>
      <tbody>
        {labels.data.map(({ key, values, seriesWithout, topValues }) => {
          const isGrouped = query.groupBy.includes(key);
          const share = labels.series === 0 ? 0 : 1 - seriesWithout / labels.series;
          return (
            <tr key={key} className="h-8 border-b border-line last:border-b-0 hover:bg-hover">
              <th scope="row" className="min-w-0 px-2 pl-3 text-left font-normal sm:pl-4">
                <button
                  type="button"
                  aria-pressed={isGrouped}
                  onClick={() => group(key)}
                  title={`${isGrouped ? "Grouped" : "Group"} by ${visibleTitle(key)}`}
                  className={`flex min-h-6 max-w-full items-center gap-1.5 hover:underline ${isGrouped ? "font-semibold text-accent" : ""}`}
                >
                  <Name value={key} />
                </button>
              </th>
              <td className="px-2 text-right">{fullCount(values)}</td>
              <td
                className="px-2 text-right max-sm:pr-3"
                title={`${fullCount(seriesWithout)} series without it`}
              >
                {percent(Math.max(0, share))}
              </td>
              <td className="max-sm:hidden">
                <ul className="flex gap-1 overflow-hidden pl-6">
                  {topValues.slice(0, VALUES_SHOWN).map((value) => (
                    <li key={value} className="min-w-0 shrink-0">
                      <button
                        type="button"
                        onClick={() => filter(`${key}=${value}`)}
                        title={`Only ${visibleTitle(`${key}=${value}`)}`}
                        className="flex h-6 max-w-40 items-center rounded-md border border-line px-1.5 text-xs text-muted hover:border-line-strong hover:text-text"
                      >
                        <Name value={value} />
                      </button>
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
