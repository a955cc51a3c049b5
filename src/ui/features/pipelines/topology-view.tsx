import { useCallback, useMemo, useRef } from "react";
import { useElementSize } from "../../lib/element-size.ts";
import type { PulsePoint } from "../../lib/pulse-history.ts";
import { pulseKey } from "../../lib/pulse-history.ts";
import { perSecond } from "../../lib/format.ts";
import { ComponentCard } from "./component-card.tsx";
import { troubleOf } from "./component-words.ts";
import {
  type ComponentKind,
  type Flow,
  intoJournal,
  layOut,
  type PipelineView,
  type TopologyEdge,
  type TopologyNode,
} from "./topology.ts";

/** The component that is told of in detail. */
export interface Chosen {
  readonly pipeline: string;
  readonly kind: ComponentKind;
  readonly name: string;
}

const NO_FLOW: Flow = { in: 0, out: 0, isTroubled: false };
const RATE_WIDTH = 0.9;

/** A pipeline as it works: what is in it, and how many rows go where. */
export function TopologyView(props: {
  pipeline: PipelineView;
  pulses: ReadonlyMap<string, readonly PulsePoint[]>;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
}) {
  const { pipeline, pulses, chosen, onChoose } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { width: room } = useElementSize(frame);
  const flowOf = useCallback(
    (id: string): Flow => {
      const [kind, ...name] = id.split(":");
      const key = { kind: kind as ComponentKind, name: name.join(":") };
      const pulse = pulses.get(pulseKey(pipeline.name, key))?.at(-1);
      if (pulse === undefined) return NO_FLOW;
      return { in: pulse.in, out: pulse.out, isTroubled: troubleOf(pulse)?.level === "bad" };
    },
    [pipeline.name, pulses],
  );
  const { nodes, edges, width, height } = useMemo(
    () => layOut(pipeline, room, flowOf),
    [pipeline, room, flowOf],
  );
  return (
    <div role="group" aria-label={`Topology of ${pipeline.name}`} className="p-4 sm:p-6">
      <div ref={frame} />
      <div className="relative mx-auto" style={{ width, height }}>
        <svg
          width={width}
          height={height}
          aria-hidden="true"
          className="pointer-events-none absolute inset-0 overflow-visible"
        >
          {edges.map((edge) => (
            <Edge key={edge.id} edge={edge} />
          ))}
        </svg>
        {nodes.map((node) =>
          node.kind === "journal" ? (
            <Journal key={node.id} node={node} rate={intoJournal(pipeline, flowOf)} />
          ) : (
            <Place
              key={node.id}
              node={node}
              kind={node.kind}
              pipeline={pipeline.name}
              {...{ pulses, chosen, onChoose }}
            />
          ),
        )}
      </div>
    </div>
  );
}

function Edge({ edge: { path, rate, isTroubled } }: { edge: TopologyEdge }) {
  const strokeWidth = 1.25 + Math.log10(1 + rate) * RATE_WIDTH;
  const colour = isTroubled ? "text-bad" : rate > 0 ? "text-accent" : "text-line-strong";
  return (
    <g className={colour} fill="none" stroke="currentColor">
      <path d={path} strokeWidth={strokeWidth} opacity={rate > 0 ? 0.28 : 0.4} />
      {rate > 0 && !isTroubled ? (
        <path d={path} strokeWidth={strokeWidth} strokeDasharray="2 14" className="flow" />
      ) : null}
      {isTroubled ? <path d={path} strokeWidth={strokeWidth} strokeDasharray="4 4" /> : null}
    </g>
  );
}

function Place(props: {
  node: TopologyNode;
  kind: ComponentKind;
  pipeline: string;
  pulses: ReadonlyMap<string, readonly PulsePoint[]>;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
}) {
  const { node, kind, pipeline, pulses, chosen, onChoose } = props;
  const { name } = node;
  return (
    <div className="absolute" style={placeOf(node)}>
      <ComponentCard
        kind={kind}
        name={name}
        pulse={pulses.get(pulseKey(pipeline, { kind, name }))?.at(-1)}
        isSelected={chosen?.pipeline === pipeline && chosen.kind === kind && chosen.name === name}
        onSelect={() => onChoose({ pipeline, kind, name })}
      />
    </div>
  );
}

/** What all rows rest on: a sender is answered once they are in it. */
function Journal({ node, rate }: { node: TopologyNode; rate: number }) {
  return (
    <div
      className="absolute flex flex-col items-center justify-center rounded-md border border-dashed border-line-strong/60 bg-sunken text-center"
      style={placeOf(node)}
      title="Rows are on the disk here before their sender is answered, and wait here for destinations."
    >
      <span className="text-2xs text-muted">Journal</span>
      <span className="text-xs font-medium">{perSecond(rate)}/s</span>
    </div>
  );
}

function placeOf({ x, y, width, height }: TopologyNode) {
  return { left: x, top: y, width, height };
}
