import type { ServiceResource } from "#api/contract/services.ts";
import { useId, useState } from "react";
import { ChevronIcon } from "../../components/icons.tsx";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { Head } from "../../components/table.tsx";
import { Name, Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { fullCount, shortCount } from "../../lib/format.ts";
import { valueText } from "../../lib/log-text.ts";
import { rangeWords, type TimeRange } from "../../lib/time-range.ts";
import { factsOf } from "./resource-facts.ts";
import { useServiceResources } from "./use-service.ts";

/** The instances of a service: what each is, how much it sent, and all that it says of itself. */
export function Resources({ service, range }: { service: string; range: TimeRange }) {
  const { data, error, refetch } = useServiceResources(service, range);
  if (data === undefined)
    return (
      <Unanswered error={error} onRetry={() => void refetch()} label="Asking for the resources" />
    );
  if (data.data.length === 0)
    return <Nothing title={`This service sent nothing in the ${rangeWords(range)}`} />;
  return (
    <>
      <table className="w-full table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head className="pl-3 sm:pl-4">Instance</Head>
            <Head className="w-24 sm:w-32">Version</Head>
            <Head className="w-32 max-lg:hidden">Environment</Head>
            <Head className="w-40 max-md:hidden">Place</Head>
            <Head className="w-24 max-xl:hidden">Language</Head>
            <Head className="w-20 text-right max-sm:pr-3">Spans</Head>
            <Head className="w-32 max-sm:hidden">First span</Head>
            <Head className="w-32 pr-3 max-sm:hidden sm:pr-4">Last span</Head>
          </tr>
        </thead>
        <tbody>
          {data.data.map((resource) => (
            <ResourceRow key={resource.resourceId} resource={resource} />
          ))}
        </tbody>
      </table>
      <p className="border-t border-line px-3 py-2 text-xs text-faint sm:px-4">
        {data.truncated ? `The newest ${fullCount(data.data.length)} of more. ` : ""}
        Spans are counted from <Time value={data.spansFrom} /> on.
      </p>
    </>
  );
}

const COLUMNS = 8;

function ResourceRow({ resource }: { resource: ServiceResource }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { name, version, environment, place, language } = factsOf(resource);
  const cell = "min-w-0 px-2";
  return (
    <>
      <tr className="relative h-9 border-b border-line hover:bg-hover">
        <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
          <button
            type="button"
            aria-expanded={isOpen}
            {...(isOpen ? { "aria-controls": id } : {})}
            onClick={() => setOpen(!isOpen)}
            className="flex w-full min-w-0 items-center gap-1.5 text-left outline-offset-[-2px] after:absolute after:inset-0"
          >
            <ChevronIcon className={`size-3 text-faint ${isOpen ? "rotate-90" : ""}`} />
            <Name value={name} />
          </button>
        </th>
        <td className={cell}>
          <Fact value={version} />
        </td>
        <td className={`${cell} max-lg:hidden`}>
          <Fact value={environment} />
        </td>
        <td className={`${cell} max-md:hidden`}>
          <Fact value={place} />
        </td>
        <td className={`${cell} max-xl:hidden`}>
          <Fact value={language} />
        </td>
        <td title={fullCount(resource.spans)} className="px-2 text-right max-sm:pr-3">
          {shortCount(resource.spans)}
        </td>
        <td className={`${cell} text-muted max-sm:hidden`}>
          <Seen time={resource.firstSpan} />
        </td>
        <td className={`${cell} pr-3 text-muted max-sm:hidden sm:pr-4`}>
          <Seen time={resource.lastSpan} />
        </td>
      </tr>
      {isOpen ? (
        <tr id={id} className="border-b border-line bg-sunken">
          <td colSpan={COLUMNS} className="px-3 py-2 sm:px-4">
            <Details resource={resource} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

function Fact({ value }: { value: string }) {
  return value === "" ? <span className="text-faint">–</span> : <Name value={value} />;
}

function Seen({ time }: { time: string | null }) {
  return time === null ? <span className="text-faint">–</span> : <Time value={time} />;
}

/** Everything that the resource says of itself. */
function Details({ resource }: { resource: ServiceResource }) {
  const keys = Object.keys(resource.attributes).toSorted();
  return (
    <>
      <dl className="grid gap-x-6 gap-y-1 font-mono text-xs sm:grid-cols-2 xl:grid-cols-3">
        {keys.map((key) => (
          <div key={key} className="flex min-w-0 gap-2">
            <dt className="max-w-[50%] shrink-0 text-muted">
              <Name value={key} />
            </dt>
            <dd className="min-w-0">
              <Value value={valueText(resource.attributes[key]!)} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-xs text-faint">
        Sent from {resource.firstDay} to {resource.lastDay}
      </p>
    </>
  );
}
