import { getRouteApi } from "@tanstack/react-router";
import { SignalGate } from "../features/connect/signal-gate.tsx";
import { LogsView, type LogsViewState } from "../features/logs/logs-view.tsx";
import { COLUMNS_DEFAULT } from "../features/logs/record-fields.ts";
import { useSetRange, useViewRange } from "../lib/view-range.ts";
import type { LogsSearch } from "./logs-route.ts";

const route = getRouteApi("/logs");
/** Stands in an address for no column. */
const NO_COLUMNS = "none";

/** `/logs`: log records by a search, counted over time, listed, and followed as they come. */
export function LogsPage() {
  return (
    <SignalGate signal="logs">
      <SentLogs />
    </SignalGate>
  );
}

function SentLogs() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const range = useViewRange();
  const setRange = useSetRange();
  const change = (part: Partial<LogsViewState>): void => {
    const isStep = part.q !== undefined || part.isTailing !== undefined;
    void navigate({
      search: (before) => ({ ...before, ...searchPart(part) }),
      // A search is a step to come back from; a selection or a column is not.
      replace: !isStep,
      resetScroll: false,
    });
  };
  return (
    <LogsView
      state={stateOf(search)}
      range={range}
      onState={change}
      onRange={(fromMs, toMs) => setRange({ kind: "absolute", fromMs, toMs })}
    />
  );
}

function stateOf({ q = "", column, wrap, record, tail, facets }: LogsSearch): LogsViewState {
  return {
    q,
    columns: column === undefined ? COLUMNS_DEFAULT : column.filter((name) => name !== NO_COLUMNS),
    isWrapped: wrap === "on",
    record,
    isTailing: tail === "on",
    hasFacets: facets !== "off",
  };
}

function searchPart(part: Partial<LogsViewState>): LogsSearch {
  const found: { -readonly [Name in keyof LogsSearch]: LogsSearch[Name] } = {};
  if ("q" in part) found.q = part.q === "" ? undefined : part.q;
  if (part.columns !== undefined)
    found.column =
      part.columns.join("\n") === COLUMNS_DEFAULT.join("\n")
        ? undefined
        : part.columns.length === 0
          ? [NO_COLUMNS]
          : part.columns;
  if (part.isWrapped !== undefined) found.wrap = part.isWrapped ? "on" : undefined;
  if ("record" in part) found.record = part.record;
  if (part.isTailing !== undefined) found.tail = part.isTailing ? "on" : undefined;
  if (part.hasFacets !== undefined) found.facets = part.hasFacets ? undefined : "off";
  return found;
}
