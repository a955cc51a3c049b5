import type { TraceSummary } from "#api/contract/traces.ts";
import { Link } from "@tanstack/react-router";
import { fullCount, shortCount } from "../lib/format.ts";
import { otherDay } from "../lib/time.ts";
import { useZone } from "../lib/use-zone.ts";
import { visible } from "../lib/visible-text.ts";
import { Duration } from "./duration.tsx";
import { WarnIcon } from "./icons.tsx";
import { ServiceName, ServiceSwatch } from "./service-name.tsx";
import { Head } from "./table.tsx";
import { Name } from "./text.tsx";
import { Time } from "./time.tsx";

/** Traces as a table, each a link to itself. `pointed` is the row that the keys have come to. */
export function TraceTable({
  traces,
  pointed,
}: {
  traces: readonly TraceSummary[];
  pointed?: string | undefined;
}) {
  const zone = useZone();
  const hasOtherDays = traces.some(({ startTime }) => otherDay(startTime, undefined, zone) !== "");
  const longestMs = Math.max(...traces.map(({ durationMs }) => durationMs), 1e-6);
  return (
    <table className="w-full table-fixed">
      <thead className="border-b border-line">
        <tr>
          <Head className={`${hasOtherDays ? "w-48" : "w-28"} pl-3 max-md:hidden sm:pl-4`}>
            Time
          </Head>
          <Head className="max-md:pl-3">Trace</Head>
          <Head className="w-26 max-md:pr-3 max-md:text-right md:w-44 2xl:w-56">Duration</Head>
          <Head className="w-14 text-right max-md:hidden">Spans</Head>
          <Head className="w-18 text-right max-lg:pr-4 max-sm:hidden xl:max-2xl:pr-4">Errors</Head>
          <Head className="w-24 pr-3 max-lg:hidden xl:max-2xl:hidden sm:pr-4">Services</Head>
        </tr>
      </thead>
      <tbody>
        {traces.map((trace) => (
          <TraceRow
            key={trace.traceId}
            trace={trace}
            longestMs={longestMs}
            isPointed={trace.traceId === pointed}
          />
        ))}
      </tbody>
    </table>
  );
}

function TraceRow(props: { trace: TraceSummary; longestMs: number; isPointed: boolean }) {
  const { trace, longestMs, isPointed } = props;
  const { traceId, rootService, rootOperation, startTime, durationMs } = trace;
  return (
    <tr
      data-trace={traceId}
      className={`relative h-9 border-b border-line last:border-b-0 hover:bg-hover ${isPointed ? "bg-selected" : ""}`}
    >
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
