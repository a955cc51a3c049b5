import type { AboutAnswer } from "#api/contract/status.ts";
import type { ReactNode } from "react";
import { CheckIcon, ErrorIcon, WarnIcon } from "../../components/icons.tsx";
import { Panel } from "../../components/panel.tsx";
import { Head } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { duration, fullCount, longDuration, shortBytes, shortCount } from "../../lib/format.ts";
import { fullTime } from "../../lib/time.ts";
import { useReadiness } from "./readiness.ts";

/** A name and what it is, line by line. */
function Facts({ children }: { children: ReactNode }) {
  return <dl className="px-3 py-1.5 text-xs sm:px-4">{children}</dl>;
}

function Fact({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-4 border-b border-line py-1.5 last:border-0">
      <dt className="text-muted">
        {name}
        {note === undefined ? null : <span className="block text-2xs text-faint">{note}</span>}
      </dt>
      <dd className="min-w-0 text-right font-medium">{children}</dd>
    </div>
  );
}

/** What runs: the versions, and since when. */
export function Versions({ about }: { about: AboutAnswer }) {
  const { version, node, platform, store, startTime, uptimeMs } = about;
  return (
    <Panel title="Versions">
      <Facts>
        <Fact name="Sightglass">{version}</Fact>
        <Fact
          name="ClickHouse"
          note={store.kind === "embedded" ? "Embedded in this process" : "A server of its own"}
        >
          {store.version ?? "not known"}
        </Fact>
        <Fact name="Node.js">{node}</Fact>
        <Fact name="Machine">{platform}</Fact>
        <Fact name="Runs for">
          <time dateTime={startTime} title={`since ${fullTime(startTime)}`}>
            {longDuration(uptimeMs)}
          </time>
        </Fact>
      </Facts>
      <p className="border-t border-line px-3 py-2 text-xs text-muted sm:px-4">
        Apache License 2.0. The API is described at{" "}
        <a href="/api/docs" className="text-accent underline">
          /api/docs
        </a>
        , and its own metrics are at <code>/metrics</code>.
      </p>
    </Panel>
  );
}

/** What Sightglass itself takes of the machine. */
export function Footprint({ about: { process } }: { about: AboutAnswer }) {
  const { rssBytes, heapUsedBytes, heapBytes, externalBytes, cpuSeconds, cpuShare } = process;
  return (
    <Panel title="Footprint" note={`Process ${process.pid}`}>
      <Facts>
        <Fact name="Memory" note="Of the whole process, the embedded engine included">
          {shortBytes(rssBytes)}
        </Fact>
        <Fact name="Heap of JavaScript">
          {shortBytes(heapUsedBytes)} of {shortBytes(heapBytes)}
        </Fact>
        <Fact name="Buffers beside the heap">{shortBytes(externalBytes)}</Fact>
        <Fact name="Processor" note="Over the last seconds; 100 % is one whole core">
          {cpuShare === null
            ? "measuring"
            : `${(cpuShare * 100).toFixed(cpuShare < 0.1 ? 1 : 0)} %`}
        </Fact>
        <Fact name="Processor time">{longDuration(cpuSeconds * 1_000)}</Fact>
        <Fact name="Threads">{known(process.threads)}</Fact>
        <Fact name="Open files">{known(process.openFiles)}</Fact>
      </Facts>
    </Panel>
  );
}

function known(count: number | null): string {
  return count === null ? "not known here" : fullCount(count);
}

