import type { TraceAnswer } from "#api/contract/traces.ts";
import { useCallback, useEffect, useMemo, useRef, type RefObject } from "react";
import { useAddressState } from "../../lib/address-state.ts";
import { formatFolded, parseFolded } from "./folded.ts";
import { SpanDetail } from "./span-detail.tsx";
import { ancestors, buildSpanTree, nextError, type SpanRow, type SpanTree } from "./span-tree.ts";
import { Key, TraceHeader } from "./trace-header.tsx";
import type { TimeRange } from "./time-ticks.ts";
import { Waterfall } from "./waterfall.tsx";

/** The part of the address that says what of the trace is shown. */
export interface TraceViewState {
  readonly span: string | undefined;
  readonly folded: string | undefined;
  /** The row whose time fills the axis. */
  readonly zoom: string | undefined;
}

/** One trace: its waterfall, and the selected span beside it. */
export function TraceView(props: {
  trace: TraceAnswer;
  state: TraceViewState;
  onState: (state: TraceViewState) => void;
}) {
  const { trace } = props;
  const [state, change] = useAddressState(props.state, props.onState);
  const tree = useMemo(() => buildSpanTree(trace.spans), [trace.spans]);
  const byKey = useMemo(() => new Map(tree.rows.map((row) => [row.key, row])), [tree]);
  const folded = useMemo(() => parseFolded(state.folded), [state.folded]);
  const selected = state.span === undefined ? undefined : byKey.get(state.span);

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
  const close = (): void => change((now) => ({ ...now, span: undefined }));
  const goToError = (): void => {
    const row = nextError(tree, selected?.index ?? -1);
    if (row !== undefined) select(row);
  };
  const zoomed = state.zoom === undefined ? undefined : byKey.get(state.zoom);
  const zoom = (row: SpanRow | undefined): void => change((now) => ({ ...now, zoom: row?.key }));
  const isZoomed = zoomed !== undefined && (selected === undefined || selected === zoomed);
  const toggleZoom = (): void => zoom(isZoomed ? undefined : selected);
  const view = useRef<HTMLDivElement>(null);
  useKeysWithin(view, { e: goToError, z: toggleZoom, Escape: close });

  return (
    <div ref={view} className="flex h-[calc(100dvh-3rem)] min-h-120 flex-col">
      <TraceHeader
        traceId={trace.traceId}
        tree={tree}
        isTruncated={trace.truncated}
        onNextError={goToError}
        zoomed={zoomed}
        onWholeTrace={() => zoom(undefined)}
      />
      <div className="flex min-h-0 flex-1 max-lg:flex-col">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface">
          <div className="min-h-0 flex-1">
            <Waterfall
              tree={tree}
              selected={selected}
              folded={folded}
              range={rangeOf(tree, zoomed)}
              onSelect={select}
              onFold={fold}
            />
          </div>
          <KeyHelp />
        </div>
        {selected === undefined ? null : (
          <div className="min-h-0 max-lg:h-[55%] max-lg:border-t max-lg:border-line-strong lg:w-[clamp(22rem,32vw,40rem)] lg:border-l lg:border-line">
            <SpanDetail
              key={selected.key}
              row={selected}
              isZoomed={selected === zoomed}
              onZoom={toggleZoom}
              onClose={close}
            />
          </div>
        )}
      </div>
    </div>
  );
}

/** The time of the axis: the zoomed row's, or the whole trace's. */
function rangeOf(tree: SpanTree, zoomed: SpanRow | undefined): TimeRange {
  if (zoomed === undefined) return { startMs: 0, durationMs: tree.durationMs };
  return { startMs: zoomed.offsetMs, durationMs: zoomed.span.durationMs };
}

/** Single keys that work while the focus is in `element`, and nowhere else (WCAG 2.1.4). */
function useKeysWithin(
  element: RefObject<HTMLElement | null>,
  keys: Readonly<Record<string, () => void>>,
): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const target = element.current;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      latest.current[event.key]?.();
    };
    target?.addEventListener("keydown", press);
    return () => target?.removeEventListener("keydown", press);
  }, [element]);
}

function KeyHelp() {
  return (
    <p className="flex h-8 shrink-0 items-center gap-1.5 border-t border-line px-4 text-2xs whitespace-nowrap text-faint max-lg:hidden">
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
      <Key>Esc</Key> close the span
    </p>
  );
}
