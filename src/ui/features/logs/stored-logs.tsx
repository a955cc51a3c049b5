import type { StoredLogRecord } from "#api/contract/logs.ts";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { askLogContext } from "../../lib/api/logs.ts";
import { useCommands } from "../../lib/commands.ts";
import { fullCount } from "../../lib/format.ts";
import type { RowWindow } from "../../lib/row-window.ts";
import { useZone } from "../../lib/use-zone.ts";
import { DetailFrame } from "./detail-frame.tsx";
import { LogDetail } from "./log-detail.tsx";
import { LogList, type ListHandle } from "./log-list.tsx";
import { LogTools } from "./log-tools.tsx";
import type { LogsViewState } from "./logs-view.tsx";
import type { FieldActions } from "./record-field-list.tsx";
import type { FixedRange, LogListState } from "./use-log-list.ts";

/** Rows that are saved at once. */
const SAVED_ROWS_MAX = 10_000;
const DAY_MS = 86_400_000;

/** The records that are stored: the list, what is done with it, and the selected record beside it. */
export function StoredLogs(props: {
  state: LogsViewState;
  list: LogListState;
  range: FixedRange;
  newRows: number;
  onRenew: () => void;
  facets: ReactNode;
  actions: FieldActions;
  onState: (part: Partial<LogsViewState>) => void;
}) {
  const { state, list, range, newRows, onRenew, facets, actions, onState } = props;
  const handle = useRef<ListHandle>(null);
  // Only whether the newest rows are looked at is drawn: each row scrolled would draw the page anew.
  const first = useRef(0);
  const [isAtTop, setAtTop] = useState(true);
  const zone = useZone();
  const { number, record } = useSelected(state.record, list);
  useFollow({ isAtTop: isAtTop && state.record === undefined, newRows, onRenew });
  useShowOnOpening(state.record, list, handle);
  const select = (row: number): void => {
    const chosen = list.rowAt(row);
    if (chosen === undefined) return;
    onState({ record: chosen.id === state.record ? undefined : chosen.id });
  };
  useListKeys({ list, number, first, handle, onState });
  const { pages, index } = list;
  const onWindow = useCallback(
    (drawn: RowWindow, firstSeen: number) => {
      first.current = firstSeen;
      setAtTop(firstSeen === 0);
      pages?.show(drawn.first, drawn.end);
    },
    [pages],
  );
  const shown = list.total > 0;
  return (
    <>
      <section aria-label="Log records" className="flex min-w-0 flex-1 flex-col">
        <LogTools
          state={state}
          facets={facets}
          fields={
            record === undefined ? [] : Object.keys({ ...record.attributes, ...record.resource })
          }
          onColumn={actions.onColumn}
          onState={onState}
          rows={() => pages?.loaded(SAVED_ROWS_MAX) ?? []}
        >
          <CountOf list={list} newRows={newRows} onRenew={onRenew} />
        </LogTools>
        <div className="relative min-h-0 flex-1">
          {list.error === undefined ? null : (
            <div className="border-b border-line bg-surface">
              <Failure error={list.error} onRetry={list.retry} />
            </div>
          )}
          {shown ? (
            <LogList
              ref={handle}
              label="Log records, the newest first"
              total={list.total}
              rowAt={list.rowAt}
              timeMsAt={(row) => index?.timeMsAt(row)}
              layout={{
                columns: state.columns,
                isWrapped: state.isWrapped,
                zone,
                hasDays: range.toMs - range.fromMs > DAY_MS,
              }}
              selected={number}
              onSelect={select}
              onWindow={onWindow}
            />
          ) : list.isLoading ? (
            <Loading rows={14} label="Asking for log records" />
          ) : list.error === undefined ? (
            <NoRecords hasSearch={state.q !== ""} onAll={() => onState({ q: "" })} />
          ) : null}
        </div>
      </section>
      {record === undefined ? null : (
        <DetailFrame>
          <LogDetail
            key={record.id}
            record={record}
            actions={actions}
            onShow={(other) => onState({ record: other.id })}
            onClose={() => {
              onState({ record: undefined });
              handle.current?.focus();
            }}
          />
        </DetailFrame>
      )}
    </>
  );
}

