import type { GroupsAnswer, SpanGroup } from "#api/contract/trace-views.ts";
import { useMemo, useRef } from "react";
import { Button } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { Head, SortHead } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { askGroups } from "../../lib/api/trace-views.ts";
import { saveCsv, saveJson } from "../../lib/export.ts";
import { fullCount, percent, shortCount } from "../../lib/format.ts";
import { directionOf, nextOrder, type Order, ordered, parseOrder } from "../../lib/order.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords } from "../../lib/time-range.ts";
import { Estimated } from "./estimated.tsx";
import { GROUP_COLUMNS, type GroupColumn, groupsTable } from "./group-columns.ts";
import { searchParameters, type TracesView } from "./traces-view.ts";

interface GroupsProps {
  readonly view: TracesView;
  readonly by: string;
  readonly onBy: (by: string) => void;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
  readonly onTerm: (field: string, value: string) => void;
}

const FIELDS = ["service", "operation", "status", "kind"] as const;
const TITLES: Readonly<Record<GroupColumn, string>> = {
  count: "Spans",
  errorRate: "Failed",
  p50Ms: "p50",
  p95Ms: "p95",
  p99Ms: "p99",
};

/** The spans of the search by what one value of them is: how many, how many failed, how long they took. */
export function GroupsTable(props: GroupsProps) {
  const { view, by, onBy } = props;
  const { q, range, isRoots } = view;
  const { data, error, refetch } = usePolled({
    key: ["trace-views", "groups", q, range, isRoots, by],
    ask: (cancel) => askGroups({ ...searchParameters(view, Date.now()), by }, cancel),
    everyMs: everyMsIn(range, POLL_MS.spans),
    keepPrevious: true,
  });
  return (
    <>
      <By by={by} onBy={onBy} answer={data} />
      {data === undefined ? (
        <Unanswered error={error} onRetry={() => void refetch()} label="Counting the spans" />
      ) : data.data.length === 0 ? (
        <Nothing title={`No span in the ${rangeWords(range)}`}>
          A wider range may find some.
        </Nothing>
      ) : (
        <Groups {...props} answer={data} />
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
        <span className="ml-auto flex items-center gap-1.5">
          <Estimated share={answer.scanned.share} />
          <Button onClick={() => saveCsv(`groups-by-${by}`, ...groupsTable(answer, by))}>
            CSV
          </Button>
          <Button onClick={() => saveJson(`groups-by-${by}`, answer)}>JSON</Button>
        </span>
      )}
    </form>
  );
}

function useOrderedGroups(answer: GroupsAnswer, order: Order<GroupColumn>): readonly SpanGroup[] {
  const { column, descending } = order;
  return useMemo(
    () =>
      ordered(answer.data, {
        descending,
        by: (group) => group[column],
        name: ({ value }) => value,
      }),
    [answer, column, descending],
  );
}

function Groups({ answer, by, sort, onSort, onTerm }: GroupsProps & { answer: GroupsAnswer }) {
  const order = parseOrder(sort, GROUP_COLUMNS, { column: "count", descending: true });
  const groups = useOrderedGroups(answer, order);
  const about = answer.scanned.share < 1 ? "~" : "";
  const longestMs = Math.max(...groups.map(({ p99Ms }) => p99Ms), 1e-6);
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[34rem] table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head className="pl-3 sm:pl-4">{by}</Head>
            {GROUP_COLUMNS.map((one) => (
              <SortHead
                key={one}
                direction={directionOf(order, one)}
                onSort={() => onSort(nextOrder(order, one, true))}
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
              <td
                className="px-2 text-right"
                title={`${about}${fullCount(Math.round(group.count))}`}
              >
                {about}
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
