import type { OutlineAnswer } from "#api/contract/one-trace.ts";
import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import { Failure } from "../../components/notice.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useAddressState } from "../../lib/address-state.ts";
import { ApiFailure, type ApiError } from "../../lib/api/request.ts";
import { askTrace } from "../../lib/api/traces.ts";
import { useCommands } from "../../lib/commands.ts";
import { saveJson } from "../../lib/export.ts";
import { Compare } from "./compare.tsx";
import { criticalPath } from "./critical-path.ts";
import { nextFound } from "./find-spans.ts";
import { Flame } from "./flame.tsx";
import { formatFolded, parseFolded } from "./folded.ts";
import { GraphView } from "./graph-view.tsx";
import { Minimap } from "./minimap.tsx";
import { selfTimes } from "./self-time.ts";
import { SpanDetail } from "./span-detail.tsx";
import { SpanTable } from "./span-table.tsx";
import { ancestors, buildSpanTree, nextError, type SpanRow, type SpanTree } from "./span-tree.ts";
import { Key, TraceHeader } from "./trace-header.tsx";
import { TraceLogs } from "./trace-logs.tsx";
import { type TraceLog, useTraceLogs } from "./trace-queries.ts";
import { TraceToolbar } from "./trace-toolbar.tsx";
import { TRACE_VIEWS, type TraceViewName } from "./trace-views.ts";
import { useFind } from "./use-find.ts";
import { Waterfall } from "./waterfall.tsx";
import { formatZoom, zoomRange } from "./zoom.ts";

const TITLES: Readonly<Record<TraceViewName, string>> = {
  waterfall: "Waterfall",
  flame: "Flame",
  table: "Spans",
  graph: "Graph",
  logs: "Logs",
  compare: "Compare",
};
const TABS = TRACE_VIEWS.map((id) => ({ id, title: TITLES[id] }));

/** The part of the address that says what of the trace is shown. */
export interface TraceViewState {
  readonly span: string | undefined;
  readonly folded: string | undefined;
  /** The row whose time fills the axis, or the stretch that does. */
  readonly zoom: string | undefined;
  /** The waterfall where it says nothing. */
  readonly view: TraceViewName | undefined;
  readonly find: string | undefined;
  /** The critical path is pointed out. */
  readonly path: "on" | undefined;
  /** Log records stand under their spans. */
  readonly logs: "on" | undefined;
  readonly sort: string | undefined;
  readonly group: string | undefined;
  /** The trace that this one is compared with. */
  readonly with: string | undefined;
}

interface TraceViewProps {
  readonly outline: OutlineAnswer;
  readonly state: TraceViewState;
  readonly onState: (state: TraceViewState) => void;
}

/** One trace in its views, which share one selection, and the selected span beside them. */
export function TraceView(props: TraceViewProps) {
  const { outline } = props;
  const { traceId } = outline;
  const [state, change] = useAddressState(props.state, props.onState);
  const tree = useMemo(() => buildSpanTree(outline), [outline]);
  const selected = state.span === undefined ? undefined : tree.byKey.get(state.span);
  const moves = useMoves(tree, selected, state, change);
  const path = useMemo(
    () => (state.path === "on" ? criticalPath(tree) : undefined),
    [tree, state.path],
  );
  const find = useFind(traceId, tree, state.find ?? "");
  const field = useRef<HTMLInputElement>(null);
  const saving = useSaving(traceId);
  const view = state.view ?? "waterfall";
  const hasTime = view === "waterfall" || view === "flame";
  const isZoomed = state.zoom !== undefined;
  const step = (direction: "next" | "previous"): void => {
    const from = selected?.index ?? (direction === "next" ? -1 : tree.rows.length);
    const row = nextFound(find.rows, from, direction);
    if (row !== undefined) moves.select(row);
  };
  const togglePath = (): void =>
    change((now) => ({ ...now, path: now.path === "on" ? undefined : "on" }));
  const toggleLogs = (): void =>
    change((now) => ({ ...now, logs: now.logs === "on" ? undefined : "on" }));
  useTraceCommands({
    "trace.error": moves.goToError,
    "trace.zoom": moves.toggleZoom,
    "trace.whole": () => moves.setZoom(undefined),
    "trace.close": moves.close,
    "trace.path": togglePath,
    "trace.logs": toggleLogs,
    "trace.find": () => field.current?.focus(),
    "trace.findNext": () => step("next"),
    "trace.findPrevious": () => step("previous"),
    "trace.next": () => moves.step(1),
    "trace.previous": () => moves.step(-1),
  });

  return (
    <div className="flex h-page min-h-120 flex-col">
      <TraceHeader
        traceId={traceId}
        tree={tree}
        isTruncated={outline.truncated}
        onNextError={moves.goToError}
        isZoomed={isZoomed}
        onWholeTrace={() => moves.setZoom(undefined)}
        path={path}
      />
      <Tabs
        label="Views of the trace"
        tabs={TABS}
        selected={view}
        onSelect={(id) => {
          const chosen = TRACE_VIEWS.find((one) => one === id);
          change((now) => ({ ...now, view: chosen === "waterfall" ? undefined : chosen }));
        }}
        panelClassName="flex min-h-0 flex-1 flex-col"
      >
        <TraceToolbar
          find={state.find ?? ""}
          found={find.isLooking ? find.rows.length : undefined}
          at={selected === undefined ? 0 : find.rows.indexOf(selected) + 1}
          isAsking={find.isAsking}
          field={field}
          onFind={(text) => change((now) => ({ ...now, find: text === "" ? undefined : text }))}
          onStep={step}
          isPath={state.path === "on"}
          onPath={togglePath}
          isLogs={view === "waterfall" ? state.logs === "on" : undefined}
          onLogs={toggleLogs}
          onSave={saving.save}
          isSaving={saving.isSaving}
        />
        {saving.error === undefined ? null : <Failure error={saving.error} onRetry={saving.save} />}
        <div className="flex min-h-0 flex-1 max-lg:flex-col">
          <div className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface">
            {hasTime ? (
              <Minimap
                tree={tree}
                range={moves.range}
                selected={selected}
                path={path}
                onRange={moves.showRange}
              />
            ) : null}
            <div className="min-h-0 flex-1">
              <Shown
                {...{ traceId, tree, view, state, change, selected, path, moves }}
                find={find}
              />
            </div>
            {view === "waterfall" ? <KeyHelp /> : null}
          </div>
          {selected === undefined ? null : (
            <Aside
              {...{ traceId, tree, row: selected, path, moves }}
              isZoomed={state.zoom === selected.key}
            />
          )}
        </div>
      </Tabs>
    </div>
  );
}

