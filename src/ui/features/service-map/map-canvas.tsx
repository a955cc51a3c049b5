import type { ServiceEdge, ServiceMapAnswer, ServiceNode } from "#api/contract/services.ts";
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useMemo,
  useRef,
  useState,
} from "react";
import { Button, IconButton } from "../../components/button.tsx";
import { useCommands } from "../../lib/commands.ts";
import { useElementSize } from "../../lib/element-size.ts";
import { MapCard, type Pointed } from "./map-card.tsx";
import { MapEdge } from "./map-edge.tsx";
import { callKey, cardSize, hasFigures, hasLabels, nodesByName } from "./map-graph.ts";
import { MapNode } from "./map-node.tsx";
import type { LaidOutMap } from "./use-layout.ts";
import { type MapMoves, useMapViewport } from "./use-viewport.ts";
import { nearest } from "./viewport.ts";

interface MapCanvasProps {
  readonly map: ServiceMapAnswer;
  readonly laidOut: LaidOutMap;
  /** Of what it is the map: another one is shown from its beginning. */
  readonly subject: string;
  readonly focus: string | undefined;
  readonly selected: string | undefined;
  readonly onSelect: (service: string | undefined) => void;
}

const ZOOM_STEP = 1.3;
const MOVE_STEP = 60;

/** What the pointer or the focus is on: a service, or the key of a call. */
interface PointedAt {
  readonly service?: string | undefined;
  readonly call?: string | undefined;
}

/**
 * The map as a drawing: pushed by the mouse, by fingers and by Shift with the arrows; zoomed by the wheel and
 * by + and −; the arrows go from service to service. The list has the same in words.
 */
export function MapCanvas(props: MapCanvasProps) {
  const { map, laidOut, subject } = props;
  const frame = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const size = useElementSize(frame);
  const moves = useMapViewport(frame, layer, laidOut.layout, size, subject);
  const [pointed, setPointed] = useState<PointedAt>({});
  const nodes = useMemo(() => nodesByName(map.nodes), [map]);
  const calls = useMemo(() => new Map(map.data.map((edge) => [callKey(edge), edge])), [map]);
  useCommands([
    { id: "map.fit", title: "Show the whole map", group: "Map", keys: "0", run: moves.fit },
    { id: "map.in", title: "Zoom in", group: "Map", keys: "+", run: () => moves.zoom(ZOOM_STEP) },
    {
      id: "map.out",
      title: "Zoom out",
      group: "Map",
      keys: "-",
      run: () => moves.zoom(1 / ZOOM_STEP),
    },
  ]);
  const onKey = useMapKeys(laidOut, frame, moves);
  // What is selected has its figures in the panel.
  const card =
    pointed.service !== undefined && pointed.service === props.selected
      ? undefined
      : cardOf(pointed, nodes, calls);
  const drawn = { ...props, nodes, calls, pointed, onPoint: setPointed };
  return (
    <div
      ref={frame}
      role="group"
      aria-label="Map of services"
      className="relative min-h-0 min-w-0 flex-1 cursor-grab touch-none overflow-hidden bg-sunken select-none active:cursor-grabbing"
    >
      <div ref={layer} className="group absolute top-0 left-0 origin-top-left">
        <Calls {...drawn} />
        <Services {...drawn} onKey={onKey} />
      </div>
      <ZoomButtons onZoom={moves.zoom} onFit={moves.fit} />
      {card === undefined ? null : <MapCard pointed={card} />}
    </div>
  );
}

interface DrawnProps extends MapCanvasProps {
  readonly nodes: ReadonlyMap<string, ServiceNode>;
  /** By {@link callKey}. */
  readonly calls: ReadonlyMap<string, ServiceEdge>;
  readonly pointed: PointedAt;
  readonly onPoint: (pointed: PointedAt) => void;
}

/** The lines, which lie below the services. */
function Calls(props: DrawnProps) {
  const { map, laidOut, selected, calls, pointed, onPoint, onSelect } = props;
  const { layout, shape } = laidOut;
  const active = pointed.service ?? selected;
  const most = Math.max(...map.data.map(({ requestsPerSecond }) => requestsPerSecond), 0);
  const isLabelled = hasLabels(shape);
  const point = useCallback(
    (edge: ServiceEdge | undefined) => onPoint(edge === undefined ? {} : { call: callKey(edge) }),
    [onPoint],
  );
  const select = useCallback((edge: ServiceEdge) => onSelect(edge.target), [onSelect]);
  const placeOf = ({ source, target }: ServiceEdge, key: string): "near" | "far" | "plain" => {
    if (key === pointed.call || source === active || target === active) return "near";
    return active === undefined && pointed.call === undefined ? "plain" : "far";
  };
  return (
    <svg
      width={layout.width}
      height={layout.height}
      aria-hidden="true"
      className="pointer-events-none absolute top-0 left-0 overflow-visible"
    >
      {shape.calls.map((call, place) => {
        const key = callKey(call);
        const edge = calls.get(key);
        if (edge === undefined) return null;
        return (
          <MapEdge
            key={key}
            edge={edge}
            at={layout.edges[place]!}
            most={most}
            place={placeOf(edge, key)}
            hasLabel={isLabelled}
            onPoint={point}
            onSelect={select}
          />
        );
      })}
    </svg>
  );
}

