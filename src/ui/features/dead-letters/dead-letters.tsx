import type { PipelinesAnswer } from "#api/contract/pipelines.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { ConfirmDialog } from "../../components/confirm-dialog.tsx";
import { Failure, Nothing, Unanswered } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Head } from "../../components/table.tsx";
import { Name, Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { useAddressState } from "../../lib/address-state.ts";
import {
  askDeadLetter,
  askDeadLetters,
  type DeadLetter,
  deleteDeadLetter,
  type Replay,
  replayDeadLetter,
  replayDeadLetters,
} from "../../lib/api/dead-letters.ts";
import { type ApiError, ApiFailure } from "../../lib/api/request.ts";
import { fullCount } from "../../lib/format.ts";
import { usePolled } from "../../lib/queries.ts";

const PAGE = 100;
const EVERY_MS = 10_000;

/** View state of the dead letters, which stands in the address. */
export interface DeadLetterSearch {
  readonly destination?: string | undefined;
  readonly letter?: string | undefined;
  readonly after?: string | undefined;
  /** What the letters of the page are filtered by. */
  readonly text?: string | undefined;
}

/** Rows that destinations will not take: seen, sent again, or deleted for good. */
export function DeadLetters(props: {
  pipelines: PipelinesAnswer["data"];
  search: DeadLetterSearch;
  onChange: (part: DeadLetterSearch) => void;
}) {
  const { pipelines, search, onChange } = props;
  const { destination, letter, after } = search;
  const [text, setText] = useAddressState(search.text ?? "", (next) =>
    onChange({ text: next === "" ? undefined : next }),
  );
  const [asking, setAsking] = useState(false);
  const work = useWork();
  const { data, error, refetch } = usePolled({
    key: ["dead-letters", destination, after],
    ask: (cancel) => askDeadLetters({ destination, cursor: after, limit: PAGE }, cancel),
    everyMs: EVERY_MS,
    keepPrevious: true,
  });
  const counts = countsOf(pipelines);
  const shown = (data?.data ?? []).filter((one) => hasText(one, text));
  return (
    <div className="grid items-start gap-3 xl:grid-cols-[3fr_2fr]">
      <Panel
        title="Dead letters"
        note={`${fullCount(counts.reduce((sum, [, count]) => sum + count, 0))} rows that destinations will not take`}
        actions={
          <Filters
            {...{ counts, destination, text }}
            onText={(next) => setText(() => next)}
            onDestination={(name) =>
              onChange({ destination: name, after: undefined, letter: undefined })
            }
            onReplayAll={() => setAsking(true)}
          />
        }
      >
        {work.outcome === undefined ? null : <Outcome {...work.outcome} />}
        {work.error === undefined ? null : <Failure error={work.error} />}
        {data === undefined ? (
          <Unanswered
            error={error}
            onRetry={() => void refetch()}
            label="Dead letters are asked for"
            rows={5}
          />
        ) : data.data.length === 0 ? (
          <Nothing title="There are no dead letters">
            A row that a destination refuses for good comes here with the reason, and nothing of it
            is lost.
          </Nothing>
        ) : shown.length === 0 ? (
          <Nothing title="None on this page has this text">
            {data.nextCursor === null ? null : "There are more on the next page."}
          </Nothing>
        ) : (
          <LetterTable
            letters={shown}
            chosen={letter}
            onChoose={(id) => onChange({ letter: id })}
          />
        )}
        <Pages
          after={after}
          next={data?.nextCursor ?? null}
          onPage={(cursor) => onChange({ after: cursor, letter: undefined })}
        />
      </Panel>
      {letter === undefined ? null : (
        <Letter
          id={letter}
          isBusy={work.isBusy}
          onReplay={() =>
            work.run(async () => {
              const outcome = await replayDeadLetter(letter, NEVER);
              // What was taken is deleted: there is nothing left to show.
              if (outcome.failed.length === 0) onChange({ letter: undefined });
              return outcome;
            })
          }
          onDelete={() =>
            work.run(async () => {
              await deleteDeadLetter(letter, NEVER);
              onChange({ letter: undefined });
            })
          }
          onClose={() => onChange({ letter: undefined })}
        />
      )}
      {asking && destination !== undefined ? (
        <ConfirmDialog
          title={`Send the dead letters of ${destination} again?`}
          action="Send again"
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void work.run(() => replayDeadLetters({ destination }, NEVER));
          }}
        >
          <p>
            Each is sent by itself, the oldest first. Those that are taken are deleted; it ends when
            ten in a row are not.
          </p>
        </ConfirmDialog>
      ) : null}
    </div>
  );
}

