import { Link } from "@tanstack/react-router";
import { useId, useMemo, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Name } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { RowGap } from "../../components/row-gap.tsx";
import { useElementSize } from "../../lib/element-size.ts";
import { duration, fullCount } from "../../lib/format.ts";
import { remScale } from "../../lib/rem-scale.ts";
import { rowWindow } from "../../lib/row-window.ts";
import { buildSpanTree, type SpanRow, type SpanTree } from "./span-tree.ts";
import { type DiffRow, diffTraces, type PathSum } from "./trace-diff.ts";
import { useOutline, useSimilarTraces } from "./trace-queries.ts";

interface CompareProps {
  readonly traceId: string;
  readonly tree: SpanTree;
  /** The other trace; none is chosen yet while it is undefined. */
  readonly other: string | undefined;
  readonly onOther: (traceId: string | undefined) => void;
  readonly onSelect: (row: SpanRow) => void;
}

/** The trace beside another one: what one of them has more of, path by path. */
export function Compare(props: CompareProps) {
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      {props.other === undefined ? (
        <Choose {...props} />
      ) : (
        <Beside key={props.other} {...props} other={props.other} />
      )}
    </div>
  );
}

const TRACE_ID = /^[0-9a-f]{32}$/i;

/** A trace to compare with: by its id, or one of the same operation. */
function Choose({ traceId, tree, onOther }: CompareProps) {
  const field = useId();
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const isWrong = wanted !== "" && !TRACE_ID.test(wanted);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4">
      <h2 className="text-sm font-semibold">Compare with another trace</h2>
      <form
        className="mt-2 flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (TRACE_ID.test(wanted)) onOther(wanted);
        }}
      >
        <label htmlFor={field} className="text-xs text-muted">
          Its id
        </label>
        <input
          id={field}
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="32 hexadecimal digits"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={isWrong}
          className="h-7 w-full max-w-80 rounded-md border border-line-strong bg-surface px-2 font-mono text-xs placeholder:text-faint"
        />
        <Button type="submit">Compare</Button>
        <p role="status" className="text-xs text-warn">
          {isWrong ? "A trace id has 32 hexadecimal digits." : ""}
        </p>
      </form>
      <Similar traceId={traceId} tree={tree} onOther={onOther} />
    </div>
  );
}

