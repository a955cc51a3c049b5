import type { ServiceSeries, ServiceSummary } from "#api/contract/services.ts";
import { useId, useMemo, useRef } from "react";
import { Keys } from "../../components/keys.tsx";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { SortHead, Head } from "../../components/table.tsx";
import { useAddressState } from "../../lib/address-state.ts";
import { askServices, askServiceSeries } from "../../lib/api/services.ts";
import { useCommands } from "../../lib/commands.ts";
import { saveCsv } from "../../lib/export.ts";
import { fullCount } from "../../lib/format.ts";
import { directionOf, nextOrder } from "../../lib/order.ts";
import { usePageRows } from "../../lib/page-rows.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { type Health, healthOf } from "../../lib/service-health.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";
import { useRowCommands } from "./row-commands.ts";
import { orderedServices, type ServiceColumn, serviceOrder } from "./service-columns.ts";
import { ROW_HEIGHT, ServiceListRow } from "./service-list-row.tsx";
import { RowSpacer } from "./spark-figure.tsx";

/** The part of the address that says how the list is shown. */
export interface ServiceListState {
  readonly sort: string | undefined;
  readonly filter: string | undefined;
}

interface ServiceListProps {
  readonly range: TimeRange;
  readonly state: ServiceListState;
  readonly onState: (state: ServiceListState) => void;
}

const COLUMNS = 7;
/** Points of a sparkline: no more than its pixels. */
const SPARK_POINTS = 48;

/** Every service of the range: what is asked of it, what fails and how long it takes, against the time before. */
export function ServiceList(props: ServiceListProps) {
  const { range } = props;
  const [state, change] = useAddressState(props.state, props.onState);
  const filter = state.filter ?? "";
  const { data, error, refetch } = usePolled({
    key: ["services", "compared", range],
    ask: (cancel) =>
      askServices({ ...requestRange(range, Date.now()), compare: "previous" }, cancel),
    everyMs: everyMsIn(range, POLL_MS.lists),
    keepPrevious: true,
  });
  const services = useMemo(
    () => orderedServices(named(data?.data ?? [], filter), serviceOrder(state.sort)),
    [data, filter, state.sort],
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="text-lg font-semibold tracking-tight">Services</h1>
        {data === undefined ? null : <Summary services={data.data} />}
        <div className="ml-auto flex items-center gap-2 max-sm:w-full">
          <NameFilter
            value={filter}
            onChange={(text) =>
              change((now) => ({ ...now, filter: text === "" ? undefined : text }))
            }
          />
        </div>
      </div>
      <section
        aria-label="Services"
        className="mt-3 min-w-0 overflow-clip rounded-lg border border-line bg-surface"
      >
        {data === undefined ? (
          <Unanswered
            error={error}
            onRetry={() => void refetch()}
            label="Asking for the services"
          />
        ) : services.length === 0 ? (
          <NoServices range={range} others={data.data.length} />
        ) : (
          <ServiceTable
            services={services}
            range={range}
            sort={state.sort}
            onSort={(sort) => change((now) => ({ ...now, sort }))}
          />
        )}
      </section>
    </>
  );
}

function NoServices({ range, others }: { range: TimeRange; others: number }) {
  if (others === 0) {
    return (
      <Nothing title={`No service sent a span in the ${rangeWords(range)}`}>
        A wider time range may find some.
      </Nothing>
    );
  }
  return <Nothing title="No service has such a name">{fullCount(others)} have others.</Nothing>;
}

function named(services: readonly ServiceSummary[], filter: string): readonly ServiceSummary[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === "") return services;
  return services.filter(({ service }) => service.toLowerCase().includes(wanted));
}

/** How many there are, and how many of them do badly. */
function Summary({ services }: { services: readonly ServiceSummary[] }) {
  const count = (health: Health): number =>
    services.filter((service) => healthOf(service) === health).length;
  const [failing, degraded] = [count("failing"), count("degraded")];
  return (
    <p className="text-muted">
      {fullCount(services.length)}
      {failing === 0 ? null : (
        <span className="font-medium text-bad"> · {fullCount(failing)} failing</span>
      )}
      {degraded === 0 ? null : <span className="text-warn"> · {fullCount(degraded)} degraded</span>}
      {failing + degraded === 0 && services.length > 0 ? " · all healthy" : null}
    </p>
  );
}

