import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import { useId, type ReactNode } from "react";
import { IconButton } from "../../components/button.tsx";
import { CloseIcon } from "../../components/icons.tsx";
import { Name, Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { type Tab, Tabs } from "../../components/tabs.tsx";
import { fullCount, longDuration, perSecond, shortBytes } from "../../lib/format.ts";
import type { PulsePoint } from "../../lib/pulse-history.ts";
import { TroubleMark } from "./component-card.tsx";
import { ComponentFigures } from "./component-figures.tsx";
import { ComponentSettings } from "./component-settings.tsx";
import { COMPONENT_TABS, type ComponentTab } from "./component-tabs.ts";
import { troubleOf } from "./component-words.ts";
import { Samples } from "./samples.tsx";
import type { Chosen } from "./topology-view.tsx";
import type { PipelineView } from "./topology.ts";

const TITLES: Readonly<Record<ComponentTab, string>> = {
  figures: "Figures",
  rows: "Rows",
  settings: "Settings",
};
const TABS: readonly Tab[] = COMPONENT_TABS.map((id) => ({ id, title: TITLES[id] }));

/** One component in detail: its figures, rows that went by it, and its settings. */
export function ComponentPanel(props: {
  chosen: Chosen;
  pipeline: PipelineView;
  points: readonly PulsePoint[];
  tab: ComponentTab;
  onTab: (tab: ComponentTab | undefined) => void;
  onClose: () => void;
}) {
  const { chosen, pipeline, points, tab, onTab, onClose } = props;
  const heading = useId();
  const newest = points.at(-1);
  const trouble = newest === undefined ? undefined : troubleOf(newest);
  return (
    <section
      aria-labelledby={heading}
      className="min-w-0 overflow-clip rounded-lg border border-line bg-surface"
    >
      <header className="flex items-center gap-3 px-3 pt-2 sm:px-4">
        <div className="min-w-0 flex-1">
          <h2 id={heading} className="text-sm font-semibold">
            <Name value={chosen.name} />
          </h2>
          <p className="flex items-center gap-2 text-xs text-muted">
            {chosen.kind} of {chosen.pipeline}
            {trouble === undefined ? null : <TroubleMark trouble={trouble} />}
          </p>
        </div>
        <IconButton label="Close" onClick={onClose}>
          <CloseIcon className="size-3.5" />
        </IconButton>
      </header>
      <Tabs
        label={`About ${chosen.name}`}
        tabs={TABS}
        selected={tab}
        onSelect={(id) => onTab(COMPONENT_TABS.find((one) => one === id))}
      >
        {tab === "figures" ? <Figures chosen={chosen} pipeline={pipeline} points={points} /> : null}
        {tab === "rows" ? <Samples chosen={chosen} /> : null}
        {tab === "settings" ? <ComponentSettings chosen={chosen} /> : null}
      </Tabs>
    </section>
  );
}

function Figures(props: { chosen: Chosen; pipeline: PipelineView; points: readonly PulsePoint[] }) {
  const { chosen, pipeline, points } = props;
  return (
    <div className="flex flex-col gap-4 p-3 sm:p-4">
      <ComponentFigures points={points} />
      <Facts chosen={chosen} pipeline={pipeline} />
    </div>
  );
}

type Metrics = PipelineView["receivers"][number]["metrics"];
type Destination = PipelinesAnswer["data"][number]["destinations"][number];

/** What of the whole answer is about this component. */
function Facts({ chosen: { kind, name }, pipeline }: { chosen: Chosen; pipeline: PipelineView }) {
  const ofName = (one: { readonly name: string }): boolean => one.name === name;
  if (kind === "receiver") {
    const receiver = pipeline.receivers.find(ofName);
    if (receiver === undefined) return null;
    const { metrics, addresses } = receiver;
    return (
      <FactList metrics={metrics}>
        {addresses.map((address) => (
          <Fact key={address} name="Listens at" value={address} />
        ))}
      </FactList>
    );
  }
  if (kind === "processor") {
    const processor = pipeline.processors.find(ofName);
    if (processor === undefined) return null;
    const { metrics, rowsIn, rowsOut, failures, statistics, queue } = processor;
    return (
      <FactList metrics={metrics}>
        <Fact name="Given, since the start" value={fullCount(rowsIn)} />
        <Fact name="Left, since the start" value={fullCount(rowsOut)} />
        <Fact name="Batches at which it failed" value={fullCount(failures)} />
        {queue === null ? null : <Fact name="Held bytes" value={shortBytes(queue.bytes)} />}
        <Statistics values={statistics} />
      </FactList>
    );
  }
  const destination = pipeline.destinations.find(ofName);
  return destination === undefined ? null : <DestinationFacts destination={destination} />;
}

function DestinationFacts({ destination }: { destination: Destination }) {
  const { metrics, queue, breaker, deadLetters, lastError, members, statistics, health, rates } =
    destination;
  return (
    <>
      {lastError === null ? null : (
        <div className="rounded-md bg-bad-soft px-3 py-2 text-xs">
          <p className="font-medium">
            Its last failure, <Time value={lastError.time} />
          </p>
          <Value value={lastError.message} />
        </div>
      )}
      <FactList metrics={metrics}>
        <Fact name="Waiting bytes" value={shortBytes(queue.bytes)} />
        <Fact name="Oldest that waits" value={longDuration(queue.oldestAgeMs)} />
        <Fact name="Not for it" value={`${perSecond(rates.skipped)}/s`} />
        {breaker === null ? null : <Fact name="Breaker" value={breaker.replace("_", " ")} />}
        {deadLetters === null ? null : (
          <Fact
            name="Dead letters"
            value={`${fullCount(deadLetters.count)}, ${shortBytes(deadLetters.bytes)}`}
          />
        )}
        <Statistics values={statistics} />
        <Statistics values={health} />
      </FactList>
      {members === undefined ? null : <Members members={members} />}
    </>
  );
}

/** The destinations of a group: which takes rows, and which is left out for now. */
function Members({ members }: { members: NonNullable<Destination["members"]> }) {
  return (
    <div>
      <h3 className="text-xs font-semibold">Members of the group</h3>
      <ul className="mt-1 flex flex-col gap-1 text-xs">
        {members.map(({ name, breaker, inFlight, delivered, failed }) => (
          <li key={name} className="flex flex-wrap gap-x-3 rounded-md border border-line px-2 py-1">
            <span className="min-w-0 font-medium">
              <Name value={name} />
            </span>
            <span className={breaker === "closed" ? "text-good" : "text-bad"}>
              breaker {breaker.replace("_", " ")}
            </span>
            <span className="text-muted">
              {fullCount(delivered)} delivered, {fullCount(failed)} failed, {inFlight} under way
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function FactList({ metrics, children }: { metrics: Metrics; children?: ReactNode }) {
  const { events_processed: processed, events_failed: failed, last_processed_at: last } = metrics;
  return (
    <dl className="grid grid-cols-1 gap-x-6 text-xs sm:grid-cols-2">
      <Fact name="Rows in all" value={fullCount(processed)} />
      <Fact name="Refused or failed" value={fullCount(failed)} />
      <div className="flex justify-between gap-3 border-b border-line py-1">
        <dt className="text-muted">Last row</dt>
        <dd>{last === null ? "none yet" : <Time value={last} />}</dd>
      </div>
      {children}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex justify-between gap-3 border-b border-line py-1">
      <dt className="min-w-0 shrink-0 text-muted">
        <Name value={name} />
      </dt>
      <dd className="min-w-0 text-right font-medium">
        <Name value={value} />
      </dd>
    </div>
  );
}

/** What it counts of itself, in the names of its documentation. */
function Statistics({ values }: { values: Readonly<Record<string, unknown>> }) {
  return Object.entries(values).map(([name, value]) => (
    <Fact
      key={name}
      name={name}
      value={typeof value === "number" ? fullCount(value) : textOf(value)}
    />
  ));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
