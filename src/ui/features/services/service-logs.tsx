import type { LogRecord } from "#api/contract/logs.ts";
import { Link } from "@tanstack/react-router";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { SeverityMark } from "../../components/severity-mark.tsx";
import { Head } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { askLogs } from "../../lib/api/logs.ts";
import { lineText } from "../../lib/log-text.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { withTerm } from "../../lib/search-terms.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";

const ROWS = 50;

/** The newest log records of a service; the page of the logs has all of them. */
export function ServiceLogs({ service, range }: { service: string; range: TimeRange }) {
  const { data, error, refetch } = usePolled({
    key: ["logs", "of service", service, range],
    ask: (cancel) => askLogs({ ...requestRange(range, Date.now()), service, limit: ROWS }, cancel),
    everyMs: everyMsIn(range, POLL_MS.lists),
    keepPrevious: true,
  });
  if (data === undefined)
    return <Unanswered error={error} onRetry={() => void refetch()} label="Asking for the logs" />;
  if (data.data.length === 0)
    return <Nothing title={`No log record of this service in the ${rangeWords(range)}`} />;
  return (
    <>
      <table className="w-full table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head className="w-28 pl-3 sm:pl-4">Time</Head>
            <Head className="w-18">Level</Head>
            <Head className="pr-3 sm:pr-4">Message</Head>
          </tr>
        </thead>
        <tbody>
          {data.data.map((record, index) => (
            <LogRow key={`${record.time} ${index}`} record={record} />
          ))}
        </tbody>
      </table>
      <p className="border-t border-line px-3 py-2 sm:px-4">
        <Link
          to="/logs"
          search={{ q: withTerm("", "service", service) }}
          className="text-accent underline-offset-2 hover:underline"
        >
          All logs of this service
        </Link>
      </p>
    </>
  );
}

function LogRow({ record }: { record: LogRecord }) {
  const { time, severity, traceId } = record;
  const message = <Name value={lineText(record)} className="font-mono text-xs" />;
  return (
    <tr className="relative h-8 border-b border-line last:border-b-0 hover:bg-hover">
      <td className="px-2 pl-3 text-muted sm:pl-4">
        <Time value={time} />
      </td>
      <td className="px-2">
        <SeverityMark level={severity} />
      </td>
      <td className="min-w-0 px-2 pr-3 sm:pr-4">
        {traceId === null ? (
          message
        ) : (
          <Link
            to="/traces/$traceId"
            params={{ traceId }}
            search={record.spanId === null ? {} : { span: record.spanId }}
            className="flex min-w-0 outline-offset-[-2px] after:absolute after:inset-0"
          >
            {message}
          </Link>
        )}
      </td>
    </tr>
  );
}
