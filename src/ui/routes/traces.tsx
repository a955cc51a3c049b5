import { getRouteApi } from "@tanstack/react-router";
import { SignalGate } from "../features/connect/signal-gate.tsx";
import { useState } from "react";
import { Button } from "../components/button.tsx";
import { Panel } from "../components/panel.tsx";
import { SearchBox } from "../components/search-box.tsx";
import { DifferencesPanel } from "../features/traces/differences-panel.tsx";
import { FacetsPanel } from "../features/traces/facets-panel.tsx";
import { GroupsTable } from "../features/traces/groups-table.tsx";
import { LatencyPanel } from "../features/traces/latency-panel.tsx";
import { TraceList } from "../features/traces/trace-list.tsx";
import { boxOfText, textOfBox, type TracesView } from "../features/traces/traces-view.ts";
import { withTerm } from "../lib/search-terms.ts";
import { rangeWords } from "../lib/time-range.ts";
import { useViewRange } from "../lib/view-range.ts";
import type { TracesSearch } from "./traces-route.ts";

const route = getRouteApi("/traces");
/** What another search makes meaningless. */
const UNSELECTED = { box: undefined, before: undefined, until: undefined };

/** `/traces`: finds traces, shows when and how long they were, and tells what sets a selection of them apart. */
export function TracesPage() {
  return (
    <SignalGate signal="traces">
      <SentTraces />
    </SignalGate>
  );
}

function SentTraces() {
  const search = route.useSearch();
  const range = useViewRange();
  const change = useChange();
  const { q = "", spans, box, status, facet = [], before, until } = search;
  const view: TracesView = {
    q,
    range,
    isRoots: spans === undefined ? q === "" : spans === "roots",
    box: boxOfText(box),
    onlyFailed: status === "error",
    facets: facet,
  };
  const find = (next: string): void => change({ ...UNSELECTED, q: next === "" ? undefined : next });
  const term = (field: string, value: string, isNot = false): void =>
    find(withTerm(q, field, value, { isNot }));
  return (
    <div className="mx-auto w-full max-w-[152rem] px-3 py-4 sm:px-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="text-lg font-semibold tracking-tight">Traces</h1>
        <div className="min-w-0 flex-1 basis-80">
          <SearchBox signal="traces" value={q} onSearch={find} />
        </div>
      </div>
      <div className="mt-3 grid items-start gap-3 lg:grid-cols-[15rem_minmax(0,1fr)] 2xl:grid-cols-[18rem_minmax(0,1fr)]">
        <Facets>
          <FacetsPanel
            view={view}
            onTerm={term}
            onFacets={(keys) => change({ facet: keys.length === 0 ? undefined : [...keys] })}
          />
        </Facets>
        <div className="flex min-w-0 flex-col gap-3">
          <LatencyPanel
            view={view}
            isTable={search.table === "on"}
            onTable={(isTable) => change({ table: isTable ? "on" : undefined })}
            onRoots={(isRoots) => change({ ...UNSELECTED, spans: isRoots ? "roots" : "all" })}
            onBox={(next) =>
              change({ ...UNSELECTED, box: next === undefined ? undefined : textOfBox(next) })
            }
            onOnlyFailed={(only) =>
              change({ before: undefined, until: undefined, status: only ? "error" : undefined })
            }
          />
          {view.box === undefined && !view.onlyFailed ? null : (
            <DifferencesPanel
              view={view}
              onNarrow={(terms) =>
                find(terms.reduce((text, one) => withTerm(text, one.field, one.value), q))
              }
            />
          )}
          <Results
            search={search}
            view={view}
            change={change}
            onTerm={term}
            before={before}
            until={until}
          />
        </div>
      </div>
    </div>
  );
}

/** Beside the rest where there is room, else folded away above it. */
function Facets({ children }: { children: React.ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel
      title="Narrow down"
      actions={
        <Button className="lg:hidden" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Hide" : "Show"}
        </Button>
      }
    >
      <div className={isOpen ? "" : "max-lg:hidden"}>{children}</div>
    </Panel>
  );
}

function Results(props: {
  search: TracesSearch;
  view: TracesView;
  change: (part: TracesSearch) => void;
  onTerm: (field: string, value: string) => void;
  before: string | undefined;
  until: string | undefined;
}) {
  const { search, view, change, onTerm, before, until } = props;
  const isGrouped = search.view === "groups";
  const isSlowest = search.order === "slowest";
  const reorder = (order: TracesSearch["order"]): void =>
    change({ order, before: undefined, until: undefined });
  return (
    <Panel
      title={isGrouped ? "Groups" : listTitle(isSlowest, before !== undefined)}
      note={noteOf(view, { isGrouped, isSlowest })}
      actions={
        <>
          {isGrouped ? null : (
            <div role="group" aria-label="Order" className="mr-2 flex gap-2">
              <Button pressed={!isSlowest} onClick={() => reorder(undefined)}>
                Newest
              </Button>
              <Button pressed={isSlowest} onClick={() => reorder("slowest")}>
                Slowest
              </Button>
            </div>
          )}
          <Button pressed={!isGrouped} onClick={() => change({ view: undefined })}>
            List
          </Button>
          <Button pressed={isGrouped} onClick={() => change({ view: "groups" })}>
            Group by
          </Button>
        </>
      }
    >
      {isGrouped ? (
        <GroupsTable
          view={view}
          by={search.by ?? "service"}
          onBy={(by) => change({ by })}
          sort={search.sort}
          onSort={(sort) => change({ sort })}
          onTerm={onTerm}
        />
      ) : (
        <TraceList
          view={view}
          isSlowest={isSlowest}
          before={before}
          until={until}
          onNext={(cursor, end) => change({ before: cursor, until: end })}
          onFirst={() => change({ before: undefined, until: undefined })}
        />
      )}
    </Panel>
  );
}

function listTitle(isSlowest: boolean, isLater: boolean): string {
  if (!isLater) return "Traces";
  return isSlowest ? "Less slow traces" : "Older traces";
}

/** What the list holds, and in which order where durations of whole traces do not tell. */
function noteOf(
  { box, onlyFailed, range }: TracesView,
  { isGrouped, isSlowest }: { isGrouped: boolean; isSlowest: boolean },
): string {
  if (isGrouped) return rangeWords(range);
  const isPart = box !== undefined || onlyFailed;
  return `${isPart ? "the selected ones, " : ""}${isSlowest ? "by the longest span found, " : ""}${rangeWords(range)}`;
}

/** Puts a part of the view state into the address; undefined takes it out. */
function useChange(): (part: TracesSearch) => void {
  const navigate = route.useNavigate();
  return (part) => {
    void navigate({
      search: (search) => ({ ...search, ...part }),
      resetScroll: false,
    });
  };
}
