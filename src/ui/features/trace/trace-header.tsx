import type { ReactNode } from "react";
import { Button, CopyButton } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { WarnIcon } from "../../components/icons.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Name } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { duration, fullCount, percent } from "../../lib/format.ts";
import type { CriticalPath } from "./critical-path.ts";
import type { SpanTree } from "./span-tree.ts";

/** Services that the legend names before it counts the rest. */
const LEGEND_MAX = 14;

/** What the trace is, in a glance, and its services with their colours. */
export function TraceHeader(props: {
  traceId: string;
  tree: SpanTree;
  isTruncated: boolean;
  onNextError: () => void;
  isZoomed: boolean;
  onWholeTrace: () => void;
  /** While it is shown, the services tell their share of it. */
  path: CriticalPath | undefined;
}) {
  const { traceId, tree, isTruncated, onNextError, isZoomed, onWholeTrace, path } = props;
  const { root } = tree;
  return (
    <header className="border-b border-line bg-surface px-4 py-2.5 sm:px-5">
      <h1 className="flex w-full min-w-0 items-center gap-2 text-base font-semibold tracking-tight">
        {root === undefined ? (
          "Empty trace"
        ) : (
          <>
            <ServiceName service={root.service} className="max-w-[45%] shrink-0" />
            <Name value={root.name} className="font-normal text-muted" />
          </>
        )}
      </h1>
      <dl className="mt-1 flex flex-wrap items-center gap-x-5 gap-y-0.5 text-xs">
        <Fact name="Started">
          <Time value={tree.startTime} />
        </Fact>
        <Fact name="Duration">
          <span className="flex items-center gap-2">
            <Duration ms={tree.durationMs} />
            {!isZoomed ? null : (
              <Button onClick={onWholeTrace} className="h-6!">
                Show all of it
              </Button>
            )}
          </span>
        </Fact>
        <Fact name="Spans">
          {fullCount(tree.rows.length)}
          {isTruncated ? (
            <span className="ml-1.5 text-warn">the first of more: the trace is over the limit</span>
          ) : null}
        </Fact>
        <Fact name="Depth">{fullCount(tree.depthMax + 1)}</Fact>
        <Fact name="Errors">
          {tree.failed.length === 0 ? (
            "0"
          ) : (
            <span className="flex items-center gap-2">
              <span className="flex items-center gap-1 text-bad">
                <WarnIcon className="size-3.5" />
                {fullCount(tree.failed.length)}
              </span>
              <Button onClick={onNextError} className="h-6!" aria-keyshortcuts="e">
                Next error{" "}
                <span className="pointer-coarse:hidden">
                  <Key>e</Key>
                </span>
              </Button>
            </span>
          )}
        </Fact>
        <Fact name="Id">
          <span className="flex min-w-0 items-center">
            <code className="truncate font-mono">{traceId}</code>
            <CopyButton text={traceId} label="Copy the trace id" />
          </span>
        </Fact>
      </dl>
      {path === undefined ? <Legend tree={tree} /> : <PathShares path={path} />}
    </header>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-4 min-w-4 items-center justify-center rounded-sm border border-line bg-sunken px-1 font-sans text-2xs text-muted">
      {children}
    </kbd>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-center gap-1.5">
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 font-medium">{children}</dd>
    </div>
  );
}

/** Names the colours. A narrow page has no room, and says each service in its row. */
function Legend({ tree }: { tree: SpanTree }) {
  const rest = tree.services.length - LEGEND_MAX;
  return (
    <ul
      aria-label="Services of the trace"
      className="mt-1.5 flex flex-wrap gap-x-4 gap-y-0.5 text-xs max-sm:hidden"
    >
      {tree.services.slice(0, LEGEND_MAX).map(({ service, spans, errors }) => (
        <li key={service} className="flex max-w-56 shrink-0 items-center gap-1.5">
          <ServiceName service={service} />
          <span className="text-faint">{fullCount(spans)}</span>
          {errors === 0 ? null : (
            <span
              title={`${fullCount(errors)} failed`}
              className="flex items-center gap-0.5 text-bad"
            >
              <WarnIcon className="size-3" />
              {fullCount(errors)}
            </span>
          )}
        </li>
      ))}
      {rest > 0 ? <li className="text-faint">and {fullCount(rest)} more</li> : null}
    </ul>
  );
}

/** What of the critical path each service had; in full where the legend has no room. */
function PathShares({ path }: { path: CriticalPath }) {
  const rest = path.byService.length - LEGEND_MAX;
  return (
    <ul
      aria-label="Services on the critical path"
      className="mt-1.5 flex flex-wrap gap-x-4 gap-y-0.5 text-xs"
    >
      {path.byService.slice(0, LEGEND_MAX).map(({ service, ms }) => (
        <li key={service} className="flex max-w-64 shrink-0 items-center gap-1.5">
          <ServiceName service={service} />
          <span className="font-medium">{percent(ms / Math.max(path.durationMs, 1e-9))}</span>
          <span className="text-faint">{duration(ms)}</span>
        </li>
      ))}
      {rest > 0 ? <li className="text-faint">and {fullCount(rest)} more</li> : null}
    </ul>
  );
}