function NameFilter({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useCommands([
    {
      id: "services.filter",
      title: "Filter services by name",
      group: "Services",
      keys: "/",
      run: () => input.current?.select(),
    },
  ]);
  return (
    <div className="relative max-sm:w-full">
      <label htmlFor={id} className="sr-only">
        Filter by name
      </label>
      <input
        ref={input}
        id={id}
        type="search"
        value={value}
        placeholder="Filter by name"
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        className="h-8 w-64 rounded-md border border-line-strong bg-surface pr-8 pl-2.5 placeholder:text-faint max-sm:w-full"
      />
      {value === "" ? (
        <span className="pointer-events-none absolute top-1.5 right-2 pointer-coarse:hidden">
          <Keys keys="/" />
        </span>
      ) : null}
    </div>
  );
}

function ServiceTable(props: {
  services: readonly ServiceSummary[];
  range: TimeRange;
  sort: string | undefined;
  onSort: (sort: string) => void;
}) {
  const { services, range } = props;
  const { series, steps } = useSeries(range);
  const { body, shown, goTo, current } = usePageRows(services.length, ROW_HEIGHT);
  const onKeyDown = useRowCommands(
    { goTo, current },
    {
      count: services.length,
      of: "service",
      group: "Services",
    },
  );
  const order = serviceOrder(props.sort);
  const head = (column: ServiceColumn) => ({
    direction: directionOf(order, column),
    onSort: () => props.onSort(nextOrder(order, column, column !== "service")),
  });
  useCommands([
    {
      id: "services.csv",
      title: "Save the services as CSV",
      group: "Services",
      run: () => saveServices(services),
    },
  ]);
  const { first, end } = shown;
  return (
    <table className="w-full table-fixed" aria-rowcount={services.length + 1}>
      <thead className="border-b border-line">
        <tr aria-rowindex={1}>
          <SortHead {...head("service")} className="pl-3 sm:pl-4">
            Service
          </SortHead>
          <SortHead
            {...head("requests")}
            isNumeric
            className="w-18 max-sm:px-1 sm:w-22 lg:w-46 2xl:w-56"
          >
            Requests
          </SortHead>
          <SortHead {...head("errorRate")} isNumeric className="w-20 max-sm:px-1 lg:w-46 2xl:w-56">
            Errors
          </SortHead>
          <SortHead
            {...head("p95Ms")}
            isNumeric
            className="w-19 max-sm:px-1 max-sm:pr-3 sm:w-22 lg:w-46 2xl:w-56"
          >
            p95
          </SortHead>
          <SortHead {...head("p50Ms")} isNumeric className="w-20 max-xl:hidden">
            p50
          </SortHead>
          <SortHead {...head("p99Ms")} isNumeric className="w-20 max-md:hidden">
            p99
          </SortHead>
          <Head className="w-24 pr-3 text-right max-md:hidden sm:pr-4">Look at</Head>
        </tr>
      </thead>
      {/* The keys of the rows are for the links in them: the table itself takes no focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of the links in its rows */}
      <tbody ref={body} onKeyDown={onKeyDown}>
        <RowSpacer rows={first} rowHeight={ROW_HEIGHT} columns={COLUMNS} />
        {services.slice(first, end).map((service, index) => (
          <ServiceListRow
            key={service.service}
            index={first + index}
            row={service}
            series={series.get(service.service)}
            steps={steps}
          />
        ))}
        <RowSpacer rows={services.length - end} rowHeight={ROW_HEIGHT} columns={COLUMNS} />
      </tbody>
    </table>
  );
}

/** The figures of all services over time, by name. */
function useSeries(range: TimeRange): {
  series: ReadonlyMap<string, ServiceSeries>;
  steps: number;
} {
  const { data } = usePolled({
    key: ["services", "series", range],
    ask: (cancel) =>
      askServiceSeries({ ...requestRange(range, Date.now()), points: SPARK_POINTS }, cancel),
    everyMs: everyMsIn(range, POLL_MS.series),
    keepPrevious: true,
  });
  const series = useMemo(() => new Map(data?.data.map((one) => [one.service, one])), [data]);
  return { series, steps: data?.steps ?? SPARK_POINTS };
}

function saveServices(services: readonly ServiceSummary[]): void {
  const columns = [
    "service",
    "requests",
    "requests_per_second",
    "errors",
    "error_rate",
    "p50_ms",
    "p95_ms",
    "p99_ms",
  ];
  const rows = services.map((one) => [
    one.service,
    one.requests,
    one.requestsPerSecond,
    one.errors,
    one.errorRate,
    one.p50Ms,
    one.p95Ms,
    one.p99Ms,
  ]);
  saveCsv("services", columns, rows);
}
