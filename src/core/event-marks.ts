import type { LogBatch } from "./log-batch.ts";
import { AttributeKey, attributeIndex } from "./row-access.ts";

/** What JSON events have as attributes, and other log records seldom do. */
export const EVENT_MARKS = ["event_type", "type", "level", "severity", "timestamp"].map(
  (key) => new AttributeKey(key),
);

/** Whether a log record is an event, as far as it shows: it has an event name, or one of the marks of a JSON event. */
export function isEvent(batch: LogBatch, row: number): boolean {
  const { eventName } = batch;
  if (eventName.dictionary.byteLength(eventName.numbers.values[row]!) > 0) return true;
  return EVENT_MARKS.some((key) => attributeIndex(batch, row, key) >= 0);
}
