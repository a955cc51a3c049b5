import type { AlikeDifference, Difference, DifferencesAnswer } from "#api/contract/trace-views.ts";
import { Link } from "@tanstack/react-router";
import { Button } from "../../components/button.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Name } from "../../components/text.tsx";
import { askDifferences } from "../../lib/api/trace-views.ts";
import { fullCount, percent, shortCount } from "../../lib/format.ts";
import { usePolled } from "../../lib/queries.ts";
import { visibleTitle } from "../../lib/visible-text.ts";
import { findingFigures, findingWords, searchFieldOf } from "./difference-words.ts";
import { differenceParameters, type TracesView } from "./traces-view.ts";

interface DifferencesProps {
  readonly view: TracesView;
  /** Narrows the search to a finding. */
  readonly onNarrow: (terms: readonly { field: string; value: string }[]) => void;
}

/** What sets the selected traces apart from the others that the search finds. Asked once: a selection stands still. */
export function DifferencesPanel({ view, onNarrow }: DifferencesProps) {
  const { q, range, isRoots, box, onlyFailed } = view;
  const { data, error, refetch } = usePolled({
    key: ["trace-views", "differences", q, range, isRoots, box, onlyFailed],
    ask: (cancel) => askDifferences(differenceParameters(view, Date.now()) ?? {}, cancel),
    everyMs: false,
  });
  return (
    <Panel
      title="What sets these apart"
      note={data === undefined ? undefined : <Sides answer={data} />}
    >
      {data === undefined ? (
        error === null ? (
          <Loading rows={5} label="Comparing the traces" />
        ) : (
          <Failure error={error.error} onRetry={() => void refetch()} />
        )
      ) : (
        <Found answer={data} onNarrow={onNarrow} />
      )}
    </Panel>
  );
}

/** How many traces are compared, and how many of them were looked at. */
function Sides({ answer: { selection, baseline } }: { answer: DifferencesAnswer }) {
  const side = ({ traces, tracesSampled }: DifferencesAnswer["selection"]): string =>
    tracesSampled < traces - 0.5
      ? `${fullCount(tracesSampled)} of ${shortCount(traces)}`
      : fullCount(tracesSampled);
  return (
    <>
      {side(selection)} selected traces compared with {side(baseline)} others
    </>
  );
}

function Found({
  answer,
  onNarrow,
}: {
  answer: DifferencesAnswer;
  onNarrow: DifferencesProps["onNarrow"];
}) {
  const { selection, baseline, differences } = answer;
  if (selection.tracesSampled === 0)
    return (
      <Nothing title="Nothing is selected here any more">Draw another box in the heatmap.</Nothing>
    );
  if (baseline.tracesSampled === 0)
    return (
      <Nothing title="There is nothing to compare with">
        Everything that the search finds is selected. A smaller box or a longer time range leaves
        something.
      </Nothing>
    );
  if (differences.length === 0)
    return (
      <Nothing title="Nothing sets these traces apart beyond chance">
        {Math.min(selection.tracesSampled, baseline.tracesSampled) < 20
          ? "There are few traces on one side; a larger box tells more."
          : "Their services, operations, attributes, times, errors and logs are like those of the others."}
      </Nothing>
    );
  return (
    <ol className="divide-y divide-line">
      {differences.map((difference, rank) => (
        <Item key={rank} difference={difference} rank={rank + 1} onNarrow={onNarrow} />
      ))}
    </ol>
  );
}

function Item(props: {
  difference: Difference;
  rank: number;
  onNarrow: DifferencesProps["onNarrow"];
}) {
  const { difference, rank, onNarrow } = props;
  const { alike, examples } = difference;
  const terms = searchFieldOf(difference.finding);
  return (
    <li className="grid gap-x-4 gap-y-1.5 px-3 py-2.5 sm:px-4 md:grid-cols-[minmax(0,1fr)_minmax(13rem,20rem)]">
      <div className="flex min-w-0 gap-2">
        <span aria-hidden="true" className="w-4 shrink-0 text-right text-faint">
          {rank}
        </span>
        <div className="min-w-0">
          <Words difference={difference} isStrong />
          <p className="text-xs text-muted">{findingFigures(difference)}</p>
        </div>
      </div>
      <Shares difference={difference} />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pl-6 text-xs md:col-span-2">
        {terms === undefined ? null : (
          <Button onClick={() => onNarrow(terms)}>Add to the search</Button>
        )}
        {examples.length === 0 ? null : (
          <span className="flex items-center gap-2 text-muted">
            See
            {examples.slice(0, 3).map((traceId) => (
              <Link
                key={traceId}
                to="/traces/$traceId"
                params={{ traceId }}
                aria-label={`Example trace ${traceId.slice(0, 8)}`}
                className="font-mono text-accent hover:underline"
              >
                {traceId.slice(0, 8)}
              </Link>
            ))}
          </span>
        )}
      </div>
      {alike.length === 0 ? null : (
        <details className="pl-6 text-xs md:col-span-2">
          <summary className="w-fit text-muted hover:text-text">
            {alike.length === 1 ? "One more says" : `${alike.length} more say`} the same or follow
            from it
          </summary>
          <ul className="mt-1.5 flex flex-col gap-2">
            {alike.map((one, place) => (
              <li
                key={place}
                className="grid gap-x-4 gap-y-1 md:grid-cols-[minmax(0,1fr)_minmax(13rem,20rem)]"
              >
                <div className="min-w-0">
                  <Words difference={one} />
                  <p className="text-faint">{findingFigures(one)}</p>
                </div>
                <Shares difference={one} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** Names of a finding beyond this are for its tooltip. */
const NAME_WIDTH = "max-w-72";

function Words({
  difference,
  isStrong = false,
}: {
  difference: AlikeDifference;
  isStrong?: boolean;
}) {
  return (
    <p className={`flex flex-wrap items-baseline gap-x-1 ${isStrong ? "" : "text-muted"}`}>
      {findingWords(difference).map((piece, place) =>
        typeof piece === "string" ? (
          <span key={place}>{piece.trim()}</span>
        ) : (
          <Name
            key={place}
            value={piece.name}
            className={`${NAME_WIDTH} ${isStrong ? "font-semibold" : "font-medium text-text"}`}
          />
        ),
      )}
    </p>
  );
}

/** Both shares, one above the other, as bars with their numbers. */
function Shares({ difference: { selection, baseline } }: { difference: AlikeDifference }) {
  return (
    <dl className="grid h-fit grid-cols-[4rem_1fr_3.25rem] items-center gap-x-2 gap-y-0.5 text-xs max-md:pl-6">
      <Share label="Selected" share={selection} className="bg-accent" />
      <Share label="Others" share={baseline} className="bg-line-strong" />
    </dl>
  );
}

function Share(props: { label: string; share: Difference["selection"]; className: string }) {
  const { label, share, className } = props;
  const title = `${fullCount(share.traces)} of ${fullCount(share.of)} traces that could have it`;
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="contents">
        <span aria-hidden="true" className="h-2 min-w-0 rounded-full bg-sunken" title={title}>
          <span
            className={`block h-full rounded-full ${className}`}
            style={{ width: `${100 * share.share}%`, minWidth: share.traces > 0 ? 2 : 0 }}
          />
        </span>
        <span className="text-right" title={visibleTitle(title)}>
          {percent(share.share)}
        </span>
      </dd>
    </>
  );
}
