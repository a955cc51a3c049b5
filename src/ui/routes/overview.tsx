import { getRouteApi, Link } from "@tanstack/react-router";
import { Button } from "../components/button.tsx";
import { Failure } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { StatusStrip } from "../features/about/status-strip.tsx";
import { Connect } from "../features/connect/connect.tsx";
import { Waiting } from "../features/connect/waiting.tsx";
import { LedgerCards } from "../features/ledger/ledger-cards.tsx";
import { ChangesPanel } from "../features/overview/changes-panel.tsx";
import { HealthStrip } from "../features/overview/health-strip.tsx";
import { LatestTraces, TraceFilters } from "../features/traces/latest-traces.tsx";
import { useAbout, useHasData } from "../lib/queries.ts";
import { rangeWords, type RangeSearch } from "../lib/time-range.ts";
import { useViewRange } from "../lib/view-range.ts";
import type { OverviewSearch } from "./overview-route.ts";

const route = getRouteApi("/");

/** `/`: how the services do, what changed, what comes in; or how to send the first data. */
export function Overview() {
  const about = useAbout();
  const hasData = useHasData();
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
      <div className="mt-3 flex flex-col gap-3">{isEmpty ? <First /> : <Data />}</div>
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

function Snippets() {
  const { snippet } = route.useSearch();
  const change = useChange();
  return <Connect snippet={snippet} onSnippet={(id) => change({ snippet: id })} />;
}

function First() {
  return (
    <>
      <Waiting>
        <Snippets />
      </Waiting>
      <LedgerCards />
    </>
  );
}

function Data() {
  const range = useViewRange();
  return (
    <>
      <Panel
        title="Services"
        note={rangeWords(range)}
        actions={
          <Link to="/services" className="text-xs text-accent hover:underline">
            All services
          </Link>
        }
      >
        <HealthStrip range={range} />
      </Panel>
      <LedgerCards />
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(26rem,2fr)_3fr]">
        <div className="flex min-w-0 flex-col gap-3">
          <Panel title="What changed" note={`${rangeWords(range)}, against the time before`}>
            <ChangesPanel range={range} />
          </Panel>
          <SendData />
        </div>
        <Traces />
      </div>
    </>
  );
}

function Traces() {
  const { service, status, before, until } = route.useSearch();
  const change = useChange();
  const range = useViewRange();
  const latest = { before: undefined, until: undefined };
  return (
    <Panel
      title={before === undefined ? "Latest traces" : "Older traces"}
      note={rangeWords(range)}
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
  );
}

/** How to send more; folded once there is data, for whoever looks at it each day. */
function SendData() {
  const { snippet } = route.useSearch();
  const change = useChange();
  const isOpen = snippet !== undefined;
  return (
    <Panel
      title="Send more data"
      actions={
        <Button
          aria-expanded={isOpen}
          onClick={() => change({ snippet: isOpen ? undefined : "curl" })}
        >
          {isOpen ? "Hide" : "Show how"}
        </Button>
      }
    >
      {isOpen ? <Snippets /> : null}
    </Panel>
  );
}
