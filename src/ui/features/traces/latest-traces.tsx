import type { TraceSummary } from "#api/contract/traces.ts";
import { Button } from "../../components/button.tsx";
import { CloseIcon, WarnIcon } from "../../components/icons.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { TraceTable } from "../../components/trace-table.tsx";
import { askTraces } from "../../lib/api/traces.ts";
import { everyMsIn, isOwnService, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";
import { WITHOUT_OWN } from "./traces-view.ts";

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
        // Sightglass traces itself all the time: its own would fill the page of a shop that sends little.
        q: service === undefined ? WITHOUT_OWN : undefined,
        status: onlyErrors ? "error" : undefined,
        limit: PAGE_ROWS,
        cursor: before,
      };
      const { data: traces, nextCursor } = await askTraces(parameters, cancel);
      const shown = service === undefined ? traces.filter(isForeign) : traces;
      return { traces: shown, nextCursor, until: bounds.to };
    },
    everyMs: before === undefined ? everyMsIn(range, POLL_MS.lists) : false,
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
