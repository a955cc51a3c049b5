import type { LogFacet } from "#api/contract/logs.ts";
import { useEffect, useMemo, useRef } from "react";
import { Button, BUTTON_CLASS } from "../../components/button.tsx";
import { TailIcon } from "../../components/icons.tsx";
import { Popover } from "../../components/popover.tsx";
import { SearchBox } from "../../components/search-box.tsx";
import type { ChartState } from "../../charts/chart-frame.tsx";
import { useElementSize } from "../../lib/element-size.ts";
import { useMediaQuery } from "../../lib/media-query.ts";
import { termState, withoutTerm, withTerm } from "../../lib/search-terms.ts";
import type { TimeRange } from "../../lib/time-range.ts";
import { FacetPanel } from "./facet-panel.tsx";
import type { FieldActions } from "./record-field-list.tsx";
import { COLUMNS_MAX, type RecordField } from "./record-fields.ts";
import { LogChart } from "./log-chart.tsx";
import { StoredLogs } from "./stored-logs.tsx";
import { TailedLogs } from "./tailed-logs.tsx";
import { type LogListState, useFixedRange, useLogList, useNewRows } from "./use-log-list.ts";

/** What the address says of the page. */
export interface LogsViewState {
  readonly q: string;
  readonly columns: readonly string[];
  readonly isWrapped: boolean;
  /** The id of the selected record. */
  readonly record: string | undefined;
  readonly isTailing: boolean;
  readonly hasFacets: boolean;
}

export interface LogsViewProps {
  readonly state: LogsViewState;
  readonly range: TimeRange;
  readonly onState: (part: Partial<LogsViewState>) => void;
  readonly onRange: (fromMs: number, toMs: number) => void;
}

/** There is room for the facets beside the list; else a button shows them over it. */
const WIDE = "(min-width: 64rem)";
const CHART_HEIGHT = 96;
/** One step of the chart has about so many pixels. */
const STEP_PX = 7;

/** Log records: searched, and listed or followed as they come. */
export function LogsView(props: LogsViewProps) {
  const { state, onState } = props;
  const { q, isTailing } = state;
  const actions = useFieldActions(state, onState);
  return (
    <div className="flex h-page min-h-0 flex-col">
      <h1 className="sr-only">Logs</h1>
      <div className="flex items-start gap-2 border-b border-line bg-surface px-3 py-2 sm:px-4">
        <SearchBox
          signal="logs"
          value={q}
          onSearch={(next) => onState({ q: next, record: undefined })}
          className="flex-1"
        />
        <Button
          pressed={isTailing}
          title="Show records as they arrive"
          onClick={() => onState({ isTailing: !isTailing, record: undefined })}
          className="h-8"
        >
          <TailIcon className="size-3.5" />
          Tail
        </Button>
      </div>
      {isTailing ? (
        <div className="flex min-h-0 flex-1">
          <TailedLogs key={q} state={state} actions={actions} onState={onState} />
        </div>
      ) : (
        <FoundLogs {...props} actions={actions} />
      )}
    </div>
  );
}

/** What is stored: counted over time, with its facets beside and the list below. */
function FoundLogs({
  state,
  range,
  onState,
  onRange,
  actions,
}: LogsViewProps & { actions: FieldActions }) {
  const { q, hasFacets } = state;
  const chart = useRef<HTMLDivElement>(null);
  const { width } = useElementSize(chart);
  const [fixed, renew] = useFixedRange(range, q);
  const isMoving = range.kind === "relative";
  const list = useLogList({ q, range: fixed, isMoving }, stepsFor(width));
  const newRows = useNewRows(q, range, fixed.toMs);
  const isWide = useMediaQuery(WIDE);
  const facets = (
    <FacetPanel
      q={q}
      range={fixed}
      isFollowing={isMoving}
      onValue={(facet, value, isNot) =>
        onState({ q: clicked(q, facet, value, isNot), record: undefined })
      }
    />
  );
  return (
    <>
      <h2 className="sr-only">What was found</h2>
      <div ref={chart} className="border-b border-line bg-surface">
        <LogChart
          histogram={list.histogram}
          range={fixed}
          state={chartStateOf(list)}
          height={CHART_HEIGHT}
          onBrush={onRange}
        />
      </div>
      <div className="flex min-h-0 flex-1">
        {isWide && hasFacets ? (
          <aside
            aria-label="Facets"
            tabIndex={0}
            className="w-60 shrink-0 overflow-y-auto border-r border-line bg-surface outline-offset-[-2px]"
          >
            {facets}
          </aside>
        ) : null}
        <StoredLogs
          state={state}
          list={list}
          range={fixed}
          newRows={newRows}
          onRenew={renew}
          facets={
            isWide ? (
              <Button pressed={hasFacets} onClick={() => onState({ hasFacets: !hasFacets })}>
                Facets
              </Button>
            ) : (
              <Popover
                title="Facets"
                button="Facets"
                buttonClass={BUTTON_CLASS}
                panelClass="w-72 max-sm:w-[calc(100vw-1rem)]"
              >
                {() => facets}
              </Popover>
            )
          }
          actions={actions}
          onState={onState}
        />
      </div>
    </>
  );
}

function chartStateOf({ histogram, error }: LogListState): ChartState | undefined {
  if (histogram !== undefined)
    return histogram.total === 0 ? { kind: "empty", title: "No records in this time" } : undefined;
  if (error === undefined) return { kind: "loading" };
  return { kind: "empty", title: "The records could not be counted" };
}

/** Steps that fit the width, in few different numbers, so that a wider window rarely asks anew. */
function stepsFor(width: number): number {
  return width === 0 ? 0 : Math.max(20, Math.min(300, Math.round(width / STEP_PX / 20) * 20));
}

/** The search after a click on a value of a facet: it is added to those of its field, or taken away again. */
function clicked(
  q: string,
  { field, isAttribute }: LogFacet,
  value: string,
  isNot: boolean,
): string {
  const state = termState(q, field, value, { isAttribute });
  if (state === "in" && !isNot) return withoutTerm(q, field, value, { isAttribute });
  if (state === "out") return withoutTerm(q, field, value, { isAttribute, isNot: true });
  return withTerm(q, field, value, { isAttribute, isNot, isAny: true });
}

function useFieldActions(
  { q, columns }: LogsViewState,
  onState: LogsViewProps["onState"],
): FieldActions {
  const latest = useRef(onState);
  useEffect(() => {
    latest.current = onState;
  });
  return useMemo(
    () => ({
      columns,
      onTerm: ({ name, text, isAttribute }: RecordField, isNot: boolean) =>
        latest.current({ q: withTerm(q, name, text, { isAttribute, isNot }) }),
      onColumn: (name: string) => {
        const rest = columns.filter((one) => one !== name);
        const next = rest.length < columns.length ? rest : [...columns, name].slice(-COLUMNS_MAX);
        latest.current({ columns: next });
      },
    }),
    [q, columns],
  );
}
