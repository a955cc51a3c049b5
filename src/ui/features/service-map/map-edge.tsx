import type { ServiceEdge } from "#api/contract/services.ts";
import { memo } from "react";
import { percent, rate } from "../../lib/format.ts";
import { healthOf } from "../../lib/service-health.ts";
import { arrowHead, edgePath } from "./edge-path.ts";
import type { EdgeLayout } from "./layout.ts";
import { edgeWidth } from "./map-graph.ts";

interface MapEdgeProps {
  readonly edge: ServiceEdge;
  readonly at: EdgeLayout;
  /** Requests a second of the busiest call. */
  readonly most: number;
  /** `near`: of the service that is pointed at or selected; `far`: of others, while one is. */
  readonly place: "plain" | "near" | "far";
  readonly hasLabel: boolean;
  readonly onPoint: (edge: ServiceEdge | undefined) => void;
  readonly onSelect: (edge: ServiceEdge) => void;
}

const HEAD = 9;
/** As wide as a mouse can hit. */
const HIT_WIDTH = 14;

/** A call on the map: thicker where there are more, dashed where some fail; its figures where there is room. */
export const MapEdge = memo(function MapEdge(props: MapEdgeProps) {
  const { edge, at, most, place, hasLabel, onPoint, onSelect } = props;
  const width = edgeWidth(edge.requestsPerSecond, most);
  const head = HEAD + width;
  const path = edgePath(at.points, head * 0.8);
  const isFailing = healthOf(edge) !== "good" && edge.requestsPerSecond > 0;
  const color = isFailing ? "text-bad" : place === "near" ? "text-accent" : "text-line-strong";
  return (
    <g className={`${color} transition-opacity ${place === "far" ? "opacity-15" : ""}`}>
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth={width}
        {...(isFailing ? { strokeDasharray: `${width + 5} ${width + 3}` } : {})}
        opacity={place === "plain" && !isFailing ? 0.7 : 1}
      />
      <path d={arrowHead(at.points, head)} fill="currentColor" />
      {hasLabel || place === "near" ? (
        <EdgeLabel edge={edge} at={at} isFailing={isFailing} />
      ) : null}
      <path
        d={edgePath(at.points, 0)}
        fill="none"
        stroke="transparent"
        strokeWidth={HIT_WIDTH}
        className="pointer-events-auto cursor-pointer"
        onPointerEnter={() => onPoint(edge)}
        onPointerLeave={() => onPoint(undefined)}
        onClick={() => onSelect(edge)}
      />
    </g>
  );
});

const LABEL_HEIGHT = 18;
/** Of the smallest words, and around them. */
const CHARACTER_WIDTH = 6.2;
const LABEL_PADDING = 10;

function EdgeLabel({
  edge,
  at,
  isFailing,
}: {
  edge: ServiceEdge;
  at: EdgeLayout;
  isFailing: boolean;
}) {
  const { x, y } = at.label;
  const words = isFailing ? `${percent(edge.errorRate)} err` : rate(edge.requestsPerSecond);
  const width = words.length * CHARACTER_WIDTH + LABEL_PADDING;
  return (
    <g className="group-data-[far=true]:hidden">
      <rect
        x={x - width / 2}
        y={y - LABEL_HEIGHT / 2}
        width={width}
        height={LABEL_HEIGHT}
        rx="5"
        fill="var(--sunken)"
      />
      <text
        x={x}
        y={y}
        textAnchor="middle"
        dominantBaseline="central"
        className={`text-2xs ${isFailing ? "fill-bad font-medium" : "fill-muted"}`}
      >
        {words}
      </text>
    </g>
  );
}