function Similar({ traceId, tree, onOther }: Pick<CompareProps, "traceId" | "tree" | "onOther">) {
  const { data, error, refetch } = useSimilarTraces(traceId, tree);
  return (
    <section className="mt-6">
      <h3 className="text-xs font-semibold">Of the same operation, within an hour of it</h3>
      {data === undefined ? (
        <Unanswered
          error={error}
          onRetry={() => void refetch()}
          label="Asking for traces of the same operation"
          rows={4}
        />
      ) : data.length === 0 ? (
        <Nothing title="There is no other trace of this operation">
          The id of any trace can be pasted above.
        </Nothing>
      ) : (
        <ul className="mt-1 divide-y divide-line border-y border-line">
          {data.map((trace) => (
            <li key={trace.traceId}>
              <button
                type="button"
                onClick={() => onOther(trace.traceId)}
                className="flex h-9 w-full items-center gap-4 px-2 text-left outline-offset-[-2px] hover:bg-hover"
              >
                <Time value={trace.startTime} className="text-muted" />
                <Duration ms={trace.durationMs} className="w-18 text-right font-medium" />
                <span className="w-20 text-right text-muted">
                  {fullCount(trace.spanCount)} spans
                </span>
                <span className={trace.errorCount === 0 ? "text-faint" : "font-medium text-bad"}>
                  {fullCount(trace.errorCount)} failed
                </span>
                <code className="truncate font-mono text-xs text-faint max-sm:hidden">
                  {trace.traceId}
                </code>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Beside({ tree, other, onOther, onSelect }: CompareProps & { other: string }) {
  const { data, error, refetch } = useOutline(other);
  const otherTree = useMemo(() => (data === undefined ? undefined : buildSpanTree(data)), [data]);
  const rows = useMemo(
    () => (otherTree === undefined ? [] : diffTraces(tree, otherTree)),
    [tree, otherTree],
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-1 border-b border-line px-4 py-2 text-xs">
        <Sum title="This trace" tree={tree} />
        {otherTree === undefined ? null : <Sum title="The other" tree={otherTree} />}
        <Link
          to="/traces/$traceId"
          params={{ traceId: other }}
          className="font-mono text-accent hover:underline"
        >
          {other.slice(0, 16)}…
        </Link>
        <Button className="ml-auto" onClick={() => onOther(undefined)}>
          Choose another
        </Button>
      </div>
      {otherTree === undefined ? (
        <Unanswered
          error={error}
          onRetry={() => void refetch()}
          label="Asking for the other trace"
          rows={8}
        />
      ) : (
        <Rows rows={rows} onSelect={onSelect} />
      )}
    </>
  );
}

function Sum({ title, tree }: { title: string; tree: SpanTree }) {
  return (
    <p>
      <span className="text-faint">{title}</span>{" "}
      <span className="font-medium">{duration(tree.durationMs)}</span>,{" "}
      {fullCount(tree.rows.length)} spans, {fullCount(tree.failed.length)} failed
    </p>
  );
}

const OVERSCAN = 12;
const INDENT_MAX = 16;

/** A line for each path; only those in view are drawn. */
function Rows({ rows, onSelect }: { rows: readonly DiffRow[]; onSelect: (row: SpanRow) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { height } = useElementSize(scroller);
  const [scrollTop, setScrollTop] = useState(0);
  const rowHeight = 32 * remScale();
  const view = { scrollTop, height, rowHeight, rows: rows.length, overscan: OVERSCAN };
  const { first, end } = rowWindow(view);
  const mostMs = useMemo(
    () => rows.reduce((most, { moreMs }) => Math.max(most, Math.abs(moreMs)), 1e-6),
    [rows],
  );
  return (
    <div
      ref={scroller}
      role="group"
      tabIndex={0}
      aria-label="Differences, path by path"
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain outline-offset-[-2px]"
    >
      <table
        aria-label="Differences"
        aria-rowcount={rows.length + 1}
        className="w-full table-fixed"
      >
        <thead className="sticky top-0 z-1 bg-surface text-xs text-faint shadow-[0_1px_0_var(--line)]">
          <tr aria-rowindex={1} className="h-8">
            <th scope="col" className="px-4 text-left font-medium">
              Path
            </th>
            <th scope="col" className="w-30 px-2 text-right font-medium max-md:w-20">
              This
            </th>
            <th scope="col" className="w-30 px-2 text-right font-medium max-md:w-20">
              Other
            </th>
            <th scope="col" className="w-56 px-2 pr-4 text-left font-medium max-md:w-24">
              Difference
            </th>
          </tr>
        </thead>
        <tbody>
          <RowGap columns={4} height={first * rowHeight} />
          {rows.slice(first, end).map((row, index) => (
            <Line
              key={first + index}
              row={row}
              place={first + index}
              height={rowHeight}
              mostMs={mostMs}
              onSelect={onSelect}
            />
          ))}
          <RowGap columns={4} height={(rows.length - end) * rowHeight} />
        </tbody>
      </table>
    </div>
  );
}

function Line(props: {
  row: DiffRow;
  place: number;
  height: number;
  mostMs: number;
  onSelect: (row: SpanRow) => void;
}) {
  const { row, place, height, mostMs, onSelect } = props;
  const { here, there } = row;
  const names = (
    <>
      <ServiceName service={row.service} className="max-w-[45%] shrink-0" />
      <Name value={row.name} className="text-muted" />
    </>
  );
  return (
    <tr
      aria-rowindex={place + 2}
      className="border-b border-line hover:bg-hover"
      style={{ height }}
    >
      <td className="min-w-0 px-4">
        <span
          className="flex min-w-0 items-center gap-2"
          style={{ paddingLeft: `${Math.min(row.depth, INDENT_MAX) * 0.75}rem` }}
        >
          {here === undefined ? (
            names
          ) : (
            <button
              type="button"
              onClick={() => onSelect(here.row)}
              className="flex min-h-6 w-full min-w-0 items-center gap-2 text-left hover:underline"
            >
              {names}
            </button>
          )}
        </span>
      </td>
      <Side sum={here} />
      <Side sum={there} />
      <td className="px-2 pr-4">
        <Difference row={row} mostMs={mostMs} />
      </td>
    </tr>
  );
}

function Side({ sum }: { sum: PathSum | undefined }) {
  return (
    <td className="px-2 text-right whitespace-nowrap">
      {sum === undefined ? (
        <span className="text-faint">–</span>
      ) : (
        <>
          {sum.spans === 1 ? null : (
            <span className="mr-1.5 text-2xs text-faint max-md:hidden">
              {fullCount(sum.spans)} ×
            </span>
          )}
          <span className={sum.errors === 0 ? "" : "font-medium text-bad"}>
            {sum.errors === 0 ? "" : "✕ "}
            {duration(sum.totalMs)}
          </span>
        </>
      )}
    </td>
  );
}

/** What this trace spends more or less, in words and as a bar from the middle. */
function Difference({ row, mostMs }: { row: DiffRow; mostMs: number }) {
  const { here, there, moreMs } = row;
  const isMore = moreMs > 0;
  const words =
    there === undefined
      ? "only in this"
      : here === undefined
        ? "only in the other"
        : moreMs === 0
          ? "the same"
          : `${isMore ? "▲ +" : "▼ "}${duration(moreMs)}`;
  const tone = isMore ? "text-bad" : moreMs < 0 ? "text-good" : "text-faint";
  return (
    <span className="flex items-center gap-3">
      <span className={`w-28 shrink-0 text-xs ${tone} ${moreMs === 0 ? "" : "font-medium"}`}>
        {words}
      </span>
      <span aria-hidden="true" className="relative h-2 flex-1 bg-sunken max-md:hidden">
        <span
          className={`absolute inset-y-0 ${isMore ? "left-1/2 bg-bad" : "right-1/2 bg-good"}`}
          style={{ width: `${(50 * Math.abs(moreMs)) / mostMs}%` }}
        />
      </span>
    </span>
  );
}
