import { Failure, Loading } from "../components/notice.tsx";
import { LedgerTable } from "../features/ledger/ledger-table.tsx";
import {
  Footprint,
  ProbePanel,
  Receivers,
  StorePanel,
  Versions,
} from "../features/about/about-panels.tsx";
import { useAbout } from "../lib/queries.ts";

/** `/about`: what this Sightglass is, what it takes, and proof that nothing is lost. */
export function AboutPage() {
  const { data, error, refetch } = useAbout();
  return (
    <div className="mx-auto w-full max-w-[96rem] px-3 py-4 sm:px-5">
      <h1 className="text-lg font-semibold tracking-tight">About this Sightglass</h1>
      <div className="mt-3 flex flex-col gap-3">
        <LedgerTable />
        {data === undefined && error !== null ? (
          <Failure error={error.error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Loading rows={8} label="The server is asked about itself" />
        ) : (
          <div className="grid items-start gap-3 md:grid-cols-2 xl:grid-cols-3">
            <Versions about={data} />
            <Footprint about={data} />
            <ProbePanel about={data} />
            <div className="min-w-0 xl:col-span-2">
              <StorePanel about={data} />
            </div>
            <Receivers about={data} />
          </div>
        )}
      </div>
    </div>
  );
}
