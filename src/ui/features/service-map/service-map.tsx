import type { ServiceMapAnswer } from "#api/contract/services.ts";
import { type ReactNode, useMemo } from "react";
import { Button } from "../../components/button.tsx";
import { WarnIcon } from "../../components/icons.tsx";
import { Keys } from "../../components/keys.tsx";
import { Loading, Nothing, Unanswered } from "../../components/notice.tsx";
import { askServiceMap } from "../../lib/api/services.ts";
import { useCommands } from "../../lib/commands.ts";
import { saveCsv } from "../../lib/export.ts";
import { fullCount } from "../../lib/format.ts";
import { useMediaQuery } from "../../lib/media-query.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords, requestRange, type TimeRange } from "../../lib/time-range.ts";
import { FocusPicker } from "./focus-picker.tsx";
import { MapCanvas } from "./map-canvas.tsx";
import { shapeOf } from "./map-graph.ts";
import { MapList } from "./map-list.tsx";
import { MapPanel } from "./map-panel.tsx";
import { DEPTH_DEFAULT, type MapState } from "./map-state.ts";
import { useLayout } from "./use-layout.ts";

interface ServiceMapProps {
  readonly range: TimeRange;
  readonly state: MapState;
  readonly onState: (part: Partial<MapState>) => void;
}

/** Services that the drawing bears, for the reader and for the browser. */
const SERVICES_MAX = 300;
/** As narrow as a phone, where a drawing says less than a list. */
const NARROW = "(max-width: 639px)";

/** Who calls whom, how often, how slowly and with how many errors: drawn, or as a list. */
export function ServiceMap(props: ServiceMapProps) {
  const { range, state, onState } = props;
  const { focus, depth = DEPTH_DEFAULT, selected } = state;
  const isNarrow = useMediaQuery(NARROW);
  const view = state.view ?? (isNarrow ? "list" : "graph");
  const { data, error, refetch } = usePolled({
    key: ["services", "map", range, focus, focus === undefined ? undefined : depth],
    ask: async (cancel) => {
      const bounds = requestRange(range, Date.now());
      const around = focus === undefined ? {} : { focus, depth };
      const map = await askServiceMap({ ...bounds, ...around, limit: SERVICES_MAX }, cancel);
      return { map, subject: JSON.stringify([range, around]) };
    },
    everyMs: everyMsIn(range, POLL_MS.lists),
    keepPrevious: true,
  });
  const map = data?.map;
  const other = view === "list" ? "graph" : "list";
  useCommands([
    {
      id: "map.view",
      title: other === "list" ? "Show the map as a list" : "Show the map as a drawing",
      group: "Map",
      keys: "l",
      isOnce: true,
      run: () => onState({ view: other }),
    },
    {
      id: "map.csv",
      title: "Save the calls as CSV",
      group: "Map",
      run: () => saveCalls(map),
    },
    ...(selected === undefined
      ? []
      : [
          {
            id: "map.close",
            title: "Close the selected service",
            group: "Map",
            keys: "Escape",
            isHidden: true,
            run: () => onState({ selected: undefined }),
          },
        ]),
  ]);
  const node = map?.nodes.find(({ service }) => service === selected);
  return (
    <div className="flex h-page min-h-112 flex-col">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-surface px-3 py-2 sm:px-5">
        <h1 className="text-lg font-semibold tracking-tight">Service map</h1>
        {map === undefined ? null : <Summary map={map} />}
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <FocusPicker map={map} focus={focus} depth={depth} onState={onState} />
          <Button onClick={() => onState({ view: other })} aria-keyshortcuts="l">
            {other === "list" ? "As a list" : "As a map"}
            <span className="pointer-coarse:hidden">
              <Keys keys="l" />
            </span>
          </Button>
        </div>
      </header>
      {data === undefined ? (
        <Unanswered error={error} onRetry={() => void refetch()} label="Asking for the map" />
      ) : data.map.nodes.length === 0 ? (
        <NothingThere focus={focus} range={range} onState={onState} />
      ) : (
        <div className="flex min-h-0 flex-1 max-lg:flex-col">
          <MapContent {...props} {...data} view={view} />
          {node === undefined ? null : (
            <MapPanel
              node={node}
              map={data.map}
              isFocus={focus === node.service}
              onSelect={(service) => onState({ selected: service })}
              onFocus={(service) => onState({ focus: service })}
            />
          )}
        </div>
      )}
    </div>
  );
}

/** The drawing once it is laid out, or the list. */
function MapContent(
  props: ServiceMapProps & {
    map: ServiceMapAnswer;
    /** What was asked for: another question has another map, and is laid out afresh. */
    subject: string;
    view: "graph" | "list";
  },
): ReactNode {
  const { map, subject, view, state, onState } = props;
  const { focus, selected } = state;
  const list = <MapList map={map} sort={state.sort} onSort={(sort) => onState({ sort })} />;
  const shape = useMemo(() => (view === "graph" ? shapeOf(map) : undefined), [map, view]);
  const { map: laidOut, isFailed } = useLayout(shape, subject);
  if (view === "list") return list;
  if (isFailed) {
    return (
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <p
          role="alert"
          className="flex items-center gap-2 border-b border-line bg-warn-soft px-4 py-2 text-warn"
        >
          <WarnIcon /> The map could not be drawn in this browser; this is the same as a list. Fewer
          services may help: choose one to focus on.
        </p>
        {list}
      </div>
    );
  }
  if (laidOut === undefined) return <Loading rows={8} label="Drawing the map" />;
  return (
    <MapCanvas
      map={map}
      laidOut={laidOut}
      subject={subject}
      focus={focus}
      selected={selected}
      onSelect={(service) => onState({ selected: service })}
    />
  );
}

function Summary({ map }: { map: ServiceMapAnswer }) {
  const { nodes, data, omitted } = map;
  return (
    <p className="text-muted">
      {fullCount(nodes.length)} {nodes.length === 1 ? "service" : "services"},{" "}
      {fullCount(data.length)} {data.length === 1 ? "call" : "calls"}
      {omitted.services + omitted.calls === 0 ? null : (
        <span
          title={`${fullCount(omitted.calls)} calls are left out too`}
          className="ml-2 rounded-sm bg-warn-soft px-1.5 py-0.5 text-xs text-warn"
        >
          {omitted.services === 0
            ? `the busiest; ${fullCount(omitted.calls)} calls more`
            : `the busiest; ${fullCount(omitted.services)} services more. Focus on one to see what is around it`}
        </span>
      )}
    </p>
  );
}

function NothingThere(props: {
  focus: string | undefined;
  range: TimeRange;
  onState: (part: Partial<MapState>) => void;
}) {
  const { focus, range, onState } = props;
  if (focus === undefined) {
    return (
      <Nothing title={`No service sent a span in the ${rangeWords(range)}`}>
        A wider time range may find some.
      </Nothing>
    );
  }
  return (
    <Nothing title={`No call from or to this service in the ${rangeWords(range)}`}>
      <Button onClick={() => onState({ focus: undefined })} className="mt-2">
        Show the whole map
      </Button>
    </Nothing>
  );
}

function saveCalls(map: ServiceMapAnswer | undefined): void {
  const columns = ["source", "target", "requests", "requests_per_second", "errors", "p95_ms"];
  const rows = (map?.data ?? []).map((call) => [
    call.source,
    call.target,
    call.requests,
    call.requestsPerSecond,
    call.errors,
    call.p95Ms,
  ]);
  saveCsv("service-map", columns, rows);
}
