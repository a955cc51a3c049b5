import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { Panel } from "../components/panel.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Dependencies } from "../features/services/dependencies.tsx";
import { Operations } from "../features/services/operations.tsx";
import { Resources } from "../features/services/resources.tsx";
import { ServiceCharts } from "../features/services/service-charts.tsx";
import { ServiceHeader } from "../features/services/service-header.tsx";
import { ServiceLogs } from "../features/services/service-logs.tsx";
import { LatestTraces, TraceFilters } from "../features/traces/latest-traces.tsx";
import { usePageTitle } from "../lib/page-title.ts";
import { rangeWords, type TimeRange } from "../lib/time-range.ts";
import { useSetRange, useViewRange } from "../lib/view-range.ts";
import { visible } from "../lib/visible-text.ts";
import { type ServicePageSearch, SERVICE_TABS, type ServiceTab } from "./service-route.ts";

const route = getRouteApi("/services/$service");

const TITLES: Readonly<Record<ServiceTab, string>> = {
  operations: "Operations",
  dependencies: "Dependencies",
  resources: "Resources",
  traces: "Traces",
  logs: "Logs",
};
const TABS = SERVICE_TABS.map((id) => ({ id, title: TITLES[id] }));
const TITLE_CHARACTERS_MAX = 60;

/** `/services/:service`: how one service does over time, and what it is made of. */
export function ServicePage() {
  const { service } = route.useParams();
  const { tab = "operations" } = route.useSearch();
  const range = useViewRange();
  const setRange = useSetRange();
  const change = useChange();
  usePageTitle(visible(service).slice(0, TITLE_CHARACTERS_MAX));
  return (
    <div className="mx-auto w-full max-w-[152rem] px-3 py-4 sm:px-5">
      <ServiceHeader service={service} range={range} />
      <ServiceCharts
        service={service}
        range={range}
        onBrush={(fromMs, toMs) => setRange({ kind: "absolute", fromMs, toMs })}
      />
      <div className="mt-3 min-w-0 overflow-clip rounded-lg border border-line bg-surface">
        <Tabs
          label={`Parts of ${visible(service).slice(0, TITLE_CHARACTERS_MAX)}`}
          tabs={TABS}
          selected={tab}
          onSelect={(id) =>
            change({
              tab: SERVICE_TABS.find((one) => one === id && one !== "operations"),
              sort: undefined,
              before: undefined,
              until: undefined,
            })
          }
        >
          <TabContent service={service} range={range} tab={tab} />
        </Tabs>
      </div>
    </div>
  );
}

/** Puts a part of the view state into the address; undefined takes it out. */
function useChange() {
  const navigate = route.useNavigate();
  return (part: ServicePageSearch): void => {
    void navigate({
      search: (search) => ({ ...search, ...part }),
      replace: true,
      resetScroll: false,
    });
  };
}

function TabContent(props: { service: string; range: TimeRange; tab: ServiceTab }): ReactNode {
  const { service, range, tab } = props;
  const { sort } = route.useSearch();
  const change = useChange();
  const order = { sort, onSort: (chosen: string) => change({ sort: chosen }) };
  switch (tab) {
    case "operations":
      return <Operations service={service} range={range} {...order} />;
    case "dependencies":
      return <Dependencies service={service} range={range} />;
    case "resources":
      return <Resources service={service} range={range} />;
    case "traces":
      return <Traces service={service} range={range} />;
    case "logs":
      return <ServiceLogs service={service} range={range} />;
  }
}

function Traces({ service, range }: { service: string; range: TimeRange }) {
  const { status, before, until } = route.useSearch();
  const change = useChange();
  const latest = useMemo(() => ({ before: undefined, until: undefined }), []);
  return (
    <Panel
      title={before === undefined ? "Latest traces" : "Older traces"}
      note={rangeWords(range)}
      className="rounded-none border-0"
      actions={
        <TraceFilters
          service={undefined}
          onlyErrors={status === "error"}
          onService={() => {}}
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
