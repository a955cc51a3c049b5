import type { TraceAnswer } from "#api/contract/traces.ts";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { formatFolded, parseFolded } from "./folded.ts";
import { SpanDetail } from "./span-detail.tsx";
import { ancestors, buildSpanTree, nextError, type SpanRow } from "./span-tree.ts";
import { Key, TraceHeader } from "./trace-header.tsx";
import { Waterfall } from "./waterfall.tsx";

/** The part of the address that says what of the trace is shown. */
export interface TraceViewState {
  readonly span: string | undefined;
  readonly folded: string | undefined;
}

/** One trace: its waterfall, and the selected span beside it. */
export function TraceView(props: {
  trace: TraceAnswer;
  state: TraceViewState;
  onState: (state: TraceViewState) => void;
}) {
  const { trace, state, onState } = props;
  const tree = useMemo(() => buildSpanTree(trace.spans), [trace.spans]);
  const byKey = useMemo(() => new Map(tree.rows.map((row) => [row.key, row])), [tree]);
  const folded = useMemo(() => parseFolded(state.folded), [state.folded]);
  const selected = state.span === undefined ? undefined : byKey.get(state.span);

  // The rows are drawn only when their own properties change: what they call must stay the same.
  const latest = useRef({ state, onState, folded, tree });
  useEffect(() => {
    latest.current = { state, onState, folded, tree };
  });
  const select = useCallback((row: SpanRow) => {
    const now = latest.current;
    // A selected row is always in view: what hides it is unfolded.
    const open = new Set(now.folded);
    for (const above of ancestors(now.tree, row)) open.delete(above.key);
    now.onState({ span: row.key, folded: formatFolded(open) });
  }, []);
  const fold = useCallback((row: SpanRow, isFolded: boolean) => {
    const now = latest.current;
    const next = new Set(now.folded);
    if (isFolded) next.add(row.key);
    else next.delete(row.key);
    now.onState({ span: now.state.span, folded: formatFolded(next) });
  }, []);
  const close = (): void => onState({ ...state, span: undefined });
  const goToError = useCallback(() => {
    const now = latest.current;
    const from = now.tree.rows.findIndex(({ key }) => key === now.state.span);
    const row = nextError(now.tree, from);
    if (row !== undefined) select(row);
  }, [select]);
  usePageKeys({ e: goToError, Escape: close });

  return (
    <div className="flex h-[calc(100dvh-3rem)] min-h-120 flex-col">
      <TraceHeader
        traceId={trace.traceId}
        tree={tree}
        isTruncated={trace.truncated}
        onNextError={goToError}
      />
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col bg-surface">
          <div className="min-h-0 flex-1">
            <Waterfall tree={tree} selected={selected} folded={folded} onSelect={select} onFold={fold} />
          </div>
          <KeyHelp />
        </div>
        {selected === undefined ? null : (
          <div className="max-lg:fixed max-lg:inset-x-0 max-lg:bottom-0 max-lg:z-10 max-lg:h-[55dvh] max-lg:border-t max-lg:border-line-strong lg:w-[clamp(22rem,32vw,40rem)] lg:border-l lg:border-line">
            <SpanDetail key={selected.key} row={selected} onClose={close} />
          </div>
        )}
      </div>
    </div>
  );
}

/** Single keys that work anywhere on the page but where text is typed. */
function usePageKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target } = event;
      const isTyping =
        target instanceof HTMLElement && target.closest("input, textarea, select") !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      keys[event.key]?.();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
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
      <Key>e</Key> next error
      <span className="ml-3" />
      <Key>Esc</Key> close the span
    </p>
  );
}
