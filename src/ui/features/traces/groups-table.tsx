import type { GroupsAnswer, SpanGroup } from "#api/contract/trace-views.ts";
import { useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { Head, SortHead } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { askGroups } from "../../lib/api/trace-views.ts";
import { saveCsv, saveJson } from "../../lib/export.ts";
import { fullCount, percent, shortCount } from "../../lib/format.ts";
import { POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords } from "../../lib/time-range.ts";
import { searchParameters, type TracesView } from "./traces-view.ts";

interface GroupsProps {
  readonly view: TracesView;
  readonly by: string;
  readonly onBy: (by: string) => void;
  readonly onTerm: (field: string, value: string) => void;
}

const FIELDS = ["service", "operation", "status", "kind"] as const;
const SORTS = ["count", "errorRate", "p50Ms", "p95Ms", "p99Ms"] as const;
type Sort = (typeof SORTS)[number];
const TITLES: Readonly<Record<Sort, string>> = {
  count: "Spans",
  errorRate: "Failed",
  p50Ms: "p50",
  p95Ms: "p95",
  p99Ms: "p99",
};

/** The spans of the search by what one value of them is: how many, how many failed, how long they took. */
export function GroupsTable({ view, by, onBy, onTerm }: GroupsProps) {
  const { q, range, isRoots } = view;
  const { data, error, refetch } = usePolled({
    key: ["trace-views", "groups", q, range, isRoots, by],
    ask: (cancel) => askGroups({ ...searchParameters(view, Date.now()), by }, cancel),
    everyMs: POLL_MS.spans,
    keepPrevious: true,
  });
  return (
    <>
      <By by={by} onBy={onBy} answer={data} />
      {data === undefined ? (
        error === null ? (
          <Loading rows={6} label="Counting the spans" />
        ) : (
          <Failure error={error.error} onRetry={() => void refetch()} />
        )
      ) : data.data.length === 0 ? (
        <Nothing title={`No span in the ${rangeWords(range)}`}>
          A wider range may find some.
        </Nothing>
      ) : (
        <Groups answer={data} by={by} onTerm={onTerm} />
      )}
    </>
  );
}

/** What spans are grouped by: a field, or the key of any attribute. */
function By(props: { by: string; onBy: (by: string) => void; answer: GroupsAnswer | undefined }) {
  const { by, onBy, answer } = props;
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2 text-xs sm:px-4"
      onSubmit={(event) => {
        event.preventDefault();
        const key = input.current?.value.trim() ?? "";
        if (key !== "") onBy(key);
      }}
    >
      <span className="text-muted">By</span>
      {FIELDS.map((field) => (
        <Button key={field} pressed={by === field} onClick={() => onBy(field)}>
          {field}
        </Button>
      ))}
      <label className="flex items-center gap-1.5 text-muted">
        or attribute
        <input
          key={by}
          ref={input}
          defaultValue={FIELDS.some((field) => field === by) ? "" : by}
          placeholder="http.route"
          maxLength={512}
          spellCheck={false}
          className="h-7 w-44 min-w-0 rounded-md border border-line bg-surface px-2 font-mono text-xs text-text placeholder:text-faint"
        />
      </label>
      {answer === undefined || answer.data.length === 0 ? null : (
        <span className="ml-auto flex gap-1.5">
          <Button onClick={() => saveCsv(`groups-by-${by}`, [by, ...SORTS], answer.data.map(row))}>
            CSV
          </Button>
          <Button onClick={() => saveJson(`groups-by-${by}`, answer.data)}>JSON</Button>
        </span>
      )}
    </form>
  );
}

function row(group: SpanGroup): (string | number)[] {
  return [group.value, ...SORTS.map((sort) => group[sort])];
}

function Groups(props: {
  answer: GroupsAnswer;
  by: string;
  onTerm: (field: string, value: string) => void;
}) {
  const { answer, by, onTerm } = props;
  const [sort, setSort] = useState<Sort>("count");
  const groups = answer.data.toSorted((a, b) => b[sort] - a[sort]);
  const longestMs = Math.max(...groups.map(({ p99Ms }) => p99Ms), 1e-6);
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[34rem] table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head className="pl-3 sm:pl-4">{by}</Head>
            {SORTS.map((one) => (
              <SortHead
                key={one}
                direction={sort === one ? "descending" : undefined}
                onSort={() => setSort(one)}
                isNumeric
                className="w-20 last:pr-3 sm:last:pr-4"
              >
                {TITLES[one]}
              </SortHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr
              key={group.value}
              className="h-8 border-b border-line last:border-b-0 hover:bg-hover"
            >
              <td className="min-w-0 px-2 pl-3 sm:pl-4">
                {group.value === "" ? (
                  <span className="text-faint italic">without it</span>
                ) : (
                  <button
                    type="button"
                    title="Find only these"
                    onClick={() => onTerm(by, group.value)}
                    className="flex max-w-full text-left hover:text-accent hover:underline"
                  >
                    <Name value={group.value} />
                  </button>
                )}
              </td>
              <td className="px-2 text-right" title={fullCount(Math.round(group.count))}>
                {shortCount(group.count)}
              </td>
              <td
                className={`px-2 text-right ${group.errors > 0 ? "font-medium text-bad" : "text-faint"}`}
              >
                {percent(group.errorRate)}
              </td>
              <td className="px-2 text-right">
                <Duration ms={group.p50Ms} />
              </td>
              <td className="px-2 text-right">
                <Duration ms={group.p95Ms} />
              </td>
              <td className="px-2 pr-3 text-right sm:pr-4">
                <Duration ms={group.p99Ms} className="relative" />
                <span
                  aria-hidden="true"
                  className="mt-0.5 ml-auto block h-0.5 rounded-full bg-accent"
                  style={{ width: `${(100 * group.p99Ms) / longestMs}%` }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
