import type { KeptRows, RetentionAnswer } from "#api/contract/settings.ts";
import { CopyButton } from "../../components/button.tsx";
import { WarnIcon } from "../../components/icons.tsx";
import { Failure, Loading } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Head } from "../../components/table.tsx";
import { askRetention } from "../../lib/api/settings.ts";
import { longDuration, shortBytes, shortCount } from "../../lib/format.ts";
import { usePolled } from "../../lib/queries.ts";
import { daysUntilFull, keptDays } from "./disk-outlook.ts";

const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;

const TITLES: Readonly<Record<KeptRows["kept"], string>> = {
  traces: "Spans",
  logs: "Log records",
  metrics: "Metric points",
  aggregates: "Per-minute figures",
};

/** How long rows are kept, and the room that this takes now and will take. */
export function Retention({ file }: { file: string | null }) {
  const { data, error, refetch } = usePolled({
    key: ["retention"],
    ask: askRetention,
    everyMs: EVERY_MS,
  });
  return (
    <Panel title="Retention" note="What is kept, and the room it will need">
      {data === undefined && error !== null ? (
        <Failure error={error.error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading rows={4} label="The room that rows take is asked for" />
      ) : (
        <>
          <KeptTable kept={data.data} />
          <Outlook retention={data} />
          <HowToChange file={file} kept={data.data} />
        </>
      )}
    </Panel>
  );
}

function KeptTable({ kept }: { kept: readonly KeptRows[] }) {
  return (
    <div
      className="overflow-x-auto"
      role="region"
      aria-label="Retention of each signal"
      tabIndex={0}
    >
      <table className="w-full min-w-[40rem]">
        <thead>
          <tr className="border-b border-line">
            <Head className="pl-3 sm:pl-4">What</Head>
            <Head className="text-right">Kept for</Head>
            <Head className="text-right">Rows now</Head>
            <Head className="text-right">On disk now</Head>
            <Head className="text-right">A day takes</Head>
            <Head className="text-right">Seen</Head>
            <Head className="pr-3 text-right sm:pr-4">Will need</Head>
          </tr>
        </thead>
        <tbody>
          {kept.map((one) => (
            <tr key={one.kept} className="border-b border-line last:border-0">
              <th scope="row" className="py-1.5 pr-2 pl-3 text-left font-medium sm:pl-4">
                {TITLES[one.kept]}
              </th>
              <td className="px-2 text-right whitespace-nowrap">{keptDays(one.days)}</td>
              <td className="px-2 text-right">{shortCount(one.rows)}</td>
              <td className="px-2 text-right">{shortBytes(one.bytes)}</td>
              <td className="px-2 text-right">
                {one.bytesPerDay === null ? "–" : shortBytes(one.bytesPerDay)}
              </td>
              <td className="px-2 text-right whitespace-nowrap text-muted">{seenWords(one)}</td>
              <td className="py-1.5 pr-3 pl-2 text-right font-medium sm:pr-4">
                {one.predictedBytes === null ? "–" : shortBytes(one.predictedBytes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The prediction is worth what it rests on: it says on how much. */
function seenWords({ daysSeen }: KeptRows): string {
  if (daysSeen === 0) return "nothing yet";
  return daysSeen < 1 ? `only ${longDuration(daysSeen * DAY_MS)}` : `${daysSeen.toFixed(1)} days`;
}

function Outlook({ retention }: { retention: RetentionAnswer }) {
  const { data, otherBytes, disk } = retention;
  const now = data.reduce((sum, { bytes }) => sum + bytes, otherBytes);
  const full = daysUntilFull(retention);
  const young = data.some(({ daysSeen, bytes }) => bytes > 0 && daysSeen < 1);
  return (
    <div className="flex flex-col gap-1.5 border-t border-line px-3 py-2.5 text-xs text-muted sm:px-4">
      {disk === null ? (
        <p>{shortBytes(now)} are stored. How much room that server has is not known here.</p>
      ) : (
        <DiskBar usedBytes={now} freeBytes={disk.freeBytes} totalBytes={disk.totalBytes} />
      )}
      {full === undefined ? null : (
        <p className="flex items-center gap-1.5 font-medium text-warn">
          <WarnIcon className="size-3.5" />
          At this pace the disk is full in about{" "}
          {full < 1 ? "less than a day" : `${Math.floor(full)} days`}: keep rows for less time, or
          make room.
        </p>
      )}
      <p>
        What a day takes is the average of the days that were seen, seven at most.{" "}
        {young
          ? "Less than a day was seen of some, so that their figures are extrapolated: take them as a first guess. "
          : ""}
        Fresh rows take somewhat more than old ones, whose parts are merged.
      </p>
    </div>
  );
}

function DiskBar(props: { usedBytes: number; freeBytes: number; totalBytes: number }) {
  const { usedBytes, freeBytes, totalBytes } = props;
  const others = Math.max(0, totalBytes - freeBytes - usedBytes);
  const share = (bytes: number): string => `${((bytes / totalBytes) * 100).toFixed(2)}%`;
  return (
    <>
      <div
        aria-hidden="true"
        className="flex h-2 overflow-hidden rounded-full bg-sunken ring-1 ring-line"
      >
        <div className="min-w-0.5 bg-accent" style={{ width: share(usedBytes) }} />
        <div className="bg-line-strong/50" style={{ width: share(others) }} />
      </div>
      <p>
        <strong className="font-semibold text-text">{shortBytes(usedBytes)}</strong> are stored;{" "}
        <strong className="font-semibold text-text">{shortBytes(freeBytes)}</strong> of the disk's{" "}
        {shortBytes(totalBytes)} are free, and {shortBytes(others)} are taken by other things.
      </p>
    </>
  );
}

/** Retention is set in the configuration file: a page must not say that it has done it. */
function HowToChange({ file, kept }: { file: string | null; kept: readonly KeptRows[] }) {
  const text = [
    "retention:",
    ...kept.map(({ kept: name, days }) => `  ${name}: ${days === null ? '"off"' : String(days)}`),
  ].join("\n");
  return (
    <div className="border-t border-line px-3 py-2.5 text-xs sm:px-4">
      <p className="text-muted">
        It is set in {file === null ? "a file sightglass.yaml in the folder of the server" : file},
        in days or <code>"off"</code>, and holds from the next start on:
      </p>
      <div className="mt-1.5 flex items-start gap-2 rounded-md bg-sunken py-2 pr-1 pl-3">
        <pre
          className="min-w-0 flex-1 overflow-x-auto font-mono"
          tabIndex={0}
          aria-label="Retention as it is written"
        >
          {text}
        </pre>
        <CopyButton text={text} label="Copy" />
      </div>
    </div>
  );
}
