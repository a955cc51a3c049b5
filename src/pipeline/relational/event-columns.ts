import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { LogRow } from "#core/row-views.ts";
import { jsonOfRow, type JsonObject } from "../delivery/row-json.ts";
import {
  integerValue,
  jsonValue,
  numericValue,
  textOfBytes,
  textValue,
  timestampValue,
} from "./postgres-values.ts";

/** A row of the `events` table, in the order of its columns. */
export interface EventColumns {
  readonly event_id: string | null;
  readonly event_type: string;
  readonly event_level: string;
  /** As the event has it in `extractRowData`, else RFC 3339 to the microsecond. */
  readonly timestamp: string;
  readonly source_name: string | null;
  readonly master_type: string | null;
  readonly worker_type: string | null;
  /** The whole event as JSON. */
  readonly data: string;
  readonly error: string | null;
  readonly duration_ms: number | null;
  readonly cost_usd: number | null;
}

export const EVENT_COLUMNS = [
  "event_id",
  "event_type",
  "event_level",
  "timestamp",
  "source_name",
  "master_type",
  "worker_type",
  "data",
  "error",
  "duration_ms",
  "cost_usd",
] as const satisfies readonly (keyof EventColumns)[];

const ID_CHARACTERS_MAX = 255;
const TYPE_CHARACTERS_MAX = 100;
const LEVEL_CHARACTERS_MAX = 50;
/** An entry of the index on `error` may not have more than 2,704 bytes; the whole text is in `data`. */
const ERROR_BYTES_MAX = 2_600;
/** Of NUMERIC(12, 8), before the point. */
const COST_DIGITS_MAX = 4;

/**
 * The columns of an event. What a column cannot hold is cut or left out of it; `data` has all of it.
 *
 * @param nowMs The time of an event that has none.
 * @example extractRowData({ type: "task_failed", error: "timeout" }, Date.now()).event_level; // "info"
 */
export function extractRowData(event: JsonObject, nowMs: number): EventColumns {
  const cost = objectOf(event["cost_estimate"])["total_cost_usd"];
  return {
    event_id: textOf(first(event, "id", "event_id", "_id"), ID_CHARACTERS_MAX),
    event_type: textOf(first(event, "type", "event_type"), TYPE_CHARACTERS_MAX) ?? "unknown",
    event_level: textOf(first(event, "level", "severity"), LEVEL_CHARACTERS_MAX) ?? "info",
    timestamp:
      textOf(first(event, "timestamp", "created_at"), ID_CHARACTERS_MAX) ??
      new Date(nowMs).toISOString(),
    source_name: textOf(sourceOf(event), ID_CHARACTERS_MAX),
    master_type: textOf(first(event, "master_type", "master"), TYPE_CHARACTERS_MAX),
    worker_type: textOf(first(event, "worker_type", "worker"), TYPE_CHARACTERS_MAX),
    data: jsonValue(event),
    error: errorOf(event),
    duration_ms: integerValue(first(event, "duration_ms", "duration")),
    cost_usd: numericValue(cost ?? first(event, "cost"), COST_DIGITS_MAX),
  };
}

/** The columns of a log record: those of its event, with the record's own time. */
export function eventColumnsOf(row: LogRow): EventColumns {
  const timeNs = row.time === 0n ? row.observedTime : row.time;
  const event = jsonOfRow({ kind: "log", row });
  const columns = extractRowData(event, 0);
  const service = columns.source_name === null ? serviceOf(row) : columns.source_name;
  return { ...columns, timestamp: timestampValue(timeNs), source_name: service };
}

/** The service that a record came from, where its sender named one. */
function serviceOf({ resource }: LogRow): string | null {
  const named = resource.attributes.some(
    ({ key, type }) => key === "service.name" && type === ATTRIBUTE_TYPES.string,
  );
  return named ? textOf(resource.service, ID_CHARACTERS_MAX) : null;
}

/** The first of the fields that says something. */
function first(event: JsonObject, ...keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = Object.hasOwn(event, key) ? event[key] : undefined;
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}

function sourceOf(event: JsonObject): unknown {
  return first(objectOf(event["_source"]), "name") ?? first(event, "source");
}

/** Text, numbers and booleans as they read; of an error object its message. */
function errorOf(event: JsonObject): string | null {
  const error = first(event, "error", "error_message");
  const message = objectOf(error)["message"];
  const text = plainText(typeof message === "string" && message !== "" ? message : error);
  // A flag that there was no error is none.
  return text === null || error === false ? null : textOfBytes(text, ERROR_BYTES_MAX);
}

function textOf(value: unknown, charactersMax: number): string | null {
  const text = plainText(value);
  return text === null ? null : textValue(text, charactersMax);
}

function plainText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? null;
}

function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {};
}
