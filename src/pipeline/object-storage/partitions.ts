import { timeOfValue } from "#core/build/time-value.ts";

export const PARTITION_FORMATS = [
  "year/month/day",
  "year-month-day",
  "year/month/day/hour",
] as const;
export type PartitionFormat = (typeof PARTITION_FORMATS)[number];

/** The partition of everything when there are none. */
export const WHOLE = "default";

/** Whether rows are told apart by their time, and how. */
export interface Partitioning {
  readonly partitioning: boolean;
  readonly partitionFormat: PartitionFormat;
}

/**
 * The partition of a time, in UTC.
 *
 * @example partitionOf(Date.UTC(2025, 0, 15, 10), "year/month/day/hour"); // "year=2025/month=01/day=15/hour=10"
 */
export function partitionOf(timeMs: number, format: PartitionFormat): string {
  const [date = "", time = ""] = new Date(timeMs).toISOString().split("T");
  if (format === "year-month-day") return date;
  const [year, month, day] = date.split("-");
  const whole = `year=${year}/month=${month}/day=${day}`;
  return format === "year/month/day" ? whole : `${whole}/hour=${time.slice(0, 2)}`;
}

/** The partition of an event by its `timestamp`; of one without, that of `nowMs`. */
export function getPartitionKey(
  event: Readonly<Record<string, unknown>>,
  format: PartitionFormat,
  nowMs: number,
): string {
  const ns = timeOfValue(event["timestamp"]);
  return partitionOf(ns === undefined ? nowMs : Number(ns / 1_000_000n), format);
}

/** Events by their partitions, in order; all of them in `default` without partitioning. */
export function partitionEvents<Event extends Readonly<Record<string, unknown>>>(
  events: readonly Event[],
  { partitioning, partitionFormat }: Partitioning,
  nowMs: number,
): Record<string, Event[]> {
  const keyOf = (event: Event): string =>
    partitioning ? getPartitionKey(event, partitionFormat, nowMs) : WHOLE;
  const parts: Record<string, Event[]> = Object.create(null) as Record<string, Event[]>;
  for (const event of events) (parts[keyOf(event)] ??= []).push(event);
  return { ...parts };
}