/** What is under way is not broken off when the page is left. */
const NEVER = new AbortController().signal;

interface Work {
  readonly isBusy: boolean;
  readonly outcome: Replay | undefined;
  readonly error: ApiError | undefined;
  run(work: () => Promise<Replay | void>): Promise<void>;
}

/** Does one thing after the other, and tells what came of the last. */
function useWork(): Work {
  const queries = useQueryClient();
  const [state, setState] = useState<Omit<Work, "run">>({
    isBusy: false,
    outcome: undefined,
    error: undefined,
  });
  const run = async (work: () => Promise<Replay | void>): Promise<void> => {
    setState({ isBusy: true, outcome: undefined, error: undefined });
    try {
      const outcome = await work();
      setState({ isBusy: false, outcome: outcome ?? undefined, error: undefined });
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure)) throw thrown;
      setState({ isBusy: false, outcome: undefined, error: thrown.error });
    }
    await queries.invalidateQueries({ queryKey: ["dead-letters"] });
    await queries.invalidateQueries({ queryKey: ["pipelines"] });
  };
  return { ...state, run };
}

function countsOf(pipelines: PipelinesAnswer["data"]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { name, deadLetters } of pipelines.flatMap(({ destinations }) => destinations))
    if (deadLetters !== null) counts.set(name, (counts.get(name) ?? 0) + deadLetters.count);
  return [...counts];
}

function hasText({ reason, destination, id }: DeadLetter, text: string): boolean {
  const wanted = text.toLowerCase();
  return [reason, destination, id].some((one) => one.toLowerCase().includes(wanted));
}

const FIELD =
  "h-7 rounded-md border border-line bg-surface px-1.5 text-xs text-text hover:border-line-strong";

function Filters(props: {
  counts: readonly (readonly [string, number])[];
  destination: string | undefined;
  text: string;
  onText: (text: string) => void;
  onDestination: (name: string | undefined) => void;
  onReplayAll: () => void;
}) {
  const { counts, destination, text, onText, onDestination, onReplayAll } = props;
  return (
    <>
      <input
        type="search"
        aria-label="Filter by reason"
        placeholder="Reason"
        value={text}
        onChange={(event) => onText(event.target.value)}
        className={`${FIELD} w-32`}
      />
      <select
        aria-label="Destination"
        value={destination ?? ""}
        onChange={(event) => onDestination(event.target.value || undefined)}
        className={`${FIELD} max-w-48`}
      >
        <option value="">All destinations</option>
        {counts.map(([name, count]) => (
          <option key={name} value={name}>
            {name.slice(0, 60)} ({fullCount(count)})
          </option>
        ))}
      </select>
      <Button
        disabled={destination === undefined}
        title={destination === undefined ? "Choose a destination first" : undefined}
        onClick={onReplayAll}
      >
        Send all again…
      </Button>
    </>
  );
}

function Outcome({ delivered, failed, remaining }: Replay) {
  return (
    <div role="status" className="border-b border-line bg-sunken px-4 py-2 text-xs">
      <p className="font-medium">
        {fullCount(delivered)} taken, {fullCount(failed.length)} refused again,{" "}
        {fullCount(remaining)} left.
      </p>
      {failed.slice(0, 3).map(({ id, reason }) => (
        <Name key={id} value={reason} className="text-muted" />
      ))}
    </div>
  );
}