function Services(props: DrawnProps & { onKey: (service: string, event: KeyboardEvent) => void }) {
  const { map, laidOut, focus, selected, nodes, pointed, onPoint, onSelect, onKey } = props;
  const { layout, shape } = laidOut;
  const active = pointed.service ?? selected;
  const near = useMemo(() => neighbours(map.data, active), [map, active]);
  const point = useCallback((service: string | undefined) => onPoint({ service }), [onPoint]);
  const select = useCallback(
    (service: string) => onSelect(service === selected ? undefined : service),
    [onSelect, selected],
  );
  const card = cardSize(shape);
  const isRoomy = hasFigures(shape);
  const wanted = [selected, focus, ...shape.services];
  const tabStop = wanted.find((service) => service !== undefined && nodes.has(service));
  return shape.services.map((service, place) => {
    const node = nodes.get(service);
    if (node === undefined) return null;
    return (
      <MapNode
        key={service}
        node={node}
        at={layout.nodes[place]!}
        card={card}
        hasFigures={isRoomy}
        isFocus={service === focus}
        isSelected={service === selected}
        isFaint={active !== undefined && !near.has(service)}
        isTabStop={service === tabStop}
        onSelect={select}
        onPoint={point}
        onKey={onKey}
      />
    );
  });
}

/** Arrows go from a service to the nearest in their direction, which comes into the window; with Shift they push. */
function useMapKeys(
  { shape, layout }: LaidOutMap,
  frame: RefObject<HTMLElement | null>,
  moves: MapMoves,
): (service: string, event: KeyboardEvent) => void {
  return useCallback(
    (service, event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !event.key.startsWith("Arrow")) return;
      event.preventDefault();
      if (event.shiftKey) {
        moves.move(...pushOf(event.key));
        return;
      }
      const next = nearest(layout.nodes, shape.services.indexOf(service), event.key);
      if (next === undefined) return;
      const cards = frame.current?.querySelectorAll<HTMLElement>("[data-service]") ?? [];
      const name = shape.services[next];
      moves.show(layout.nodes[next]!, cardSize(shape));
      [...cards].find(({ dataset }) => dataset["service"] === name)?.focus({ preventScroll: true });
    },
    [shape, layout, frame, moves],
  );
}

function pushOf(key: string): [number, number] {
  switch (key) {
    case "ArrowLeft":
      return [MOVE_STEP, 0];
    case "ArrowRight":
      return [-MOVE_STEP, 0];
    case "ArrowUp":
      return [0, MOVE_STEP];
    default:
      return [0, -MOVE_STEP];
  }
}

/** The service itself and those that it calls or is called by. */
function neighbours(
  edges: readonly ServiceEdge[],
  service: string | undefined,
): ReadonlySet<string> {
  if (service === undefined) return new Set();
  const ends = edges
    .filter(({ source, target }) => source === service || target === service)
    .flatMap(({ source, target }) => [source, target]);
  return new Set([service, ...ends]);
}

function cardOf(
  { service, call }: PointedAt,
  nodes: ReadonlyMap<string, ServiceNode>,
  calls: ReadonlyMap<string, ServiceEdge>,
): Pointed | undefined {
  const node = service === undefined ? undefined : nodes.get(service);
  if (node !== undefined) return { kind: "service", node };
  const edge = call === undefined ? undefined : calls.get(call);
  return edge === undefined ? undefined : { kind: "call", edge };
}

function ZoomButtons(props: { onZoom: (factor: number) => void; onFit: () => void }): ReactNode {
  const { onZoom, onFit } = props;
  return (
    <div className="absolute right-3 bottom-3 z-1 flex items-center gap-0.5 rounded-lg border border-line bg-surface p-0.5 shadow-sm">
      <IconButton label="Zoom out" onClick={() => onZoom(1 / ZOOM_STEP)}>
        <span aria-hidden="true">−</span>
      </IconButton>
      <Button onClick={onFit} className="border-transparent!" title="Show the whole map">
        Fit
      </Button>
      <IconButton label="Zoom in" onClick={() => onZoom(ZOOM_STEP)}>
        <span aria-hidden="true">+</span>
      </IconButton>
    </div>
  );
}
