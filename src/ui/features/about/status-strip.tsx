import type { AboutAnswer } from "#api/contract/status.ts";
import type { ReactNode } from "react";
import { WarnIcon } from "../../components/icons.tsx";
import { Name } from "../../components/text.tsx";
import { longDuration, shortBytes } from "../../lib/format.ts";
import { useAbout } from "../../lib/queries.ts";
import { fullTime } from "../../lib/time.ts";
import { useReadiness } from "./readiness.ts";

const STORES: Readonly<Record<AboutAnswer["store"]["kind"], string>> = {
  embedded: "ClickHouse, embedded",
  remote: "ClickHouse server",
};

/** What is running: version, uptime, store, receivers, and what is not in order. */
export function StatusStrip() {
  const { data } = useAbout();
  if (data === undefined) return null;
  const { version, startTime, uptimeMs, store, receivers } = data;
  return (
    <>
      <dl className="flex flex-wrap items-center gap-x-5 gap-y-1 text-xs">
        <Fact name="Version">{version}</Fact>
        <Fact name="Up">
          <time dateTime={startTime} title={`since ${fullTime(startTime)}`}>
            {longDuration(uptimeMs)}
          </time>
        </Fact>
        <Fact name="Store">{STORES[store.kind]}</Fact>
        {store.bytes === null ? null : <Fact name="On disk">{shortBytes(store.bytes)}</Fact>}
        <Fact name="Receivers">
          {receivers.length === 0
            ? "none"
            : `${receivers.filter(({ state }) => state === "running").length} of ${receivers.length} running`}
        </Fact>
      </dl>
      <Troubles receivers={receivers} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-faint">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}

/** Every check and receiver that is not in order, in its own words. */
function Troubles({ receivers }: { receivers: AboutAnswer["receivers"] }) {
  const ready = useReadiness();
  const lines = [
    ...(ready.data?.checks ?? [])
      .filter((check) => !check.ready)
      .map(({ name, message }) => `${name}: ${message}`),
    ...receivers
      .filter(({ state }) => state === "failed" || state === "stopped")
      .map(({ type, address, state }) => `receiver ${type} ${address ?? ""} has ${state}`),
  ];
  if (lines.length === 0) return null;
  return (
    <ul className="flex w-full flex-col gap-1 rounded-md bg-warn-soft px-3 py-2 text-xs">
      {lines.map((line) => (
        <li key={line} className="flex items-center gap-2">
          <WarnIcon className="size-3.5 text-warn" />
          <Name value={line} />
        </li>
      ))}
    </ul>
  );
}
