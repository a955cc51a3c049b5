import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import { componentPulses } from "#api/contract/pulses.ts";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { Button } from "../components/button.tsx";
import { Failure, Loading } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { type Tab, Tabs } from "../components/tabs.tsx";
import { Configuration } from "../features/configuration/configuration.tsx";
import { DeadLetters } from "../features/dead-letters/dead-letters.tsx";
import { ComponentList } from "../features/pipelines/component-list.tsx";
import { ComponentPanel } from "../features/pipelines/component-panel.tsx";
import { type Chosen, TopologyView } from "../features/pipelines/topology-view.tsx";
import type { PipelineView } from "../features/pipelines/topology.ts";
import { askPipelines } from "../lib/api/pipelines.ts";
import { shortCount } from "../lib/format.ts";
import { pulseHistory, pulseKey, usePulses } from "../lib/pulse-history.ts";
import { POLL_MS, usePolled } from "../lib/queries.ts";
import { type PipelinesSearch, PIPELINE_TABS } from "./pipelines-route.ts";

const route = getRouteApi("/pipelines");

/** `/pipelines`: what comes in, what is made of it, and where it goes, as it happens. */
export function PipelinesPage() {
  const { tab = "topology" } = route.useSearch();
  const change = useChange();
  const { data, error, refetch } = usePipelines();
  const pipelines = data?.data ?? [];
  const letters = pipelines
    .flatMap(({ destinations }) => destinations)
    .reduce((sum, { deadLetters }) => sum + (deadLetters?.count ?? 0), 0);
  const tabs: readonly Tab[] = [
    { id: "topology", title: "Topology" },
    { id: "configuration", title: "Configuration" },
    {
      id: "dead-letters",
      title: letters === 0 ? "Dead letters" : `Dead letters (${shortCount(letters)})`,
    },
  ];
  return (
    <div className="mx-auto w-full max-w-[152rem] px-3 py-4 sm:px-5">
      <h1 className="text-lg font-semibold tracking-tight">Pipelines</h1>
      <div className="mt-2">
        <Tabs
          label="Pipelines"
          tabs={tabs}
          selected={tab}
          onSelect={(id) => change({ tab: PIPELINE_TABS.find((one) => one === id) })}
        >
          <div className="pt-3">
            {data === undefined && error !== null ? (
              <Failure error={error.error} onRetry={() => void refetch()} />
            ) : data === undefined ? (
              <Loading rows={6} label="Pipelines are asked for" />
            ) : (
              <Content tab={tab} pipelines={pipelines} />
            )}
          </div>
        </Tabs>
      </div>
    </div>
  );
}

/** Asks for everything, and keeps what it tells of rates while nothing else does. */
function usePipelines() {
  const query = usePolled({ key: ["pipelines"], ask: askPipelines, everyMs: POLL_MS.lists });
  const { data, dataUpdatedAt } = query;
  useEffect(() => {
    if (data === undefined) return;
    const pipelines = data.data.map((one) => ({
      name: one.name,
      components: componentPulses(one),
    }));
    pulseHistory.add(dataUpdatedAt, pipelines);
  }, [data, dataUpdatedAt]);
  return query;
}

/** Puts a part of the view state into the address; undefined takes it out. */
function useChange() {
  const navigate = route.useNavigate();
  return (part: PipelinesSearch): void => {
    void navigate({
      search: (search) => ({ ...search, ...part }),
      replace: true,
      resetScroll: false,
    });
  };
}

function Content(props: {
  tab: (typeof PIPELINE_TABS)[number];
  pipelines: PipelinesAnswer["data"];
}) {
  const { tab, pipelines } = props;
  const search = route.useSearch();
  const change = useChange();
  if (tab === "configuration") return <Configuration />;
  if (tab === "dead-letters")
    return <DeadLetters pipelines={pipelines} search={search} onChange={change} />;
  return <Topologies pipelines={pipelines} search={search} onChange={change} />;
}

function Topologies(props: {
  pipelines: readonly PipelineView[];
  search: PipelinesSearch;
  onChange: (part: PipelinesSearch) => void;
}) {
  const { pipelines, search, onChange } = props;
  const pulses = usePulses();
  const chosen = chosenOf(search);
  const pipeline = pipelines.find(({ name }) => name === chosen?.pipeline);
  const onChoose = (one: Chosen): void => {
    const isSame =
      chosen !== undefined && pulseKey(one.pipeline, one) === pulseKey(chosen.pipeline, chosen);
    onChange(
      isSame ? NOTHING_CHOSEN : { pipeline: one.pipeline, kind: one.kind, component: one.name },
    );
  };
  const isList = search.view === "list";
  return (
    <div
      className={`grid items-start gap-3 ${pipeline === undefined ? "" : "xl:grid-cols-[minmax(0,1fr)_32rem]"}`}
    >
      <div className="flex min-w-0 flex-col gap-3">
        {pipelines.map((one) => (
          <Panel
            key={one.name}
            title={one.name}
            note={`${one.receivers.length} in, ${one.processors.length} between, ${one.destinations.length} out`}
            actions={
              <Button
                pressed={isList}
                onClick={() => onChange({ view: isList ? undefined : "list" })}
              >
                As a list
              </Button>
            }
          >
            {isList ? (
              <ComponentList pipeline={one} {...{ pulses, chosen, onChoose }} />
            ) : (
              <TopologyView pipeline={one} {...{ pulses, chosen, onChoose }} />
            )}
          </Panel>
        ))}
        {pipeline === undefined ? (
          <p className="text-xs text-muted">
            Select a component for its figures of the last minutes, rows as they pass it, and its
            settings. Figures are rows a second over the last ten.
          </p>
        ) : null}
      </div>
      {chosen === undefined || pipeline === undefined ? null : (
        <ComponentPanel
          key={pulseKey(chosen.pipeline, chosen)}
          chosen={chosen}
          pipeline={pipeline}
          points={pulses.get(pulseKey(chosen.pipeline, chosen)) ?? []}
          tab={search.about ?? "figures"}
          onTab={(about) => onChange({ about: about === "figures" ? undefined : about })}
          onClose={() => onChange(NOTHING_CHOSEN)}
        />
      )}
    </div>
  );
}

const NOTHING_CHOSEN: PipelinesSearch = {
  pipeline: undefined,
  kind: undefined,
  component: undefined,
  about: undefined,
};

function chosenOf({ pipeline, kind, component: name }: PipelinesSearch): Chosen | undefined {
  if (pipeline === undefined || kind === undefined || name === undefined) return undefined;
  return { pipeline, kind, name };
}
