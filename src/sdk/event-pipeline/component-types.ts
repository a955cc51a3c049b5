import { basename, dirname } from "node:path";
import type { EventComponentConfig, EventComponentKind } from "./event-component.ts";

/** A component of a graph: its type, and its settings as they stand in a configuration. */
export interface GraphEntry {
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of a destination: which events it gets; without it all. */
  readonly customFilter?: (event: Readonly<Record<string, unknown>>) => boolean;
}

interface SeedType {
  /** Its type in a graph. */
  readonly type: string;
  /** What its class was called, which is its name where it has none. */
  readonly className: string;
}

/** The words of seed 003. Any type of a graph may be named as well. */
const SEED_TYPES: Readonly<Record<EventComponentKind, Readonly<Record<string, SeedType>>>> = {
  source: {
    "event-stream": { type: "event_stream", className: "EventStreamSource" },
    "file-watcher": { type: "file", className: "FileWatcherSource" },
  },
  processor: {
    passthrough: { type: "passthrough", className: "PassthroughProcessor" },
    enricher: { type: "enrich", className: "EnricherProcessor" },
    sampler: { type: "sample", className: "SamplerProcessor" },
    filter: { type: "filter", className: "FilterProcessor" },
    "pii-redactor": { type: "redact", className: "PIIRedactorProcessor" },
  },
  destination: {
    jsonl: { type: "jsonl", className: "JSONLDestination" },
    console: { type: "console", className: "ConsoleDestination" },
    postgresql: { type: "postgresql", className: "PostgreSQLDestination" },
    s3: { type: "s3", className: "S3Destination" },
    webhook: { type: "webhook", className: "WebhookDestination" },
  },
};

/** A processor of this type changes nothing, and so is none of the graph's. */
export const PASSTHROUGH = "passthrough";

/** The type in a graph that a word means, and what such a component is called where it has no name. */
export function typeOf(
  kind: EventComponentKind,
  word: string,
  graphTypes: readonly string[],
): SeedType {
  const seeds = SEED_TYPES[kind];
  if (Object.hasOwn(seeds, word)) return seeds[word]!;
  if (graphTypes.includes(word)) return { type: word, className: word };
  const allowed = [...new Set([...Object.keys(seeds), ...graphTypes])].join(", ");
  throw new Error(`Unknown ${kind} type: ${word}; there is: ${allowed}`);
}

/** What a type of a graph was called in seed 003; its own name where it was not there. */
export function wordOf(kind: EventComponentKind, type: string): string {
  const words = Object.entries(SEED_TYPES[kind]);
  return words.find(([, seed]) => seed.type === type)?.[0] ?? type;
}

/** What stands in `delivery` in a graph, and beside the others in seed 003. */
const DELIVERY_SETTINGS = ["maxRetries", "retryDelay", "retryBackoff"] as const;
/** Who sends its rows itself has these bounds; to the others they mean nothing more. */
const WITHOUT_BUFFER = ["jsonl", "console"];

/** The entry of a graph that a component of seed 003 is. */
export function entryOf(
  kind: EventComponentKind,
  type: string,
  config: EventComponentConfig,
): GraphEntry {
  const { name: _name, enabled: _enabled, ...settings } = config;
  if (kind === "destination") return destinationEntry(type, settings);
  if (type === "file") return { type, settings: fileSettings(settings) };
  if (kind === "processor" && type !== "filter") {
    const { dropOnError, ...own } = settings;
    return { type, settings: dropOnError === true ? { onError: "drop", ...own } : own };
  }
  return { type, settings };
}

function destinationEntry(type: string, given: Readonly<Record<string, unknown>>): GraphEntry {
  const { customFilter, delivery, ...rest } = given;
  const settings: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (DELIVERY_SETTINGS.some((name) => name === key)) own[key] = value;
    else if (type === "webhook" && key === "bufferSize") settings["batchSize"] ??= value;
    else if (!isBuffer(type, key)) settings[key] = value;
  }
  if (Object.keys(own).length > 0 || delivery !== undefined)
    settings["delivery"] = { ...own, ...(isPlain(delivery) ? delivery : {}) };
  if (customFilter === undefined) return { type, settings };
  if (typeof customFilter !== "function")
    throw new TypeError("customFilter of a destination: not a function; a function of an event");
  return { type, settings, customFilter: customFilter as GraphEntry["customFilter"] & {} };
}

function isBuffer(type: string, key: string): boolean {
  return WITHOUT_BUFFER.includes(type) && (key === "bufferSize" || key === "flushInterval");
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One file may be named by its path. */
function fileSettings({ filePath, ...settings }: Readonly<Record<string, unknown>>) {
  if (typeof filePath !== "string") return settings;
  return { folder: dirname(filePath), include: [basename(filePath)], ...settings };
}
