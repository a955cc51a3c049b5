import type { LogContextAnswer, StoredLogRecord } from "#api/contract/logs.ts";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Failure, Loading } from "../../components/notice.tsx";
import { Name } from "../../components/text.tsx";
import { askLogContext } from "../../lib/api/logs.ts";
import { clockTime, fullTime } from "../../lib/time.ts";
import { useZone } from "../../lib/use-zone.ts";
import { lineText } from "../../lib/log-text.ts";
import { LEVELS } from "../../components/severity-mark.tsx";

const OF = [
  { of: "resource", title: "This instance", help: "Records of the same resource" },
  { of: "service", title: "This service", help: "Records of the same service" },
  { of: "all", title: "All", help: "Records of every service" },
] as const;
const ROWS = 50;

/** What was logged before and after a record, in the order in which it happened. */
export function LogContext({
  id,
  onShow,
}: {
  id: string;
  onShow: (record: StoredLogRecord) => void;
}) {
  const [of, setOf] = useState<(typeof OF)[number]["of"]>("resource");
  const { data, error, refetch } = useQuery<LogContextAnswer>({
    queryKey: ["logs", "context", id, of],
    queryFn: ({ signal }) => askLogContext({ id, of, rows: ROWS }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div className="pt-2">
      <div role="group" aria-label="Whose records" className="flex flex-wrap gap-1.5 px-4 pb-2">
        {OF.map((one) => (
          <Button
            key={one.of}
            pressed={one.of === of}
            title={one.help}
            onClick={() => setOf(one.of)}
          >
            {one.title}
          </Button>
        ))}
      </div>
      {data === undefined ? (
        error === null ? (
          <Loading rows={8} label="Asking for the records around it" />
        ) : (
          <Failure error={error.error} onRetry={() => void refetch()} />
        )
      ) : (
        <Around context={data} onShow={onShow} />
      )}
    </div>
  );
}

function Around({
  context: { before, record, after },
  onShow,
}: {
  context: LogContextAnswer;
  onShow: (record: StoredLogRecord) => void;
}) {
  const own = useRef<HTMLLIElement>(null);
  useEffect(() => own.current?.scrollIntoView({ block: "center" }), [record]);
  return (
    <ol className="border-y border-line">
      {before.length < ROWS ? <Edge>Nothing was logged before in these hours</Edge> : null}
      {[...before, record, ...after].map((one, at) => {
        const isOwn = at === before.length;
        return (
          <li key={at} ref={isOwn ? own : null} aria-current={isOwn ? "true" : undefined}>
            <ContextLine record={one} isOwn={isOwn} onShow={onShow} />
          </li>
        );
      })}
      {after.length < ROWS ? <Edge>Nothing was logged after it in these hours</Edge> : null}
    </ol>
  );
}

function Edge({ children }: { children: string }) {
  return <li className="px-4 py-1 text-2xs text-faint">{children}</li>;
}

function ContextLine(props: {
  record: StoredLogRecord;
  isOwn: boolean;
  onShow: (record: StoredLogRecord) => void;
}) {
  const { record, isOwn, onShow } = props;
  const zone = useZone();
  const { word, color } = LEVELS[record.severity];
  return (
    <button
      type="button"
      onClick={() => onShow(record)}
      className={`relative grid min-h-6 w-full grid-cols-[auto_2.75rem_minmax(0,1fr)] items-baseline gap-x-2 py-0.5 pr-3 pl-4 text-left font-mono text-xs ${
        isOwn ? "bg-selected font-semibold" : "hover:bg-hover"
      }`}
    >
      <span
        aria-hidden="true"
        className="absolute inset-y-0.5 left-0 w-[3px] rounded-r-xs forced-color-adjust-none"
        style={{ backgroundColor: color }}
      />
      <time dateTime={record.time} title={fullTime(record.time)} className="text-muted">
        {clockTime(record.time, zone)}
      </time>
      <span className="text-2xs text-muted">{word}</span>
      <Name value={lineText(record)} />
    </button>
  );
}
