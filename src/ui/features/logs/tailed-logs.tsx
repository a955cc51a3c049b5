import type { LogRecord } from "#api/contract/logs.ts";
import { useCallback, useMemo, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { PauseIcon, PlayIcon } from "../../components/icons.tsx";
import { Nothing } from "../../components/notice.tsx";
import { useCommands } from "../../lib/commands.ts";
import { fullCount } from "../../lib/format.ts";
import type { RowWindow } from "../../lib/row-window.ts";
import { TAIL_ROWS_MAX, useTail, type TailOnPage } from "../../lib/tail.ts";
import { useZone } from "../../lib/use-zone.ts";
import { DetailFrame } from "./detail-frame.tsx";
import { LogDetail } from "./log-detail.tsx";
import { LogList, type ListHandle } from "./log-list.tsx";
import { LogTools } from "./log-tools.tsx";
import type { LogsViewState } from "./logs-view.tsx";
import type { FieldActions } from "./record-field-list.tsx";

/** Records as they become durable, the newest on top: pushed, bounded, and held still while one is read. */
export function TailedLogs(props: {
  state: LogsViewState;
  actions: FieldActions;
  onState: (part: Partial<LogsViewState>) => void;
}) {
  const { state, actions, onState } = props;
  const [isPaused, setPaused] = useState(false);
  const [selected, setSelected] = useState<LogRecord>();
  const [isAway, setAway] = useState(false);
  const handle = useRef<ListHandle>(null);
  const zone = useZone();
  // What is read must not move: scrolled away from the newest, or with a record open, the list stands still.
  const isHeld = isPaused || isAway || selected !== undefined;
  const tail = useTail({ streams: ["logs"], q: state.q, isOn: true, isPaused: isHeld });
  const records = useMemo(() => recordsOf(tail.rows), [tail.rows]);
  const number = selected === undefined ? -1 : records.indexOf(selected);
  const goOn = (): void => {
    setPaused(false);
    setSelected(undefined);
    handle.current?.show(0, "near");
  };
  const step = (by: number): void => {
    const next = Math.max(0, Math.min(records.length - 1, number + by));
    handle.current?.show(next, "near");
    setSelected(records[next]);
  };
  useCommands([
    {
      id: "tail.pause",
      title: isHeld ? "Go on with the tail" : "Pause the tail",
      group: "Logs",
      keys: "p",
      run: () => (isHeld ? goOn() : setPaused(true)),
    },
    {
      id: "tail.next",
      title: "Next record",
      group: "Logs",
      keys: "j",
      isHidden: true,
      run: () => step(1),
    },
    {
      id: "tail.previous",
      title: "Previous record",
      group: "Logs",
      keys: "k",
      isHidden: true,
      run: () => step(-1),
    },
    {
      id: "tail.close",
      title: "Close the record",
      group: "Logs",
      keys: "Escape",
      isHidden: true,
      run: () => setSelected(undefined),
    },
  ]);
  const onWindow = useCallback((_: RowWindow, firstSeen: number) => setAway(firstSeen > 0), []);
  return (
    <>
      <section aria-label="Log records as they come" className="flex min-w-0 flex-1 flex-col">
        <LogTools
          state={state}
          fields={fieldsOf(records)}
          onColumn={actions.onColumn}
          onState={onState}
          rows={() => records}
        >
          <Button onClick={() => (isHeld ? goOn() : setPaused(true))} pressed={isHeld}>
            {isHeld ? <PlayIcon className="size-3.5" /> : <PauseIcon className="size-3.5" />}
            {isHeld ? "Go on" : "Pause"}
          </Button>
          <TailCounts tail={tail} isHeld={isHeld} />
        </LogTools>
        <div className="relative min-h-0 flex-1">
          {records.length === 0 ? (
            <Waiting tail={tail} hasSearch={state.q !== ""} />
          ) : (
            <LogList
              ref={handle}
              label="Log records as they come, the newest first"
              total={records.length}
              rowAt={(row) => records[row]}
              timeMsAt={() => undefined}
              layout={{ columns: state.columns, isWrapped: state.isWrapped, zone, hasDays: false }}
              selected={number === -1 ? undefined : number}
              onSelect={(row) => setSelected(records[row] === selected ? undefined : records[row])}
              onWindow={onWindow}
            />
          )}
        </div>
      </section>
      {selected === undefined ? null : (
        <DetailFrame>
          <LogDetail
            record={selected}
            actions={actions}
            onShow={(record) => onState({ record: record.id, isTailing: false })}
            onClose={() => setSelected(undefined)}
          />
        </DetailFrame>
      )}
    </>
  );
}

function recordsOf(rows: TailOnPage["rows"]): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = rows.length - 1; at >= 0; at--) {
    const { row } = rows[at]!;
    if (row.signal === "logs") records.push(row.row);
  }
  return records;
}

/** Records whose fields are offered as columns. */
const SAMPLED = 20;

function fieldsOf(records: readonly LogRecord[]): string[] {
  const fields = new Set<string>();
  for (const { attributes, resource } of records.slice(0, SAMPLED))
    for (const key of [...Object.keys(attributes), ...Object.keys(resource)]) fields.add(key);
  return [...fields];
}

const WHY = {
  rate: "more came in a second than are sent",
  slow: "this page was too slow for them",
  busy: "they were not looked at, so that receiving goes on undisturbed",
} as const;

function TailCounts({ tail, isHeld }: { tail: TailOnPage; isHeld: boolean }) {
  const { waiting, dropped, gap, rows } = tail;
  const lost = dropped.rate + dropped.slow + dropped.busy;
  const why = (["rate", "slow", "busy"] as const)
    .filter((because) => dropped[because] > 0)
    .map((because) => `${fullCount(dropped[because])}: ${WHY[because]}`);
  return (
    <p role="status" className="flex flex-wrap gap-x-3 text-xs text-muted">
      {isHeld ? (
        <span className={waiting > 0 ? "font-medium text-accent" : ""}>
          {fullCount(waiting)} new
        </span>
      ) : (
        <span>
          {rows.length >= TAIL_ROWS_MAX
            ? `the last ${fullCount(TAIL_ROWS_MAX)}`
            : fullCount(rows.length)}{" "}
          records
        </span>
      )}
      {lost > 0 ? (
        <span title={why.join("\n")} className="text-warn">
          {fullCount(lost)} dropped
        </span>
      ) : null}
      {gap === undefined ? null : (
        <span className="text-warn">
          {gap === "restarted"
            ? "Sightglass was restarted: some may be missing"
            : "some are missing: the connection was broken for too long"}
        </span>
      )}
    </p>
  );
}

function Waiting({ tail, hasSearch }: { tail: TailOnPage; hasSearch: boolean }) {
  const { refused, state } = tail;
  const title =
    refused !== undefined
      ? "The tail is refused"
      : state === "paused"
        ? "The page stands still"
        : state === "polled"
          ? "There is no stream just now"
          : "Waiting for the next record";
  return (
    <div className="flex h-full flex-col justify-center bg-surface pb-16">
      <Nothing title={title}>{refused ?? hint(state, hasSearch)}</Nothing>
    </div>
  );
}

function hint(state: TailOnPage["state"], hasSearch: boolean): string {
  if (state === "paused") return "Turn live on again, above, to follow the records.";
  if (state === "polled") return "The connection is tried again by itself.";
  return hasSearch
    ? "Records that fit the search show here within a second of their arrival."
    : "Records show here within a second of their arrival.";
}
