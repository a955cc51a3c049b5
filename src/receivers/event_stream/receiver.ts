import { Buffer } from "node:buffer";
import { posix } from "node:path";
import { z } from "zod";
import type { LogBuilder } from "#core/build/log-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { REQUEST_LIMITS } from "#core/limits.ts";
import { defineComponent, type Receiver, type ReceiverContext } from "#pipeline/component.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";
import { TailReceiver } from "#pipeline/tail/tail-receiver.ts";
import type { TailedRecord } from "#pipeline/tail/tailer.ts";

/** Bytes of an event; a longer line is cut, and then is text. */
const EVENT_BYTES_MAX = 256 * 1_024;
const JSON_LIMITS = { depthMax: REQUEST_LIMITS.depthMax, jsonValuesMax: EVENT_BYTES_MAX };

const EXTENSION = ".jsonl";
const ALL = "all";

export const eventStreamSettings = z.strictObject({
  eventsDir: z
    .string()
    .min(1)
    .default("coordination/events")
    .describe("The folder of the `*.jsonl` files; one that is not there yet is waited for."),
  eventTypes: z
    .array(z.string().min(1))
    .min(1)
    .max(1_000)
    .default([ALL])
    .describe("Files whose name contains one of these are followed; `all` means every file.")
    .meta({ examples: [["task", "worker"]] }),
  watchInterval: z
    .int()
    .min(50)
    .max(600_000)
    .default(1_000)
    .describe("Milliseconds between two looks at the folder."),
  resource: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Attributes of what the events come from. An event's own `service` or `service.name` stands before the one given here.",
    )
    .meta({ examples: [{ "service.name": "cortex" }] }),
});

export type EventStreamSettings = z.output<typeof eventStreamSettings>;

/**
 * Follows folders of events, one JSON object a line: what is there is read, new files are found, and a
 * half-written line waits for its end. An event gets `_eventFile` and `_source`. A line that is not a
 * JSON object is kept as text, marked `_eventError`, and counted.
 */
export const eventStream = defineComponent({
  kind: "receiver",
  type: "event_stream",
  summary: "Follows JSONL files of events in a folder, through rotation and restarts.",
  signals: { logs: "stable" },
  settings: eventStreamSettings,
  claims: ({ eventsDir, eventTypes }) => [
    {
      kind: "read",
      folder: eventsDir,
      reads: (path) => !path.includes("/") && isEventFile(path, eventTypes),
    },
  ],
  create: createEventStreamReceiver,
});

function createEventStreamReceiver(
  { eventsDir, eventTypes, watchInterval, resource }: EventStreamSettings,
  context: ReceiverContext,
): Receiver {
  const unparsed = context.meter.counter({
    name: "event_stream_unparsed_total",
    help: "Lines that are no JSON object, and were kept as text.",
  });
  return new TailReceiver({
    context,
    tail: {
      folder: eventsDir,
      isWanted: (path) => isEventFile(path, eventTypes),
      isDeep: false,
      split: { recordBytesMax: EVENT_BYTES_MAX },
      encoding: "utf8",
      startAt: "beginning",
      pollMs: watchInterval,
      flushMs: Number.POSITIVE_INFINITY,
    },
    add(builder, record) {
      if (record.text.trim() === "") return;
      const event = eventOf(record);
      if (typeof event === "string") {
        unparsed.add(1);
        addText(builder, resource, record, event);
        return;
      }
      addEvent(builder, resource, {
        ...event,
        _eventFile: posix.basename(record.path),
        _source: {
          name: context.name,
          type: "event-stream",
          timestamp: new Date(context.clock.nowMs()).toISOString(),
        },
      });
    },
  });
}

function isEventFile(path: string, eventTypes: readonly string[]): boolean {
  if (!path.endsWith(EXTENSION)) return false;
  return eventTypes.some((type) => type === ALL || path.includes(type));
}

type Resource = Readonly<Record<string, string>>;
type EventObject = Readonly<Record<string, unknown>>;

/** The event of a line, or why it is none. */
function eventOf({ text, isCut }: TailedRecord): EventObject | string {
  if (isCut) return `the line is longer than ${EVENT_BYTES_MAX} bytes`;
  try {
    const value = parseJson(Buffer.from(text), JSON_LIMITS);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as EventObject) : "found JSON that is no object";
  } catch (error) {
    if (error instanceof SightglassError) return error.message;
    throw error;
  }
}

function addEvent(builder: LogBuilder, resource: Resource, event: EventObject): void {
  const service = textOf(event, "service.name") ?? textOf(event, "service");
  builder.group(service === undefined ? resource : { ...resource, "service.name": service });
  builder.add(logInputOfEvent(event));
}

function addText(builder: LogBuilder, resource: Resource, record: TailedRecord, why: string): void {
  builder.group(resource);
  builder.add({
    body: record.text,
    attributes: { _eventFile: posix.basename(record.path), _eventError: why },
  });
}

function textOf(event: EventObject, key: string): string | undefined {
  const value = Object.hasOwn(event, key) ? event[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
