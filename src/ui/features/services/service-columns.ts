import type { ServiceSummary } from "#api/contract/services.ts";
import { type Order, ordered, parseOrder } from "../../lib/order.ts";

export const SERVICE_COLUMNS = [
  "service",
  "requests",
  "errorRate",
  "p50Ms",
  "p95Ms",
  "p99Ms",
] as const;
export type ServiceColumn = (typeof SERVICE_COLUMNS)[number];

/** The order of services that an address says; the busiest first where it says none. */
export function serviceOrder(text: string | undefined): Order<ServiceColumn> {
  return parseOrder(text, SERVICE_COLUMNS, { column: "requests", descending: true });
}

export function orderedServices(
  services: readonly ServiceSummary[],
  { column, descending }: Order<ServiceColumn>,
): ServiceSummary[] {
  const name = ({ service }: ServiceSummary): string => service;
  return ordered(services, { descending, by: (row) => row[column], name });
}
