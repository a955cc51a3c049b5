import type { ServiceNode } from "#api/contract/services.ts";
import { memo, type KeyboardEvent } from "react";
import { HealthMark } from "../../components/health-mark.tsx";
import { Name } from "../../components/text.tsx";
import { duration, percent, rate } from "../../lib/format.ts";
import { serviceColor } from "../../lib/service-color.ts";
import { healthOf } from "../../lib/service-health.ts";
import type { Point } from "./layout.ts";
import type { CardSize } from "./map-graph.ts";

interface MapNodeProps {
  readonly node: ServiceNode;
  readonly at: Point;
  readonly card: CardSize;
  /** The card has room for the figures. */
  readonly hasFigures: boolean;
  readonly isFocus: boolean;
  readonly isSelected: boolean;
  /** Not next to what is pointed at or selected. */
  readonly isFaint: boolean;
  /** The one that Tab reaches; the arrow keys reach the others. */
  readonly isTabStop: boolean;
  readonly onSelect: (service: string) => void;
  readonly onPoint: (service: string | undefined) => void;
  readonly onKey: (service: string, event: KeyboardEvent) => void;
}

/** A service on the map: a card with its name, its health and its figures. */
export const MapNode = memo(function MapNode(props: MapNodeProps) {
  const { node, at, card, hasFigures, isFocus, isSelected, isFaint, isTabStop } = props;
  const { onSelect, onPoint, onKey } = props;
  const { service, isExternal, requestsPerSecond, errorRate } = node;
  const health = healthOf(node);
  const border = isSelected
    ? "border-accent ring-2 ring-accent"
    : health === "failing"
      ? "border-bad"
      : "border-line-strong hover:border-accent";
  return (
    <button
      type="button"
      data-service={service}
      tabIndex={isTabStop ? 0 : -1}
      aria-pressed={isSelected}
      onClick={() => onSelect(service)}
      onPointerEnter={() => onPoint(service)}
      onPointerLeave={() => onPoint(undefined)}
      onFocus={() => onPoint(service)}
      onBlur={() => onPoint(undefined)}
      onKeyDown={(event) => onKey(service, event)}
      style={{
        ...card,
        transform: `translate(${at.x - card.width / 2}px, ${at.y - card.height / 2}px)`,
      }}
      className={`absolute top-0 left-0 flex flex-col justify-center gap-0.5 overflow-clip border bg-surface pr-2.5 pl-4 text-left shadow-sm transition-opacity ${border} ${isExternal ? "rounded-full border-dashed pl-5" : "rounded-lg"} ${isFaint ? "opacity-30" : ""} ${health === "failing" ? "bg-bad-soft" : ""}`}
    >
      {isExternal ? null : (
        <span
          aria-hidden="true"
          className="absolute inset-y-0 left-0 w-1.5 forced-color-adjust-none"
          style={{ backgroundColor: serviceColor(service) }}
        />
      )}
      <span className="flex w-full min-w-0 items-center gap-1.5">
        <HealthMark health={health} />
        <Name value={service} className="font-semibold group-data-[far=true]:text-lg" />
        {isExternal ? <span className="sr-only">external</span> : null}
        {isFocus ? (
          <span className="ml-auto shrink-0 rounded-sm bg-accent px-1 text-2xs text-accent-text">
            focus
          </span>
        ) : null}
      </span>
      {hasFigures ? (
        <span className="flex w-full min-w-0 items-center gap-2 text-2xs whitespace-nowrap text-muted group-data-[far=true]:sr-only">
          <span>{rate(requestsPerSecond)}</span>
          <span className={errorRate > 0 && health !== "good" ? "font-medium text-bad" : ""}>
            {percent(errorRate)} err
          </span>
          {node.p95Ms === null ? null : (
            <span className="truncate">p95 {duration(node.p95Ms)}</span>
          )}
        </span>
      ) : (
        <span className="sr-only">{figureWords(node)}</span>
      )}
    </button>
  );
});

/** The figures of a card without room for them. */
function figureWords({ requestsPerSecond, errorRate, p95Ms }: ServiceNode): string {
  const latency = p95Ms === null ? "" : ` p95 ${duration(p95Ms)}`;
  return `${rate(requestsPerSecond)} ${percent(errorRate)} err${latency}`;
}
