import { OWN_SERVICE } from "#telemetry/own-otlp.ts";
import type { Destination } from "../component.ts";
import type { Row } from "../delivery/delivery.ts";
import { rowsOnly } from "./chosen-rows.ts";

/**
 * A destination that is given the rows of others only: Sightglass's own telemetry, and what its probe
 * writes, are kept in its own store and are nobody else's concern.
 */
export function foreignRowsOnly(destination: Destination): Destination {
  return rowsOnly(destination, isForeign);
}

/** Whether a row is not Sightglass's own. */
export function isForeign({ kind, row }: Row): boolean {
  const { service } = kind === "span" || kind === "log" ? row.resource : row.series.resource;
  return service !== OWN_SERVICE;
}
