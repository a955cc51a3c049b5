import { useId, type ReactNode } from "react";
import { Failure, Nothing } from "../components/notice.tsx";
import type { ApiFailure } from "../lib/api/request.ts";

/** Why a chart has nothing to draw. */
export type ChartState =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly failure: ApiFailure; readonly onRetry: () => void }
  | { readonly kind: "empty"; readonly title: string; readonly hint?: ReactNode };

/** What a question of TanStack Query says about a chart. */
interface Question<T> {
  readonly data: T | undefined;
  readonly error: ApiFailure | null;
  readonly refetch: () => unknown;
}

/**
 * The state of a chart by its question: undefined when there is something to draw. The last good answer stays
 * drawn while a newer question fails.
 *
 * @example
 * <TimeChart state={chartState(answer, ({ data }) => data.length === 0, "No requests")} … />
 */
export function chartState<T>(
  { data, error, refetch }: Question<T>,
  isEmpty: (data: T) => boolean,
  emptyTitle: string,
): ChartState | undefined {
  if (data !== undefined) return isEmpty(data) ? { kind: "empty", title: emptyTitle } : undefined;
  if (error === null) return { kind: "loading" };
  return { kind: "failed", failure: error, onRetry: () => void refetch() };
}

/** A titled chart of any kind, as high while it loads, fails or is empty as it is when drawn. */
export function ChartFrame(props: {
  title: string;
  /** Beside the title: what the numbers are about. */
  note?: ReactNode;
  actions?: ReactNode;
  /** CSS pixels of what is drawn. */
  height: number;
  state?: ChartState | undefined;
  children: ReactNode;
  /** Without a border, where the chart stands in a panel of its own. */
  isBare?: boolean | undefined;
  className?: string | undefined;
}) {
  const { title, note, actions, height, state, children, isBare = false, className = "" } = props;
  const heading = useId();
  // In a panel it stands under the panel's own heading.
  const Heading = isBare ? "h3" : "h2";
  return (
    <section
      aria-labelledby={heading}
      aria-busy={state?.kind === "loading"}
      className={`flex min-w-0 flex-col ${isBare ? "" : "rounded-lg border border-line bg-surface"} ${className}`}
    >
      <header className="flex min-h-9 items-center gap-x-2 pt-1 pr-1.5 pl-3">
        <Heading id={heading} className="min-w-0 truncate text-xs font-semibold">
          {title}
        </Heading>
        {note === undefined ? null : (
          <div className="min-w-0 truncate text-xs text-faint">{note}</div>
        )}
        {actions === undefined ? null : (
          <div className="ml-auto flex shrink-0 items-center">{actions}</div>
        )}
      </header>
      {state === undefined ? children : <StateOf state={state} height={height} />}
    </section>
  );
}

function StateOf({ state, height }: { state: ChartState; height: number }) {
  switch (state.kind) {
    case "loading":
      return (
        <div role="status" className="flex flex-col justify-between px-3 pb-6" style={{ height }}>
          <span className="sr-only">Asking for the values</span>
          {Array.from({ length: 4 }, (_, line) => (
            <div key={line} className="h-px bg-line" />
          ))}
        </div>
      );
    case "failed":
      return (
        <div className="overflow-auto" style={{ minHeight: height }}>
          <Failure error={state.failure.error} onRetry={state.onRetry} />
        </div>
      );
    case "empty":
      return (
        <div className="flex flex-col justify-center" style={{ minHeight: height }}>
          <Nothing title={state.title}>{state.hint}</Nothing>
        </div>
      );
  }
}
