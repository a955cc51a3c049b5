import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { timeMsOf } from "#pipeline/delivery/row-facts.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import type { Part, Refusal } from "#pipeline/delivery/send-parts.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export const BATCH_LIMITS = {
  eventsMax: 10_000,
  /** Bytes of all messages in UTF-8, and {@link BATCH_LIMITS.bytesPerEvent} for each. */
  bytesMax: 1_048_576,
  bytesPerEvent: 26,
  /** From the first to the last event. */
  spanMsMax: 86_400_000,
} as const;

/** The API's `InputLogEvent`: the time in Unix milliseconds. */
export interface InputLogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** What one `PutLogEvents` carries; `places` are those of its events' rows. */
export interface EventBatch extends Part {
  readonly group: string;
  readonly stream: string;
  readonly events: readonly InputLogEvent[];
}

interface SizedEvent extends InputLogEvent {
  readonly place: number;
  readonly bytes: number;
}

interface Stream {
  readonly group: string;
  readonly stream: string;
  readonly events: SizedEvent[];
}

/** Names the group and the stream of a row. */
export interface Naming {
  group(row: Row, org: string): string;
  stream(row: Row, org: string): string;
}

/**
 * The rows of a delivery as batches that the API takes: of one stream each, in the order of their
 * times, within its limits. A row that is too large by itself is refused.
 */
export function batchesOf(
  { rows, org }: Pick<Delivery, "rows" | "org">,
  naming: Naming,
): { readonly batches: readonly EventBatch[]; readonly refused: readonly Refusal[] } {
  const refused: Refusal[] = [];
  const streams = new Map<string, Stream>();
  for (const [place, row] of rows.entries()) {
    const event = eventOf(row, place);
    if (event.bytes > BATCH_LIMITS.bytesMax) {
      refused.push({ index: place, reason: tooLarge(event.bytes) });
      continue;
    }
    const group = naming.group(row, org);
    const stream = naming.stream(row, org);
    const id = `${group}:${stream}`;
    const found = streams.get(id);
    if (found === undefined) streams.set(id, { group, stream, events: [event] });
    else found.events.push(event);
  }
  return { batches: [...streams.values()].flatMap(batchesOfStream), refused };
}

/** The row as JSON, which CloudWatch Logs Insights finds fields in. */
function eventOf(row: Row, place: number): SizedEvent {
  const message = wellFormedJson(jsonOfRow(row));
  const bytes = Buffer.byteLength(message) + BATCH_LIMITS.bytesPerEvent;
  return { place, timestamp: timeMsOf(row), message, bytes };
}

function tooLarge(bytes: number): string {
  const { bytesMax, bytesPerEvent } = BATCH_LIMITS;
  return `${bytes - bytesPerEvent} bytes as JSON; CloudWatch Logs takes ${bytesMax - bytesPerEvent}`;
}

function batchesOfStream({ group, stream, events }: Stream): EventBatch[] {
  const { eventsMax, bytesMax, spanMsMax } = BATCH_LIMITS;
  // Sorting is stable: events of the same time stay in the journal's order.
  const sorted = events.toSorted((a, b) => a.timestamp - b.timestamp);
  const batches: EventBatch[] = [];
  let bytes = 0;
  let from = 0;
  const cut = (to: number): void => {
    if (to > from) batches.push(batchOf(group, stream, sorted.slice(from, to)));
    from = to;
    bytes = 0;
  };
  for (const [index, event] of sorted.entries()) {
    const isFull =
      index - from >= eventsMax ||
      bytes + event.bytes > bytesMax ||
      event.timestamp - sorted[from]!.timestamp >= spanMsMax;
    if (isFull) cut(index);
    bytes += event.bytes;
  }
  cut(sorted.length);
  return batches;
}

function batchOf(group: string, stream: string, events: readonly SizedEvent[]): EventBatch {
  return {
    group,
    stream,
    places: events.map(({ place }) => place),
    events: events.map(({ timestamp, message }) => ({ timestamp, message })),
  };
}