function LetterTable(props: {
  letters: readonly DeadLetter[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
}) {
  const { letters, chosen, onChoose } = props;
  return (
    <div className="overflow-x-auto" role="region" aria-label="List of dead letters" tabIndex={0}>
      <table className="w-full min-w-[36rem] text-xs">
        <thead>
          <tr className="border-b border-line">
            <Head className="pl-3 sm:pl-4">Given up</Head>
            <Head>Destination</Head>
            <Head>Signal</Head>
            <Head>Reason</Head>
          </tr>
        </thead>
        <tbody>
          {letters.map(({ id, time, destination, signal, rows, reason }) => (
            <tr
              key={id}
              className={`border-b border-line last:border-0 ${id === chosen ? "bg-selected" : "hover:bg-hover"}`}
            >
              <td className="py-1 pr-2 pl-3 sm:pl-4">
                <button
                  type="button"
                  aria-pressed={id === chosen}
                  onClick={() => onChoose(id)}
                  className="py-1 text-accent hover:underline"
                >
                  <Time value={time} />
                </button>
              </td>
              <td className="max-w-40 px-2">
                <Name value={destination} />
              </td>
              <td className="px-2 whitespace-nowrap text-muted">
                {signal ?? "–"}
                {rows > 1 ? `, ${fullCount(rows)} rows` : ""}
              </td>
              <td className="max-w-96 px-2">
                <Name value={reason} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pages(props: {
  after: string | undefined;
  next: string | null;
  onPage: (cursor: string | undefined) => void;
}) {
  const { after, next, onPage } = props;
  if (after === undefined && next === null) return null;
  return (
    <div className="flex justify-end gap-2 border-t border-line p-2">
      <Button disabled={after === undefined} onClick={() => onPage(undefined)}>
        First page
      </Button>
      <Button disabled={next === null} onClick={() => onPage(next ?? undefined)}>
        Next page
      </Button>
    </div>
  );
}

function Letter(props: {
  id: string;
  isBusy: boolean;
  onReplay: () => Promise<void>;
  onDelete: () => Promise<void>;
  onClose: () => void;
}) {
  const { id, isBusy, onReplay, onDelete, onClose } = props;
  const [isAsking, setIsAsking] = useState(false);
  const { data, error, refetch } = usePolled({
    key: ["dead-letters", "one", id],
    ask: (cancel) => askDeadLetter(id, cancel),
    everyMs: false,
  });
  const isGone = error?.error.code === "not_found";
  return (
    <Panel
      title="The row"
      actions={
        <>
          <Button disabled={isBusy || isGone} onClick={() => void onReplay()}>
            {isBusy ? "Sending…" : "Send again"}
          </Button>
          <Button disabled={isBusy || isGone} onClick={() => setIsAsking(true)}>
            Delete…
          </Button>
          <Button onClick={onClose}>Close</Button>
        </>
      }
    >
      {isGone ? (
        <Nothing title="It is not here any more">
          It was taken when it was sent again, or deleted.
        </Nothing>
      ) : data === undefined ? (
        <Unanswered
          error={error}
          onRetry={() => void refetch()}
          label="The row is asked for"
          rows={5}
        />
      ) : (
        <div className="p-3 text-xs sm:px-4">
          <p className="font-medium">
            <Value value={data.reason} />
          </p>
          <p className="mt-0.5 text-muted">
            <Time value={data.time} /> · <code className="wrap-anywhere">{id}</code>
          </p>
          <div className="mt-2 rounded-md bg-sunken p-3 font-mono">
            <Value value={JSON.stringify(data.row, undefined, 2)} />
          </div>
        </div>
      )}
      {isAsking ? (
        <ConfirmDialog
          title="Delete this dead letter?"
          action="Delete"
          onClose={() => setIsAsking(false)}
          onConfirm={() => {
            setIsAsking(false);
            void onDelete();
          }}
        >
          <p>The row is gone for good: it is nowhere else for this destination.</p>
        </ConfirmDialog>
      ) : null}
    </Panel>
  );
}
