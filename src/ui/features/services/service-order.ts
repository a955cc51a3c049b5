import type { ServiceSummary } from "#api/contract/services.ts";

export type SortColumn = "service" | "requests" | "errorRate" | "p50Ms" | "p95Ms" | "p99Ms";

export interface Order {
  readonly column: SortColumn;
  readonly descending: boolean;
}

const COLUMNS: readonly SortColumn[] = [
  "service",
  "requests",
  "errorRate",
  "p50Ms",
  "p95Ms",
  "p99Ms",
];

/** The busiest first. */
const DEFAULT: Order = { column: "requests", descending: true };

/** An order as it stands in the address: the column, `-` before it when descending. */
export function parseOrder(text: string | undefined): Order {
  const descending = text?.startsWith("-") ?? false;
  const column = COLUMNS.find((name) => name === text?.replace(/^-/, ""));
  return column === undefined ? DEFAULT : { column, descending };
}

/** The order after a click on `column`: numbers start with the largest, names with A. */
export function nextOrder({ column, descending }: Order, clicked: SortColumn): string {
  const down = column === clicked ? !descending : clicked !== "service";
  return `${down ? "-" : ""}${clicked}`;
}

export function sorted(services: readonly ServiceSummary[], order: Order): ServiceSummary[] {
  const { column, descending } = order;
  const sign = descending ? -1 : 1;
  return services.toSorted((left, right) => {
    const by =
      column === "service"
        ? left.service.localeCompare(right.service, "en")
        : left[column] - right[column];
    return sign * by || left.service.localeCompare(right.service, "en");
  });
}
