import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { SearchIcon } from "../../components/icons.tsx";
import { Nothing } from "../../components/notice.tsx";
import { Head } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import type { MetricSummary } from "../../lib/api/metrics.ts";
import { useAddressState } from "../../lib/address-state.ts";
import { fullCount } from "../../lib/format.ts";
import { unitWords } from "../../lib/units.ts";
import { kindWords } from "./aggregations.ts";
import { type MetricsView, plainQuery, searchOfView, withQuery } from "./metric-view.ts";

/** Rows drawn until all are asked for. */
const ROWS_SHOWN = 50;

/** Metrics whose name or description contains the text, whatever its case. */
export function found(
  metrics: readonly MetricSummary[],
  text: string | undefined,
): readonly MetricSummary[] {
  if (text === undefined) return metrics;
  const wanted = text.toLowerCase();
  return metrics.filter(
    ({ name, description }) =>
      name.toLowerCase().includes(wanted) || description.toLowerCase().includes(wanted),
  );
}

/** Where what is typed narrows the list at once. */
export function MetricFind(props: {
  value: string | undefined;
  onFind: (text: string | undefined) => void;
}) {
  const { value, onFind } = props;
  const [text, setText] = useAddressState(value ?? "", (next) =>
    onFind(next === "" ? undefined : next),
  );
  return (
    <label className="relative flex items-center">
      <span className="sr-only">Find a metric</span>
      <SearchIcon className="pointer-events-none absolute left-2 size-3.5 text-faint" />
      <input
        type="search"
        id={METRIC_FIND_ID}
        value={text}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        placeholder="Find by name or description"
        onChange={(event) => setText(() => event.target.value)}
        className="h-7 w-60 max-w-full rounded-md border border-line bg-surface pr-2 pl-7 text-xs placeholder:text-faint hover:border-line-strong"
      />
    </label>
  );
}

/** Where the key `/` leads. */
export const METRIC_FIND_ID = "find-a-metric";

/** Every metric with what is known of it. */
export function MetricList({
  metrics,
  view,
}: {
  metrics: readonly MetricSummary[];
  view: MetricsView;
}) {
  const [all, setAll] = useState(false);
  if (metrics.length === 0) {
    return (
      <Nothing title={`No metric has “${view.find ?? ""}” in its name or description`}>
        Try a part of the name, such as “duration”.
      </Nothing>
    );
  }
  const shown = all ? metrics : metrics.slice(0, ROWS_SHOWN);
  return (
    <>
      <table className="w-full table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head className="pl-3 sm:pl-4">Metric</Head>
            <Head className="w-36 max-sm:hidden">Type</Head>
            <Head className="w-24 max-md:hidden">Unit</Head>
            <Head className="w-20 text-right max-sm:pr-3">Series</Head>
            <Head className="w-32 max-lg:hidden">Services</Head>
            <Head className="max-xl:hidden">Description</Head>
          </tr>
        </thead>
        <tbody>
          {shown.map((metric) => (
            <MetricRow
              key={`${metric.name} ${metric.type} ${metric.unit} ${metric.temporality}`}
              metric={metric}
              view={view}
            />
          ))}
        </tbody>
      </table>
      {metrics.length > ROWS_SHOWN && !all ? (
        <div className="border-t border-line p-2 text-center">
          <Button onClick={() => setAll(true)}>Show all {fullCount(metrics.length)} metrics</Button>
        </div>
      ) : null}
    </>
  );
}

function MetricRow({ metric, view }: { metric: MetricSummary; view: MetricsView }) {
  const { name, type, monotonic, unit, series, services, description } = metric;
  const opened = withQuery(view, plainQuery("a", name));
  return (
    <tr className="relative h-8 border-b border-line last:border-b-0 hover:bg-hover">
      <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
        <Link
          to="/metrics"
          search={(before) => ({ ...before, ...searchOfView(opened) })}
          className="flex min-w-0 outline-offset-[-2px] after:absolute after:inset-0"
        >
          <Name value={name} />
        </Link>
      </th>
      <td className="px-2 text-muted max-sm:hidden">{kindWords(type, monotonic)}</td>
      <td className="px-2 text-muted max-md:hidden">
        <Name value={unitWords(unit) || "number"} />
      </td>
      <td className="px-2 text-right max-sm:pr-3">{fullCount(series)}</td>
      <td className="px-2 text-muted max-lg:hidden">
        <Name value={services.length === 1 ? services[0]! : `${services.length} services`} />
      </td>
      <td className="px-2 text-muted max-xl:hidden">
        <Name value={description === "" ? "–" : description} />
      </td>
    </tr>
  );
}
