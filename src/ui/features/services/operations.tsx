import type { OperationSummary, ServiceSeries } from "#api/contract/services.ts";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Delta } from "../../components/delta.tsx";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { SortHead } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { askOperations, askServiceSeries } from "../../lib/api/services.ts";
import { fullCount, rate } from "../../lib/format.ts";
import { directionOf, nextOrder, type Order, ordered, parseOrder } from "../../lib/order.ts";
import { usePageRows } from "../../lib/page-rows.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { withTerm } from "../../lib/search-terms.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";
import { changesOf } from "./changes.ts";
import { useRowCommands } from "./row-commands.ts";
import { RowSpacer, SparkFigure } from "./spark-figure.tsx";

const COLUMNS = ["operation", "requests", "errorRate", "p50Ms", "p95Ms", "p99Ms"] as const;
type Column = (typeof COLUMNS)[number];

const ROW_HEIGHT = 46;
const SPARK_POINTS = 48;

/** What a service does: its operations of each kind, each leading to its traces. */
export function Operations(props: {
  service: string;
  range: TimeRange;
  sort: string | undefined;
  onSort: (sort: string) => void;
}) {
  const { service, range, sort } = props;
  const { data, error, refetch } = usePolled({
    key: ["services", "operations", service, range],
    ask: (cancel) =>
      askOperations(service, { ...requestRange(range, Date.now()), compare: "previous" }, cancel),
    everyMs: everyMsIn(range, POLL_MS.lists),
    keepPrevious: true,
  });
  const order = parseOrder(sort, COLUMNS, { column: "requests", descending: true });
  const { column, descending } = order;
  const operations = useMemo(
    () =>
      ordered(data?.data ?? [], {
        descending,
        by: (row) => row[column],
        name: (row) => `${row.operation} ${row.kind}`,
      }),
    [data, column, descending],
  );
  if (data === undefined)
    return (
      <Unanswered error={error} onRetry={() => void refetch()} label="Asking for the operations" />
    );
  if (operations.length === 0)
    return <Nothing title={`No span of this service in the ${rangeWords(range)}`} />;
  return <OperationTable {...props} operations={operations} order={order} />;
}

function OperationTable(props: {
  service: string;
  range: TimeRange;
  operations: readonly OperationSummary[];
  order: Order<Column>;
  onSort: (sort: string) => void;
}) {
  const { service, range, operations, order, onSort } = props;
  const { series, steps } = useOperationSeries(service, range);
  const { body, shown, goTo, current } = usePageRows(operations.length, ROW_HEIGHT);
  const onKeyDown = useRowCommands(
    { goTo, current },
    {
      count: operations.length,
      of: "operation",
      group: "Service",
    },
  );
  const head = (column: Column) => ({
    direction: directionOf(order, column),
    onSort: () => onSort(nextOrder(order, column, column !== "operation")),
  });
  const { first, end } = shown;
  return (
    <table className="w-full table-fixed" aria-rowcount={operations.length + 1}>
      <thead className="border-b border-line">
        <tr aria-rowindex={1}>
          <SortHead {...head("operation")} className="pl-3 sm:pl-4">
            Operation
          </SortHead>
          <SortHead {...head("requests")} isNumeric className="w-22 lg:w-52">
            Spans
          </SortHead>
          <SortHead {...head("errorRate")} isNumeric className="w-20 sm:w-24">
            Errors
          </SortHead>
          <SortHead {...head("p50Ms")} isNumeric className="w-20 max-md:hidden">
            p50
          </SortHead>
          <SortHead {...head("p95Ms")} isNumeric className="w-22 max-sm:pr-3 lg:w-52">
            p95
          </SortHead>
          <SortHead {...head("p99Ms")} isNumeric className="w-22 pr-3 max-sm:hidden sm:pr-4">
            p99
          </SortHead>
        </tr>
      </thead>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of the links in its rows */}
      <tbody ref={body} onKeyDown={onKeyDown}>
        <RowSpacer rows={first} rowHeight={ROW_HEIGHT} columns={COLUMNS.length} />
        {operations.slice(first, end).map((operation, index) => (
          <OperationRow
            key={keyOf(operation)}
            index={first + index}
            service={service}
            row={operation}
            series={series.get(keyOf(operation))}
            steps={steps}
          />
        ))}
        <RowSpacer rows={operations.length - end} rowHeight={ROW_HEIGHT} columns={COLUMNS.length} />
      </tbody>
    </table>
  );
}

function keyOf({ operation, kind }: { operation?: string | undefined; kind?: string | undefined }) {
  return `${kind} ${operation}`;
}

function useOperationSeries(service: string, range: TimeRange) {
  const { data } = usePolled({
    key: ["services", "series", "operations", service, range],
    ask: (cancel) => {
      const parameters = { service, by: "operation", points: SPARK_POINTS };
      return askServiceSeries({ ...requestRange(range, Date.now()), ...parameters }, cancel);
    },
    everyMs: everyMsIn(range, POLL_MS.series),
    keepPrevious: true,
  });
  const series = useMemo(() => new Map(data?.data.map((one) => [keyOf(one), one])), [data]);
  return { series, steps: data?.steps ?? SPARK_POINTS };
}

function OperationRow(props: {
  index: number;
  service: string;
  row: OperationSummary;
  series: ServiceSeries | undefined;
  steps: number;
}) {
  const { index, service, row, series, steps } = props;
  const { operation, kind } = row;
  const changes = changesOf(row, row.previous);
  const q = withTerm(withTerm("", "service", service), "operation", operation);
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      style={{ height: ROW_HEIGHT }}
      className="relative border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-hover"
    >
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- the operation is its text */}
      <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
        <span className="flex min-w-0 items-center gap-2">
          <Link
            to="/traces"
            search={{ q, spans: "all" }}
            className="flex min-w-0 outline-offset-[-2px] after:absolute after:inset-0"
          >
            <Name value={operation} />
          </Link>
          <span className="shrink-0 rounded-sm border border-line px-1 text-2xs font-normal text-faint max-sm:hidden">
            {kind}
          </span>
        </span>
      </th>
      <td title={`${fullCount(row.requests)} spans`} className="px-2">
        <SparkFigure
          value={rate(row.requestsPerSecond)}
          delta={<Delta change={changes.rate} isNew={row.previous === null} />}
          values={series?.requestsPerSecond}
          steps={steps}
        />
      </td>
      <td className="px-2 text-right">
        <ErrorRate errorRate={row.errorRate} errors={row.errors} />
      </td>
      <td className="px-2 text-right text-muted max-md:hidden">
        <Duration ms={row.p50Ms} />
      </td>
      <td className="px-2 max-sm:pr-3">
        <SparkFigure
          value={<Duration ms={row.p95Ms} />}
          delta={<Delta change={changes.p95Ms} />}
          values={series?.p95Ms}
          steps={steps}
          tone="text-muted"
        />
      </td>
      <td className="px-2 pr-3 text-right text-muted max-sm:hidden sm:pr-4">
        <Duration ms={row.p99Ms} />
      </td>
    </tr>
  );
}
