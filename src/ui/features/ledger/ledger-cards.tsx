import { useQueryClient } from "@tanstack/react-query";
import { Sparkline } from "../../charts/sparkline.tsx";
import { WarnIcon } from "../../components/icons.tsx";
import { Failure } from "../../components/notice.tsx";
import { askLedger } from "../../lib/api/status.ts";
import { fullCount, perSecond, shortCount } from "../../lib/format.ts";
import { POLL_MS, usePolled } from "../../lib/queries.ts";
import {
  rateNow,
  rates,
  SAMPLES_MAX,
  withSample,
  type LedgerSample,
  type Signal,
} from "./ledger-history.ts";

const KEY = ["ledger"];

/** The samples stay in the query cache, so that a visit to a trace does not lose the last minutes. */
function useLedgerHistory() {
  const queries = useQueryClient();
  return usePolled<readonly LedgerSample[]>({
    key: KEY,
    ask: async (cancel) => {
      const ledger = await askLedger(cancel);
      const before = queries.getQueryData<readonly LedgerSample[]>(KEY) ?? [];
      return withSample(before, { atMs: performance.now(), ledger });
    },
    everyMs: POLL_MS.ledger,
  });
}

const SIGNALS: readonly { signal: Signal; title: string; unit: string }[] = [
  { signal: "traces", title: "Traces", unit: "spans/s" },
  { signal: "logs", title: "Logs", unit: "records/s" },
  { signal: "metrics", title: "Metrics", unit: "points/s" },
];

/** What came in, signal by signal: `accepted = stored + in flight + dropped`, always. */
export function LedgerCards() {
  const { data, error, refetch } = useLedgerHistory();
  if (data === undefined && error !== null) {
    return (
      <div className="rounded-lg border border-line bg-surface">
        <Failure error={error.error} onRetry={() => void refetch()} />
      </div>
    );
  }
  return (
    <section aria-label="Ledger" className="grid gap-3 md:grid-cols-3">
      {SIGNALS.map((signal) => (
        <LedgerCard key={signal.signal} {...signal} history={data ?? []} />
      ))}
    </section>
  );
}

function LedgerCard(props: {
  signal: Signal;
  title: string;
  unit: string;
  history: readonly LedgerSample[];
}) {
  const { signal, title, unit, history } = props;
  const accepted = rates(history, signal, "accepted");
  const entry = history.at(-1)?.ledger.inAll[signal];
  const rate = rateNow(accepted);
  return (
    <article className="grid min-w-0 grid-cols-[auto_1fr] rounded-lg border border-line bg-surface">
      <div className="px-3 pt-2.5 pb-2 sm:px-4">
        <h2 className="text-xs font-medium text-muted">{title}</h2>
        <p className="mt-0.5 min-w-28 whitespace-nowrap">
          <span className="text-2xl font-semibold tracking-tight">
            {accepted.length === 0 ? "–" : perSecond(rate)}
          </span>
          <span className="ml-1 text-xs text-muted">{unit}</span>
        </p>
      </div>
      <div
        title={`Accepted ${unit.replace("/s", "")} a second, last two minutes; at most ${perSecond(Math.max(0, ...accepted))}`}
        className="self-end px-3 pb-2.5 sm:px-4"
      >
        <Sparkline values={accepted} places={SAMPLES_MAX - 1} />
      </div>
      <dl className="col-span-2 grid grid-cols-4 border-t border-line text-xs">
        <Count name="Accepted" value={entry?.accepted} rate={rate} />
        <Count
          name="Stored"
          value={entry?.stored}
          rate={rateNow(rates(history, signal, "stored"))}
        />
        <Count name="In flight" value={entry?.inFlight} />
        <Count
          name="Dropped"
          value={entry?.dropped}
          rate={rateNow(rates(history, signal, "dropped"))}
          alarming
        />
      </dl>
    </article>
  );
}

function Count(props: {
  name: string;
  value: number | undefined;
  rate?: number;
  alarming?: boolean;
}) {
  const { name, value, rate, alarming = false } = props;
  const alarm = alarming && (value ?? 0) > 0;
  return (
    <div
      title={value === undefined ? "" : `${fullCount(value)} ${name.toLowerCase()}, ever`}
      className="min-w-0 border-l border-line px-2 py-2 first:border-l-0 first:pl-3 sm:first:pl-4 xl:px-3"
    >
      <dt className="truncate text-faint">{name}</dt>
      <dd className={`flex items-center gap-1 font-medium ${alarm ? "text-bad" : ""}`}>
        {alarm ? <WarnIcon className="size-3.5" /> : null}
        {value === undefined ? "–" : shortCount(value)}
      </dd>
      <dd className="truncate text-2xs text-faint">
        {rate === undefined ? "now" : `${perSecond(rate)}/s`}
      </dd>
    </div>
  );
}
