import { ATTRIBUTE_TYPES, attributeValue } from "#core/attributes.ts";
import type { LogRow } from "#core/row-views.ts";
import { severityOf } from "#core/vocabulary.ts";
import { timeMsOf } from "#pipeline/delivery/row-facts.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { type Origin, tagOf } from "./tags.ts";

/** https://docs.datadoghq.com/api/latest/logs/#send-logs; megabytes are taken for millions of bytes. */
export const LOG_LIMITS = { itemsMax: 1_000, entryBytesMax: 1_000_000, bytesMax: 5_000_000 };

/** https://docs.datadoghq.com/api/latest/events/#post-an-event, and what Datadog shows of an event. */
const EVENT_LIMITS = { titleCharactersMax: 500, textCharactersMax: 4_000 };

const ALERT_TYPES = {
  trace: "info",
  debug: "info",
  info: "info",
  warn: "warning",
  error: "error",
  // Datadog has none for what is critical.
  fatal: "error",
} as const;

/** What Datadog reads of an entry itself (https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/#reserved-attributes). */
const RESERVED = ["ddsource", "ddtags", "hostname", "service", "status", "timestamp"] as const;

/**
 * The JSON of a log record as Datadog's entries are: the event as it was sent, with Datadog's own fields. Where
 * an event has a field of such a name, its value stands in `original`.
 */
export function logEntryOf(row: LogRow, origin: Origin, source: string): string {
  const event = jsonOfRow({ kind: "log", row });
  const service = origin.service ?? textOf(event["service"]);
  const host = origin.host ?? textOf(event["hostname"]) ?? textOf(event["host"]);
  const status = severityOf(row.severity) ?? textOf(row.severityText);
  const reserved: Partial<Record<(typeof RESERVED)[number], string>> = {
    ddsource: source,
    ddtags: origin.tags.join(","),
    ...(host === undefined ? {} : { hostname: host }),
    ...(service === undefined ? {} : { service }),
    ...(status === undefined ? {} : { status }),
    timestamp: isoTimeOf(row),
  };
  const covered = RESERVED.filter((name) => isCovered(event[name], name, reserved[name]));
  const original = Object.fromEntries(covered.map((name) => [name, event[name]]));
  return wellFormedJson({
    ...event,
    ...reserved,
    message: messageOf(row),
    ...idsOf(row),
    ...(covered.length === 0 ? {} : { original }),
  });
}

/** Whether Datadog's field hides something that the event says; the same time may be written in several ways. */
function isCovered(own: unknown, name: string, reserved: string | undefined): boolean {
  if (own === undefined || reserved === undefined || own === reserved) return false;
  if (name !== "timestamp") return true;
  return typeof own !== "string" || Date.parse(own) !== Date.parse(reserved);
}

function isoTimeOf(row: LogRow): string {
  return new Date(timeMsOf({ kind: "log", row })).toISOString();
}

function messageOf({ body, bodyType, eventName }: LogRow): string {
  if (bodyType === ATTRIBUTE_TYPES.empty) return eventName;
  const value = attributeValue(body, bodyType);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Ids as Datadog's tracers write them, the low 64 bits in decimal, and as OpenTelemetry does. */
function idsOf({ traceId, spanId }: LogRow): Readonly<Record<string, string>> {
  const decimal = (hex: string): string => String(BigInt(`0x${hex.slice(-16)}`));
  return {
    ...(isZero(traceId)
      ? {}
      : { "dd.trace_id": decimal(traceId), "otel.trace_id": traceId, trace_id: traceId }),
    ...(isZero(spanId)
      ? {}
      : { "dd.span_id": decimal(spanId), "otel.span_id": spanId, span_id: spanId }),
  };
}

/** The event that a log record with an event name is: its title and text are the record's own, if it has them. */
export function eventBodyOf(row: LogRow, origin: Origin, source: string): string {
  const record = jsonOfRow({ kind: "log", row });
  const level = severityOf(row.severity) ?? "info";
  const isSuccess = textOf(record["level"])?.toLowerCase() === "success";
  const title = textOf(record["title"]) ?? row.eventName;
  const text = textOf(record["description"]) ?? messageOf(row);
  return wellFormedJson({
    title: cut(title, EVENT_LIMITS.titleCharactersMax),
    text: cut(text, EVENT_LIMITS.textCharactersMax),
    alert_type: isSuccess ? "success" : ALERT_TYPES[level],
    priority: row.severity > 0 && row.severity < 9 ? "low" : "normal",
    date_happened: Math.floor(timeMsOf({ kind: "log", row }) / 1_000),
    source_type_name: source,
    tags: [...origin.tags, tagOf("event_name", row.eventName)],
    ...(origin.host === undefined ? {} : { host: origin.host }),
  });
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax - 1).toWellFormed()}…`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isZero(id: string): boolean {
  return /^0*$/.test(id);
}
