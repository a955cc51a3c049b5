import type { TraceSummary } from "#api/contract/traces.ts";
import { Link } from "@tanstack/react-router";
import { Button } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { CloseIcon, WarnIcon } from "../../components/icons.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { ServiceName, ServiceSwatch } from "../../components/service-name.tsx";
import { Head } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { askTraces } from "../../lib/api/traces.ts";
import { fullCount, shortCount } from "../../lib/format.ts";
import { isOwnService, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";
import { visible } from "../../lib/visible-text.ts";

const PAGE_ROWS = 60;

export interface TraceFilter {
  readonly range: TimeRange;
  readonly service: string | undefined;
  readonly onlyErrors: boolean;
  /** A page of older traces: its cursor, and the end of the range that its first page had. */
  readonly before: string | undefined;
  readonly until: string | undefined;
}

interface LatestTracesProps {
  readonly filter: TraceFilter;
  readonly onOlder: (before: string, until: string) => void;
  readonly onLatest: () => void;
}

/** The newest traces of the filter, or a page of older ones, which then stands still. */
export function LatestTraces({ filter, onOlder, onLatest }: LatestTracesProps) {
  const { range, service, onlyErrors, before, until } = filter;
  const { data, error, refetch } = usePolled({
    key: ["traces", range, service, onlyErrors, before, until],
    ask: async (cancel) => {
      const untilMs = Date.parse(until ?? "") || Date.now();
      const bounds = requestRange(range, untilMs);
      const parameters = {
        ...bounds,
        service,
        status: onlyErrors ? "error" : undefined,
        limit: PAGE_ROWS,
        cursor: before,
      };
      const { data: traces, nextCursor } = await askTraces(parameters, cancel);
      const shown = service === undefined ? traces.filter(isForeign) : traces;
      return { traces: shown, nextCursor, until: bounds.to };
    },
    everyMs: before === undefined ? POLL_MS.lists : false,
    keepPrevious: true,
  });
  if (data === undefined) {
    if (error === null) return <Loading rows={8} label="Asking for the traces" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  const { traces, nextCursor } = data;
  if (traces.length === 0 && nextCursor === null) {
    return (
      <Nothing title={`No ${onlyErrors ? "failed " : ""}trace in the ${rangeWords(range)}`}>
        {service === undefined && !onlyErrors
          ? null
          : "A wider range or fewer filters may find some."}
      </Nothing>
    );
  }
  return (
    <>
      <TraceTable traces={traces} />
      <div className="flex items-center justify-end gap-2 border-t border-line px-3 py-2 sm:px-4">
        {before === undefined ? null : (
          <>
            <span className="mr-auto text-xs text-muted">Older traces stand still</span>
            <Button onClick={onLatest}>Back to the latest</Button>
          </>
        )}
        {nextCursor === null ? null : (
          <Button onClick={() => onOlder(nextCursor, data.until)}>Older</Button>
        )}
      </div>
    </>
  );
}

/** Sightglass traces itself all the time; those traces are shown when they are asked for by name. */
function isForeign({ rootService }: TraceSummary): boolean {
  return !isOwnService(rootService);
}

/** What the list is narrowed to, each with a way to drop it. */
export function TraceFilters(props: {
  service: string | undefined;
  onlyErrors: boolean;
  onService: () => void;
  onOnlyErrors: (only: boolean) => void;
}) {
  const { service, onlyErrors, onService, onOnlyErrors } = props;
  return (
    <>
      {service === undefined ? null : (
        <Button onClick={onService} title="Show the traces of every service" className="max-w-48">
          <span className="sr-only">Show every service, not only </span>
          <ServiceName service={service} />
          <CloseIcon className="size-3" />
        </Button>
      )}
      <Button pressed={onlyErrors} onClick={() => onOnlyErrors(!onlyErrors)}>
        <WarnIcon className="size-3.5" />
        Only errors
      </Button>
    </>
  );
}

function TraceTable({ traces }: { traces: readonly TraceSummary[] }) {
  const longestMs = Math.max(...traces.map(({ durationMs }) => durationMs), 1e-6);
  return (
    <table className="w-full table-fixed">
      <thead className="border-b border-line">
        <tr>
          <Head className="w-28 pl-3 max-md:hidden sm:pl-4">Time</Head>
          <Head className="max-md:pl-3">Trace</Head>
          <Head className="w-26 max-md:pr-3 max-md:text-right md:w-44 2xl:w-56">Duration</Head>
          <Head className="w-14 text-right max-md:hidden">Spans</Head>
          <Head className="w-18 text-right max-lg:pr-4 max-sm:hidden xl:max-2xl:pr-4">Errors</Head>
          <Head className="w-24 pr-3 max-lg:hidden xl:max-2xl:hidden sm:pr-4">Services</Head>
        </tr>
      </thead>
      <tbody>
        {traces.map((trace) => (
          <TraceRow key={trace.traceId} trace={trace} longestMs={longestMs} />
        ))}
      </tbody>
    </table>
  );
}

function TraceRow({ trace, longestMs }: { trace: TraceSummary; longestMs: number }) {
  const { traceId, rootService, rootOperation, startTime, durationMs } = trace;
  return (
    <tr className="relative h-9 border-b border-line last:border-b-0 hover:bg-hover">
      <td className="px-2 pl-3 text-muted max-md:hidden sm:pl-4">
        <Time value={startTime} />
      </td>
      <td className="min-w-0 px-2 max-md:py-1.5 max-md:pl-3">
        <Link
          to="/traces/$traceId"
          params={{ traceId }}
          className="flex min-w-0 items-center gap-2 outline-offset-[-2px] after:absolute after:inset-0 max-md:flex-col max-md:items-start max-md:gap-0"
        >
          <ServiceName
            service={rootService}
            className="max-w-full shrink-0 font-medium md:max-w-[45%]"
          />
          <Name value={rootOperation} className="max-w-full text-muted" />
        </Link>
        <span className="flex gap-2 text-xs text-faint md:hidden">
          <Time value={startTime} />
          <ErrorCount count={trace.errorCount} className="sm:hidden" />
        </span>
      </td>
      <td className="px-2 max-md:pr-3">
        <DurationBar ms={durationMs} ofMs={longestMs} failed={trace.errorCount > 0} />
      </td>
      <td title={fullCount(trace.spanCount)} className="px-2 text-right max-md:hidden">
        {shortCount(trace.spanCount)}
      </td>
      <td className="px-2 text-right max-lg:pr-4 max-sm:hidden xl:max-2xl:pr-4">
        {trace.errorCount === 0 ? (
          <span className="text-faint">0</span>
        ) : (
          <ErrorCount count={trace.errorCount} />
        )}
      </td>
      <td className="px-2 pr-3 max-lg:hidden xl:max-2xl:hidden sm:pr-4">
        <Services names={trace.services} />
      </td>
    </tr>
  );
}

function ErrorCount({ count, className = "" }: { count: number; className?: string }) {
  if (count === 0) return null;
  return (
    <span
      title={`${fullCount(count)} spans failed`}
      className={`inline-flex items-center gap-1 font-medium text-bad ${className}`}
    >
      <WarnIcon className="size-3.5" />
      {shortCount(count)}
      <span className="sr-only">errors</span>
    </span>
  );
}

/** The duration against the longest on the page. */
function DurationBar({ ms, ofMs, failed }: { ms: number; ofMs: number; failed: boolean }) {
  return (
    <span className="flex items-center gap-x-2 gap-y-1 max-md:flex-col max-md:items-end">
      <Duration ms={ms} className="shrink-0 text-right font-medium md:w-16" />
      <span
        aria-hidden="true"
        className="h-1.5 w-full min-w-0 flex-1 rounded-full bg-sunken max-md:flex-none"
      >
        <span
          className={`block h-full min-w-0.5 rounded-full ${failed ? "bg-bad" : "bg-accent"}`}
          style={{ width: `${(100 * ms) / ofMs}%` }}
        />
      </span>
    </span>
  );
}

const SWATCHES_MAX = 5;

function Services({ names }: { names: readonly string[] }) {
  const list = names
    .slice(0, 20)
    .map((name) => visible(name).slice(0, 60))
    .join(", ");
  return (
    <span title={list} className="flex items-center gap-1">
      {names.slice(0, SWATCHES_MAX).map((name) => (
        <ServiceSwatch key={name} service={name} />
      ))}
      <span className="ml-0.5 text-xs text-muted">{names.length}</span>
    </span>
  );
}