type Change = (next: (now: TraceViewState) => TraceViewState) => void;
type Moves = ReturnType<typeof useMoves>;

/** What changes the selection, what is folded, and the time that is shown. */
function useMoves(
  tree: SpanTree,
  selected: SpanRow | undefined,
  state: TraceViewState,
  change: Change,
) {
  const select = useCallback(
    (row: SpanRow) =>
      change((now) => {
        // A selected row is always in view: what hides it is unfolded.
        const open = new Set(parseFolded(now.folded));
        for (const above of ancestors(tree, row)) open.delete(above.key);
        return { ...now, span: row.key, folded: formatFolded(open) };
      }),
    [change, tree],
  );
  const fold = useCallback(
    (row: SpanRow, isFolded: boolean) =>
      change((now) => {
        const next = new Set(parseFolded(now.folded));
        if (isFolded) next.add(row.key);
        else next.delete(row.key);
        return { ...now, folded: formatFolded(next) };
      }),
    [change],
  );
  const setZoom = (zoom: string | undefined): void => change((now) => ({ ...now, zoom }));
  const range = useMemo(() => zoomRange(tree, state.zoom), [tree, state.zoom]);
  return {
    select,
    fold,
    setZoom,
    range,
    showRange: (startMs: number, endMs: number) => setZoom(formatZoom(tree, startMs, endMs)),
    toggleZoom: () => {
      const isZoomed =
        state.zoom !== undefined && (selected === undefined || state.zoom === selected.key);
      setZoom(isZoomed ? undefined : selected?.key);
    },
    close: () => change((now) => ({ ...now, span: undefined })),
    goToError: () => {
      const row = nextError(tree, selected?.index ?? -1);
      if (row !== undefined) select(row);
    },
    step: (rows: 1 | -1) => {
      const row = tree.rows[(selected?.index ?? -1) + rows];
      if (row !== undefined) select(row);
    },
  };
}

/** The chosen view. */
function Shown(props: {
  traceId: string;
  tree: SpanTree;
  view: TraceViewName;
  state: TraceViewState;
  change: Change;
  selected: SpanRow | undefined;
  path: ReturnType<typeof criticalPath> | undefined;
  moves: Moves;
  find: ReturnType<typeof useFind>;
}) {
  const { traceId, tree, view, state, change, selected, path, moves, find } = props;
  const folded = useMemo(() => parseFolded(state.folded), [state.folded]);
  const shared = { traceId, tree, selected, onSelect: moves.select };
  const found = find.isLooking ? find.indexes : undefined;
  switch (view) {
    case "waterfall":
      return (
        <WithLogs {...{ traceId, tree }} isWanted={state.logs === "on"}>
          {(logs) => (
            <Waterfall
              {...shared}
              folded={folded}
              range={moves.range}
              found={found}
              path={path}
              logs={logs}
              onFold={moves.fold}
            />
          )}
        </WithLogs>
      );
    case "flame":
      return (
        <Flame
          {...shared}
          range={moves.range}
          found={found}
          path={path}
          onZoomTo={(row) => moves.setZoom(row.key)}
          onRange={moves.showRange}
        />
      );
    case "table":
      return (
        <SpanTable
          {...shared}
          found={find.isLooking ? find.rows : undefined}
          sort={state.sort}
          group={state.group}
          onSort={(sort) => change((now) => ({ ...now, sort }))}
          onGroup={(group) => change((now) => ({ ...now, group, sort: undefined }))}
        />
      );
    case "graph":
      return <GraphView {...shared} />;
    case "logs":
      return <TraceLogs {...shared} />;
    case "compare":
      return (
        <Compare
          {...shared}
          other={state.with}
          onOther={(other) => change((now) => ({ ...now, with: other }))}
        />
      );
  }
}

