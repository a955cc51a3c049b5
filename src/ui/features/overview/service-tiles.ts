import type { ServiceChange } from "#api/contract/changes.ts";
import type { ServiceSeries, ServiceSummary } from "#api/contract/services.ts";
import { isOwnService } from "../../lib/queries.ts";
import { type Health, healthOf } from "../../lib/service-health.ts";

/** What a tile of the health strip shows. */
export interface ServiceTile {
  readonly service: ServiceSummary;
  readonly health: Health;
  /** What became worse; undefined where nothing did. */
  readonly trouble: ServiceChange | undefined;
  readonly series: ServiceSeries | undefined;
}

/** Tiles that are drawn; a page of all services has the others. */
export const TILES_MAX = 24;

const ORDER: readonly Health[] = ["failing", "degraded", "silent", "good"];

/** The services, those in trouble first, then the busiest; Sightglass itself has a page of its own. */
export function serviceTiles(
  services: readonly ServiceSummary[],
  changes: readonly ServiceChange[],
  series: readonly ServiceSeries[],
): readonly ServiceTile[] {
  const lines = new Map(series.map((one) => [one.service, one]));
  const tiles = services
    .filter(({ service }) => !isOwnService(service))
    .map((service): ServiceTile => {
      const trouble = changes.find((one) => one.isWorse && one.service === service.service);
      return {
        service,
        health: shown(service, trouble),
        trouble,
        series: lines.get(service.service),
      };
    });
  return tiles.toSorted(
    (a, b) =>
      ORDER.indexOf(a.health) - ORDER.indexOf(b.health) || b.service.requests - a.service.requests,
  );
}

/** A service that just became worse does badly, whatever its mean over the range says. */
function shown(service: ServiceSummary, trouble: ServiceChange | undefined): Health {
  const health = healthOf(service);
  if (trouble?.kind === "gone") return "silent";
  if (trouble?.kind === "errors" && health !== "failing")
    return healthOf({ requestsPerSecond: 1, errorRate: trouble.now ?? 0 }) === "failing"
      ? "failing"
      : "degraded";
  return trouble?.kind === "latency" && health === "good" ? "degraded" : health;
}

/** The line that tells most of a service: of what became worse, else of its requests. */
export function telling({ series, trouble }: ServiceTile): {
  readonly of: string;
  readonly values: readonly (number | null)[];
  readonly tone: string;
} {
  if (trouble?.kind === "errors")
    return { of: "Errors", values: series?.errorRate ?? [], tone: "text-bad" };
  if (trouble?.kind === "latency")
    return { of: "p95", values: series?.p95Ms ?? [], tone: "text-warn" };
  return { of: "Requests", values: series?.requestsPerSecond ?? [], tone: "text-accent" };
}
