import type { ServiceEdge, ServiceMapAnswer } from "#api/contract/services.ts";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { HealthMark } from "../../components/health-mark.tsx";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { ServiceLink } from "../../components/service-link.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Head } from "../../components/table.tsx";
import { askServiceMap } from "../../lib/api/services.ts";
import { fullCount, rate } from "../../lib/format.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { healthOf } from "../../lib/service-health.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";

/** Who calls a service, and what it calls itself. */
export function Dependencies({ service, range }: { service: string; range: TimeRange }) {
  const { data, error, refetch } = usePolled({
    key: ["services", "calls", service, range],
    ask: (cancel) => askServiceMap({ ...requestRange(range, Date.now()), service }, cancel),
    everyMs: everyMsIn(range, POLL_MS.lists),
    keepPrevious: true,
  });
  if (data === undefined)
    return <Unanswered error={error} onRetry={() => void refetch()} label="Asking for the calls" />;
  if (data.data.length === 0) {
    return (
      <Nothing title={`No call from or to this service in the ${rangeWords(range)}`}>
        Calls are found where a span of one service has a parent in another, and where a client span
        names a database or a broker.
      </Nothing>
    );
  }
  const callers = data.data.filter(({ target }) => target === service);
  const called = data.data.filter(({ source }) => source === service);
  return (
    <div className="grid gap-px bg-line lg:grid-cols-2">
      <Calls
        title="Called by"
        none="Nobody that is known"
        calls={callers}
        end="source"
        map={data}
      />
      <Calls title="Calls" none="Nothing that is known" calls={called} end="target" map={data} />
    </div>
  );
}

function Calls(props: {
  title: string;
  none: string;
  calls: readonly ServiceEdge[];
  /** The end of each call that is not the service itself. */
  end: "source" | "target";
  map: ServiceMapAnswer;
}) {
  const { title, none, calls, end, map } = props;
  const most = Math.max(...calls.map(({ requestsPerSecond }) => requestsPerSecond), 1e-9);
  const external = new Set(map.nodes.filter((node) => node.isExternal).map((node) => node.service));
  return (
    <section aria-label={title} className="min-w-0 bg-surface">
      <h2 className="px-3 pt-3 pb-1 text-xs font-semibold text-muted sm:px-4">
        {title} <span className="font-normal text-faint">{fullCount(calls.length)}</span>
      </h2>
      {calls.length === 0 ? (
        <p className="px-3 pb-4 text-faint sm:px-4">{none}</p>
      ) : (
        <table className="w-full table-fixed">
          <thead className="border-b border-line">
            <tr>
              <Head className="pl-3 sm:pl-4">Service</Head>
              <Head className="w-24 text-right sm:w-36">Requests</Head>
              <Head className="w-20 text-right">Errors</Head>
              <Head className="w-20 pr-3 text-right sm:pr-4">p95</Head>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <CallRow
                key={call[end]}
                call={call}
                other={call[end]}
                isExternal={external.has(call[end])}
                share={call.requestsPerSecond / most}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function CallRow(props: { call: ServiceEdge; other: string; isExternal: boolean; share: number }) {
  const { call, other, isExternal, share } = props;
  return (
    <tr className="relative h-10 border-b border-line last:border-b-0 hover:bg-hover">
      <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
        <span className="flex min-w-0 items-center gap-2">
          <HealthMark health={healthOf(call)} />
          {isExternal ? (
            <>
              <ServiceName service={other} />
              <span
                title="It sends no spans itself"
                className="shrink-0 rounded-sm border border-line px-1 text-2xs font-normal text-faint max-sm:hidden"
              >
                external
              </span>
            </>
          ) : (
            <ServiceLink service={other} isWide />
          )}
        </span>
      </th>
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- the rate is its text */}
      <td title={`${fullCount(call.requests)} requests`} className="px-2">
        <span className="flex items-center justify-end gap-2">
          <span aria-hidden="true" className="h-1.5 flex-1 rounded-full bg-sunken max-sm:hidden">
            <span
              className="block h-full min-w-0.5 rounded-full bg-accent"
              style={{ width: `${100 * share}%` }}
            />
          </span>
          <span className="w-16 text-right whitespace-nowrap">{rate(call.requestsPerSecond)}</span>
        </span>
      </td>
      <td className="px-2 text-right">
        <ErrorRate errorRate={call.errorRate} errors={call.errors} />
      </td>
      <td className="px-2 pr-3 text-right sm:pr-4">
        <Duration ms={call.p95Ms} />
      </td>
    </tr>
  );
}