/** Gives the log records of each span to a view, while they are wanted. */
function WithLogs(props: {
  traceId: string;
  tree: SpanTree;
  isWanted: boolean;
  children: (logs: ReadonlyMap<string, readonly TraceLog[]> | undefined) => ReactNode;
}) {
  const { traceId, tree, isWanted, children } = props;
  const { data } = useTraceLogs(traceId, tree, isWanted);
  const bySpan = useMemo(
    () =>
      isWanted && data !== undefined
        ? Map.groupBy(data.logs, ({ spanId }) => spanId ?? "")
        : undefined,
    [isWanted, data],
  );
  return children(bySpan);
}

function Aside(props: {
  traceId: string;
  tree: SpanTree;
  row: SpanRow;
  path: ReturnType<typeof criticalPath> | undefined;
  isZoomed: boolean;
  moves: Moves;
}) {
  const { traceId, tree, row, path, isZoomed, moves } = props;
  return (
    <div className="min-h-0 max-lg:h-[55%] max-lg:border-t max-lg:border-line-strong lg:w-[clamp(22rem,32vw,40rem)] lg:border-l lg:border-line">
      <SpanDetail
        key={row.key}
        {...{ traceId, tree, row, isZoomed }}
        selfMs={selfTimes(tree)[row.index]!}
        pathMs={path === undefined ? undefined : (path.byRow.get(row.index) ?? 0)}
        onZoom={moves.toggleZoom}
        onClose={moves.close}
      />
    </div>
  );
}

/** Saves the whole trace, which the page itself never asks for. */
function useSaving(traceId: string) {
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<ApiError>();
  const save = async (): Promise<void> => {
    setSaving(true);
    setError(undefined);
    try {
      saveJson(`trace-${traceId}`, await askTrace(traceId, new AbortController().signal));
    } catch (failure) {
      if (!(failure instanceof ApiFailure)) throw failure;
      setError(failure.error);
    } finally {
      setSaving(false);
    }
  };
  return { save: () => void save(), isSaving, error };
}

const COMMANDS = {
  "trace.error": ["Go to the next error", "e"],
  "trace.find": ["Find in this trace", "/"],
  "trace.findNext": ["Go to the next that is found", "n"],
  "trace.findPrevious": ["Go to the one before that is found", "Shift+N"],
  "trace.path": ["Show or hide the critical path", "p"],
  "trace.logs": ["Show or hide logs under their spans", "l"],
  "trace.zoom": ["Zoom to the selected span, and back", "z"],
  "trace.whole": ["Show the whole trace", "0"],
  "trace.next": ["Select the next span", "j"],
  "trace.previous": ["Select the span before", "k"],
  "trace.close": ["Close the span", "Escape"],
} as const;

const HIDDEN: ReadonlySet<string> = new Set(["trace.next", "trace.previous", "trace.close"]);

function useTraceCommands(runs: Readonly<Record<keyof typeof COMMANDS, () => void>>): void {
  useCommands(
    (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((id) => {
      const [title, keys] = COMMANDS[id];
      return { id, title, group: "Trace", keys, isHidden: HIDDEN.has(id), run: runs[id] };
    }),
  );
}

function KeyHelp() {
  return (
    <p className="flex h-8 shrink-0 items-center gap-1.5 overflow-hidden border-t border-line px-4 text-2xs whitespace-nowrap text-faint max-lg:hidden">
      <Key>↑</Key>
      <Key>↓</Key> go
      <span className="ml-3" />
      <Key>←</Key>
      <Key>→</Key> fold, unfold
      <span className="ml-3" />
      <Key>z</Key> zoom to the span
      <span className="ml-3" />
      <Key>e</Key> next error
      <span className="ml-3" />
      <Key>p</Key> critical path
      <span className="ml-3" />
      <Key>/</Key> find
      <span className="ml-3" />
      <Key>Esc</Key> close the span
    </p>
  );
}
