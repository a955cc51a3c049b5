import type { ServiceEdge, ServiceMapAnswer, ServiceNode } from "#api/contract/services.ts";
import { useMemo } from "react";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { HealthMark } from "../../components/health-mark.tsx";
import { ServiceLink } from "../../components/service-link.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { SortHead } from "../../components/table.tsx";
import { fullCount, rate } from "../../lib/format.ts";
import { directionOf, nextOrder, type Order, ordered, parseOrder } from "../../lib/order.ts";
import { usePageRows } from "../../lib/page-rows.ts";
import { healthOf } from "../../lib/service-health.ts";

const COLUMNS = ["source", "target", "requestsPerSecond", "errorRate", "p95Ms"] as const;
type Column = (typeof COLUMNS)[number];

const ROW_HEIGHT = 40;

/** The map in words: every call with its figures, and the services that have none. */
export function MapList(props: {
  map: ServiceMapAnswer;
  sort: string | undefined;
  onSort: (sort: string) => void;
}) {
  const { map, sort, onSort } = props;
  const order = parseOrder<Column>(sort, COLUMNS, {
    column: "requestsPerSecond",
    descending: true,
  });
  const calls = useOrderedCalls(map, order);
  const { body, shown } = usePageRows(calls.length, ROW_HEIGHT);
  const alone = useMemo(() => aloneOf(map), [map]);
  const known = useMemo(
    () => new Set(map.nodes.filter(({ isExternal }) => !isExternal).map(({ service }) => service)),
    [map],
  );
  const head = (of: Column) => ({
    direction: directionOf(order, of),
    onSort: () => onSort(nextOrder(order, of, of !== "source" && of !== "target")),
  });
  const { first, end } = shown;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto bg-surface">
      <table className="w-full table-fixed" aria-label="Calls" aria-rowcount={calls.length + 1}>
        <thead className="border-b border-line">
          <tr aria-rowindex={1}>
            <SortHead {...head("source")} className="pl-3 sm:pl-4">
              From
            </SortHead>
            <SortHead {...head("target")}>To</SortHead>
            <SortHead {...head("requestsPerSecond")} isNumeric className="w-20 sm:w-28">
              Requests
            </SortHead>
            <SortHead {...head("errorRate")} isNumeric className="w-20 max-sm:pr-3 sm:w-24">
              Errors
            </SortHead>
            <SortHead {...head("p95Ms")} isNumeric className="w-24 pr-3 max-sm:hidden sm:pr-4">
              p95
            </SortHead>
          </tr>
        </thead>
        <tbody ref={body}>
          {first > 0 ? <tr aria-hidden="true" style={{ height: first * ROW_HEIGHT }} /> : null}
          {calls.slice(first, end).map((call, index) => (
            <CallRow
              key={JSON.stringify([call.source, call.target])}
              index={first + index}
              call={call}
              known={known}
            />
          ))}
          {end < calls.length ? (
            <tr aria-hidden="true" style={{ height: (calls.length - end) * ROW_HEIGHT }} />
          ) : null}
        </tbody>
      </table>
      {alone.length === 0 ? null : <Alone services={alone} />}
    </div>
  );
}

function useOrderedCalls(map: ServiceMapAnswer, order: Order<Column>): readonly ServiceEdge[] {
  const { column, descending } = order;
  return useMemo(
    () =>
      ordered(map.data, {
        descending,
        by: (call) => call[column],
        name: ({ source, target }) => `${source} ${target}`,
      }),
    [map, column, descending],
  );
}

function aloneOf({ nodes, data }: ServiceMapAnswer): readonly ServiceNode[] {
  const called = new Set(data.flatMap(({ source, target }) => [source, target]));
  return nodes.filter(({ service }) => !called.has(service));
}

function CallRow(props: { index: number; call: ServiceEdge; known: ReadonlySet<string> }) {
  const { index, call, known } = props;
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      style={{ height: ROW_HEIGHT }}
      className="border-b border-line hover:bg-hover"
    >
      <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
        <span className="flex min-w-0 items-center gap-2">
          <HealthMark health={healthOf(call)} />
          <End service={call.source} isKnown={known.has(call.source)} />
        </span>
      </th>
      <td className="min-w-0 px-2">
        <End service={call.target} isKnown={known.has(call.target)} />
      </td>
      <td title={`${fullCount(call.requests)} requests`} className="px-2 text-right">
        {rate(call.requestsPerSecond)}
      </td>
      <td className="px-2 text-right max-sm:pr-3">
        <ErrorRate errorRate={call.errorRate} errors={call.errors} />
      </td>
      <td className="px-2 pr-3 text-right text-muted max-sm:hidden sm:pr-4">
        <Duration ms={call.p95Ms} />
      </td>
    </tr>
  );
}

/** A service that sends spans leads to its page. */
function End({ service, isKnown }: { service: string; isKnown: boolean }) {
  return isKnown ? <ServiceLink service={service} /> : <ServiceName service={service} />;
}

function Alone({ services }: { services: readonly ServiceNode[] }) {
  return (
    <section aria-label="Services without calls" className="border-t border-line p-3 sm:px-4">
      <h2 className="text-xs font-semibold text-muted">
        Services without calls{" "}
        <span className="font-normal text-faint">{fullCount(services.length)}</span>
      </h2>
      <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1.5">
        {services.map((node) => (
          <li key={node.service} className="flex max-w-56 min-w-0 items-center gap-1.5">
            <HealthMark health={healthOf(node)} />
            <End service={node.service} isKnown={!node.isExternal} />
          </li>
        ))}
      </ul>
    </section>
  );
}