/** Whether what is acknowledged can be found: a known span is sent and looked for, again and again. */
export function ProbePanel({ about: { probe } }: { about: AboutAnswer }) {
  const ready = useReadiness();
  const checks = (ready.data?.checks ?? []).filter(({ name }) => name !== "probe");
  return (
    <Panel title="Probe and readiness">
      <Facts>
        {probe === null ? (
          <Fact name="Probe">switched off</Fact>
        ) : (
          <>
            <Fact name="Lag" note="From acknowledged to found by a query">
              {probe.lagMs === null ? "not measured yet" : duration(probe.lagMs)}
            </Fact>
            <Fact name="Lost" note="Acknowledged, and never found">
              <span className={probe.lost > 0 ? "text-bad" : "text-good"}>
                {probe.lost === 0 ? "none" : fullCount(probe.lost)}
              </span>
            </Fact>
            <Fact name="Looked for now">{fullCount(probe.waiting)}</Fact>
          </>
        )}
        {checks.map(({ name, ready: isReady, message }) => (
          <Fact key={name} name={name}>
            <span
              className={`flex items-center justify-end gap-1 ${isReady ? "text-good" : "text-warn"}`}
            >
              {isReady ? <CheckIcon className="size-3" /> : <WarnIcon className="size-3" />}
              <Name value={message === "" ? "ok" : message} />
            </span>
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

/** Where telemetry comes in. */
export function Receivers({ about: { receivers } }: { about: AboutAnswer }) {
  return (
    <Panel title="Receivers">
      <Facts>
        {receivers.map(({ type, address, state }) => (
          <div
            key={`${type} ${address}`}
            className="flex items-center justify-between gap-3 border-b border-line py-1.5 last:border-0"
          >
            <dt className="min-w-0 font-medium">
              <Name value={type} />
            </dt>
            <dd className="flex min-w-0 items-center gap-2">
              {address === null ? null : (
                <code className="min-w-0 text-muted">
                  <Name value={address} />
                </code>
              )}
              <State state={state} />
            </dd>
          </div>
        ))}
      </Facts>
    </Panel>
  );
}

function State({ state }: { state: AboutAnswer["receivers"][number]["state"] }) {
  const isWell = state === "running";
  const Icon = isWell ? CheckIcon : ErrorIcon;
  return (
    <span className={`flex shrink-0 items-center gap-1 ${isWell ? "text-good" : "text-warn"}`}>
      <Icon className="size-3" />
      {state}
    </span>
  );
}

/** The tables of the store, and what each takes. */
export function StorePanel({ about: { store } }: { about: AboutAnswer }) {
  const { kind, bytes, tables } = store;
  const most = Math.max(1, ...tables.map((one) => one.bytes));
  return (
    <Panel
      title="Store"
      note={`ClickHouse, ${kind}${bytes === null ? "" : `; ${shortBytes(bytes)} in all`}`}
    >
      {tables.length === 0 ? (
        <p className="px-3 py-2.5 text-xs text-muted sm:px-4">
          {bytes === null ? "The store cannot be asked at the moment." : "There are no rows yet."}
        </p>
      ) : (
        <div
          className="overflow-x-auto"
          role="region"
          aria-label="Tables of the store"
          tabIndex={0}
        >
          <table className="w-full text-xs">
            <thead>
              <tr className="border-b border-line">
                <Head className="pl-3 sm:pl-4">Table</Head>
                <Head className="text-right">Rows</Head>
                <Head className="text-right">Bytes</Head>
                <Head className="pr-3 text-right sm:pr-4">A row</Head>
              </tr>
            </thead>
            <tbody>
              {tables.map((one) => (
                <tr key={one.table} className="border-b border-line last:border-0">
                  <th
                    scope="row"
                    className="py-1 pr-2 pl-3 text-left font-mono font-normal sm:pl-4"
                  >
                    {one.table}
                    <span
                      aria-hidden="true"
                      className="mt-0.5 block h-0.5 rounded-full bg-accent"
                      style={{ width: `${Math.max(1, (one.bytes / most) * 100)}%` }}
                    />
                  </th>
                  <td className="px-2 text-right">{shortCount(one.rows)}</td>
                  <td className="px-2 text-right">{shortBytes(one.bytes)}</td>
                  <td className="py-1 pr-3 pl-2 text-right text-muted sm:pr-4">
                    {one.rows === 0 ? "–" : `${(one.bytes / one.rows).toFixed(1)} B`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
