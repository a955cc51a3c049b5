import { getRouteApi } from "@tanstack/react-router";
import { Failure } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { StatusStrip } from "../features/about/status-strip.tsx";
import { Connect } from "../features/connect/connect.tsx";
import { Waiting } from "../features/connect/waiting.tsx";
import { LedgerCards } from "../features/ledger/ledger-cards.tsx";
import { ServicesTable } from "../features/services/services-table.tsx";
import { LatestTraces, TraceFilters } from "../features/traces/latest-traces.tsx";
import { useAbout, useHasData } from "../lib/queries.ts";
import { rangeWords, type RangeSearch } from "../lib/time-range.ts";
import { useViewRange } from "../lib/view-range.ts";
import type { OverviewSearch } from "./overview-route.ts";

const route = getRouteApi("/");

/** `/`: what runs, what comes in, and what the services do; or how to send the first data. */
export function Overview() {
  const about = useAbout();
  const hasData = useHasData();
  const { snippet } = route.useSearch();
  const change = useChange();
  const onSnippet = (id: string): void => change({ snippet: id });
  // While it is not known whether there is data, the page is laid out as if there were.
  const isEmpty = hasData.data === false;
  if (about.data === undefined && about.error !== null) {
    // Without even this answer every panel would say the same.
    return (
      <div className="mx-auto mt-[10vh] w-full max-w-xl px-3">
        <h1 className="sr-only">Overview</h1>
        <div className="rounded-lg border border-line bg-surface p-2">
          <Failure error={about.error.error} onRetry={() => void about.refetch()} />
        </div>
      </div>
    );
  }
  return (
    <div className="mx-auto w-full max-w-[152rem] px-3 py-4 sm:px-5">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <h1 className="text-lg font-semibold tracking-tight">Overview</h1>
        <StatusStrip />
      </div>
      <p role="status" className="sr-only">
        {isEmpty ? "Waiting for first data" : ""}
      </p>
      <div className="mt-3 flex flex-col gap-3">
        {isEmpty ? (
          <Waiting>
            <Connect snippet={snippet} onSnippet={onSnippet} />
          </Waiting>
        ) : null}
        <LedgerCards />
        {isEmpty ? null : <Data onSnippet={onSnippet} />}
      </div>
    </div>
  );
}

/** Puts a part of the view state into the address; undefined takes it out. */
function useChange() {
  const navigate = route.useNavigate();
  return (part: OverviewSearch & RangeSearch): void => {
    void navigate({
      search: (search) => ({ ...search, ...part }),
      replace: true,
      resetScroll: false,
    });
  };
}

function Data({ onSnippet }: { onSnippet: (id: string) => void }) {
  const search = route.useSearch();
  const change = useChange();
  const range = useViewRange();
  const { service, status, before, until, sort, snippet } = search;
  const latest = { before: undefined, until: undefined };
  return (
    <div className="grid items-start gap-3 xl:grid-cols-[minmax(33rem,2fr)_3fr] xl:grid-rows-[auto_1fr]">
      <Panel title="Services" note={rangeWords(range)}>
        <ServicesTable
          range={range}
          sort={sort}
          onSort={(chosen) => change({ sort: chosen })}
          selected={service}
        />
      </Panel>
      <Panel title="Send data" className="max-xl:order-last">
        <Connect snippet={snippet} onSnippet={onSnippet} />
      </Panel>
      <Panel
        title={before === undefined ? "Latest traces" : "Older traces"}
        note={rangeWords(range)}
        className="xl:col-start-2 xl:row-span-2 xl:row-start-1"
        actions={
          <TraceFilters
            service={service}
            onlyErrors={status === "error"}
            onService={() => change({ ...latest, service: undefined })}
            onOnlyErrors={(only) => change({ ...latest, status: only ? "error" : undefined })}
          />
        }
      >
        <LatestTraces
          filter={{ range, service, onlyErrors: status === "error", before, until }}
          onOlder={(cursor, end) => change({ before: cursor, until: end })}
          onLatest={() => change(latest)}
        />
      </Panel>
    </div>
  );
}
