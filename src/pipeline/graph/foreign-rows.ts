import { OWN_SERVICE } from "#telemetry/own-otlp.ts";
import type { Row } from "../delivery/delivery.ts";

/**
 * Whether a row is not Sightglass's own: its telemetry, and what its probe writes, are kept in its own
 * store and are nobody else's concern.
 */
export function isForeign({ kind, row }: Row): boolean {
  const { service } = kind === "span" || kind === "log" ? row.resource : row.series.resource;
  return service !== OWN_SERVICE;
}
