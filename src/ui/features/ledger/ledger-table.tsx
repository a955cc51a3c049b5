import type { LedgerAnswer } from "#api/contract/status.ts";
import { Failure, Loading } from "../../components/notice.tsx";
import { CheckIcon, WarnIcon } from "../../components/icons.tsx";
import { Panel } from "../../components/panel.tsx";
import { Head } from "../../components/table.tsx";
import { askLedger } from "../../lib/api/status.ts";
import { fullCount } from "../../lib/format.ts";
import { POLL_MS, usePolled } from "../../lib/queries.ts";

const SIGNALS = [
  { signal: "traces", title: "Spans" },
  { signal: "logs", title: "Log records" },
  { signal: "metrics", title: "Metric points" },
] as const;

const SINCE = [
  { key: "inAll", title: "since the data folder was made" },
  { key: "sinceStart", title: "since this start" },
] as const;

/** What became of every acknowledged row, to the last one. */
export function LedgerTable() {
  const { data, error, refetch } = usePolled({
    key: ["ledger", "table"],
    ask: askLedger,
    everyMs: POLL_MS.ledger,
  });
  return (
    <Panel title="Ledger" note="accepted = stored + in flight + dropped, always">
      {data === undefined && error !== null ? (
        <Failure error={error.error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading rows={4} label="The ledger is asked for" />
      ) : (
        <Counts ledger={data} />
      )}
    </Panel>
  );
}

function Counts({ ledger }: { ledger: LedgerAnswer }) {
  return (
    <div className="overflow-x-auto" role="region" aria-label="Counts of the ledger" tabIndex={0}>
      <table className="w-full min-w-[36rem] text-xs">
        <thead>
          <tr className="border-b border-line">
            <Head className="pl-3 sm:pl-4">Rows</Head>
            <Head className="text-right">Accepted</Head>
            <Head className="text-right">Stored</Head>
            <Head className="text-right">In flight</Head>
            <Head className="text-right">Dropped</Head>
            <Head className="pr-3 text-right sm:pr-4">Adds up</Head>
          </tr>
        </thead>
        {SINCE.map(({ key, title }) => (
          <tbody key={key}>
            <tr>
              <th
                scope="rowgroup"
                colSpan={6}
                className="px-3 pt-2 pb-0.5 text-left font-medium text-faint sm:px-4"
              >
                {title}
              </th>
            </tr>
            {SIGNALS.map(({ signal, title: name }) => (
              <Row key={signal} name={name} entry={ledger[key][signal]} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Row({ name, entry }: { name: string; entry: LedgerAnswer["inAll"]["logs"] }) {
  const { accepted, stored, inFlight, dropped } = entry;
  const isWhole = accepted === stored + inFlight + dropped;
  return (
    <tr className="border-b border-line last:border-0">
      <th scope="row" className="py-1 pr-2 pl-3 text-left font-medium sm:pl-4">
        {name}
      </th>
      <td className="px-2 text-right">{fullCount(accepted)}</td>
      <td className="px-2 text-right">{fullCount(stored)}</td>
      <td className="px-2 text-right">{fullCount(inFlight)}</td>
      <td className={`px-2 text-right ${dropped > 0 ? "font-semibold text-bad" : ""}`}>
        {fullCount(dropped)}
      </td>
      <td className="py-1 pr-3 pl-2 sm:pr-4">
        <span
          className={`flex items-center justify-end gap-1 ${isWhole ? "text-good" : "text-bad"}`}
        >
          {isWhole ? <CheckIcon className="size-3" /> : <WarnIcon className="size-3" />}
          {isWhole ? "yes" : "no"}
        </span>
      </td>
    </tr>
  );
}
