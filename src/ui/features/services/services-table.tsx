import type { ServiceSummary } from "#api/contract/services.ts";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { SortHead } from "../../components/table.tsx";
import { askServices } from "../../lib/api/services.ts";
import { fullCount, shortCount } from "../../lib/format.ts";
import { directionOf, nextOrder } from "../../lib/order.ts";
import { isOwnService, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";
import { orderedServices, type ServiceColumn, serviceOrder } from "./service-columns.ts";

/** Rows drawn until all are asked for. */
const ROWS_SHOWN = 50;

interface ServicesTableProps {
  readonly range: TimeRange;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
  /** The service whose traces are shown beside. */
  readonly selected: string | undefined;
}

/** Every service that was seen in the range: requests, error rate and duration quantiles. */
export function ServicesTable(props: ServicesTableProps) {
  const { range } = props;
  const { data, error, refetch } = usePolled({
    key: ["services", range],
    ask: (cancel) => askServices(requestRange(range, Date.now()), cancel),
    everyMs: POLL_MS.lists,
    keepPrevious: true,
  });
  if (data === undefined) {
    if (error === null) return <Loading rows={5} label="Asking for the services" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  if (data.data.length === 0) {
    return <Nothing title={`No service sent a span in the ${rangeWords(range)}`} />;
  }
  return <Rows {...props} services={data.data} />;
}

const QUANTILES = [
  ["p50", "p50Ms", "max-sm:hidden"],
  ["p95", "p95Ms", ""],
  ["p99", "p99Ms", "max-sm:hidden"],
] as const;

function Rows(props: ServicesTableProps & { services: readonly ServiceSummary[] }) {
  const { services, selected } = props;
  const order = serviceOrder(props.sort);
  const [all, setAll] = useState(false);
  const rows = orderedServices(services, order);
  const shown = all ? rows : rows.slice(0, ROWS_SHOWN);
  const head = (column: ServiceColumn) => ({
    direction: directionOf(order, column),
    onSort: () => props.onSort(nextOrder(order, column, column !== "service")),
  });
  return (
    <>
      <table className="w-full table-fixed">
        <thead className="border-b border-line">
          <tr>
            <SortHead {...head("service")} className="pl-3 sm:pl-4">
              Service
            </SortHead>
            <SortHead {...head("requests")} isNumeric className="w-20">
              Requests
            </SortHead>
            <SortHead {...head("errorRate")} isNumeric className="w-20">
              Errors
            </SortHead>
            {QUANTILES.map(([title, column, hidden]) => (
              <SortHead
                key={column}
                {...head(column)}
                isNumeric
                className={`w-18 last:w-20 last:pr-3 sm:last:pr-4 ${hidden}`}
              >
                {title}
              </SortHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <ServiceRow key={row.service} row={row} isSelected={row.service === selected} />
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_SHOWN && !all ? (
        <div className="border-t border-line p-2 text-center">
          <Button onClick={() => setAll(true)}>Show all {fullCount(rows.length)} services</Button>
        </div>
      ) : null}
    </>
  );
}

function ServiceRow({ row, isSelected }: { row: ServiceSummary; isSelected: boolean }) {
  const { service, requests, errors, errorRate } = row;
  return (
    <tr
      className={`relative h-9 border-b border-line last:border-b-0 hover:bg-hover ${isSelected ? "bg-selected" : ""}`}
    >
      <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
        <Link
          to="/"
          search={({ before: _, until: __, ...rest }) => {
            if (!isSelected) return { ...rest, service };
            const { service: ___, ...others } = rest;
            return others;
          }}
          resetScroll={false}
          aria-current={isSelected ? "true" : undefined}
          className="flex min-w-0 outline-offset-[-2px] after:absolute after:inset-0"
        >
          <ServiceName service={service} />
          {isOwnService(service) ? (
            <span className="ml-2 rounded-sm border max-sm:hidden xl:max-2xl:hidden border-line px-1 text-2xs text-faint">
              own
            </span>
          ) : null}
        </Link>
      </th>
      <td title={fullCount(requests)} className="px-2 text-right">
        {shortCount(requests)}
      </td>
      <td className="px-2 text-right">
        <ErrorRate errorRate={errorRate} errors={errors} />
      </td>
      {QUANTILES.map(([title, column, hidden]) => (
        <td key={title} className={`px-2 text-right last:pr-3 sm:last:pr-4 ${hidden}`}>
          <Duration ms={row[column]} />
        </td>
      ))}
    </tr>
  );
}