/** The record of the address, and its number in the list where that is known. */
function useSelected(
  id: string | undefined,
  list: LogListState,
): { number: number | undefined; record: StoredLogRecord | undefined } {
  const number = id === undefined ? undefined : numberOf(id, list);
  const inList = number === undefined ? undefined : list.rowAt(number);
  // It may lie outside of the range, or not be loaded yet.
  const { data } = useQuery({
    queryKey: ["logs", "record", id],
    queryFn: ({ signal }) => askLogContext({ id, rows: 1 }, signal),
    enabled: id !== undefined && inList === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const record = inList ?? (data?.record.id === id ? data?.record : undefined);
  return { number, record };
}

function numberOf(id: string, { pages, total, rowAt }: LogListState): number | undefined {
  if (pages !== undefined) return pages.find(id);
  for (let number = 0; number < total; number++) if (rowAt(number)?.id === id) return number;
  return undefined;
}

/** While the newest rows are looked at, those that come are shown at once. */
function useFollow(props: { isAtTop: boolean; newRows: number; onRenew: () => void }): void {
  const { isAtTop, newRows, onRenew } = props;
  useEffect(() => {
    if (isAtTop && newRows > 0) onRenew();
  }, [isAtTop, newRows, onRenew]);
}

/** Brings the record of a link into view once it is known where it is. */
function useShowOnOpening(
  id: string | undefined,
  { index }: LogListState,
  handle: React.RefObject<ListHandle | null>,
): void {
  const pending = useRef(id);
  useEffect(() => {
    const time = /^\d{1,19}/.exec(pending.current ?? "")?.[0];
    if (time === undefined || index === undefined || handle.current === null) return;
    pending.current = undefined;
    handle.current.show(index.rowAt(BigInt(time)), "middle");
  }, [index, handle]);
}

function useListKeys(props: {
  list: LogListState;
  number: number | undefined;
  first: React.RefObject<number>;
  handle: React.RefObject<ListHandle | null>;
  onState: (part: Partial<LogsViewState>) => void;
}): void {
  const { list, number, first, handle, onState } = props;
  const step = (by: number): void => {
    const next = number === undefined ? first.current : number + by;
    if (next < 0 || next >= list.total) return;
    handle.current?.show(next, "near");
    const record = list.rowAt(next);
    if (record !== undefined) onState({ record: record.id });
  };
  useCommands([
    {
      id: "logs.next",
      title: "Next record",
      group: "Logs",
      keys: "j",
      isHidden: true,
      run: () => step(1),
    },
    {
      id: "logs.previous",
      title: "Previous record",
      group: "Logs",
      keys: "k",
      isHidden: true,
      run: () => step(-1),
    },
    {
      id: "logs.open",
      title: "Open the first record in view",
      group: "Logs",
      keys: "Enter",
      isHidden: true,
      run: () => step(0),
    },
    {
      id: "logs.close",
      title: "Close the record",
      group: "Logs",
      keys: "Escape",
      isHidden: true,
      run: () => onState({ record: undefined }),
    },
  ]);
}

function CountOf({
  list,
  newRows,
  onRenew,
}: {
  list: LogListState;
  newRows: number;
  onRenew: () => void;
}) {
  return (
    <>
      <p role="status" className="text-xs text-muted">
        {list.isCounted || list.total === 0
          ? list.isLoading
            ? "Counting…"
            : `${fullCount(list.total)} ${list.total === 1 ? "record" : "records"}`
          : "The newest; counting the rest…"}
      </p>
      {newRows > 0 ? (
        <Button onClick={onRenew} className="text-accent">
          {fullCount(newRows)} new
        </Button>
      ) : null}
    </>
  );
}

function NoRecords({ hasSearch, onAll }: { hasSearch: boolean; onAll: () => void }) {
  return (
    <div className="flex h-full flex-col justify-center bg-surface pb-16">
      <Nothing title={hasSearch ? "No records are found" : "There are no log records in this time"}>
        {hasSearch ? (
          <>
            <p>
              Nothing in this time range fits the search. Take a longer range, or fewer conditions.
            </p>
            <div className="mt-3">
              <Button onClick={onAll}>Show all records</Button>
            </div>
          </>
        ) : (
          <p>Take a longer range, or send some: any OpenTelemetry logger will do.</p>
        )}
      </Nothing>
    </div>
  );
}
