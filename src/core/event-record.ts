import { ATTRIBUTE_TYPES, attributeValue } from "./attributes.ts";
import type { AttributeInput } from "./build/attribute-input.ts";
import type { LogInput } from "./build/log-builder.ts";
import { severityOfPino, severityOfWord } from "./build/severity.ts";
import { timeOfValue } from "./build/time-value.ts";
import type { LogRow } from "./row-views.ts";

/** The key whose value is the log record's body. */
const MESSAGE = "message";

const TRACE_ID_KEYS = ["trace_id", "traceId"] as const;
const SPAN_ID_KEYS = ["span_id", "spanId"] as const;
const SEVERITY_NUMBER_MAX = 24;

/**
 * The log record that an event is: `message` is the body, `event_type` (else `type`) the event name,
 * `level` (else `severity`) the severity, `timestamp` the time, and every key but `message` an attribute
 * of its own type, so that {@link eventOfLogRow} can give the event back.
 *
 * @param event What `JSON.parse` makes of an object: no functions, no cycles.
 */
export function logInputOfEvent(event: object): LogInput {
  const fields = event as Readonly<Record<string, AttributeInput | undefined>>;
  const attributes: [string, AttributeInput][] = [];
  for (const key of Object.keys(fields)) {
    const value = fields[key] ?? null;
    if (key !== MESSAGE || value === null) attributes.push([key, value]);
  }
  const level = ownField(fields, "level") ?? ownField(fields, "severity");
  const timeNs = timeOfValue(ownField(fields, "timestamp"));
  const traceId = textField(fields, TRACE_ID_KEYS);
  const spanId = textField(fields, SPAN_ID_KEYS);
  return {
    ...(timeNs === undefined ? {} : { timeNs }),
    severity: severityOfEvent(fields),
    severityText: typeof level === "string" ? level : "",
    body: ownField(fields, MESSAGE) ?? null,
    eventName: textField(fields, ["event_type", "type"]) ?? "",
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    attributes,
  };
}

/** A number of `level` is pino's, one of `severity` is OpenTelemetry's own. */
function severityOfEvent(fields: Readonly<Record<string, AttributeInput | undefined>>): number {
  const level = ownField(fields, "level");
  if (typeof level === "string") return severityOfWord(level);
  if (typeof level === "number") return severityOfPino(level);
  const severity = ownField(fields, "severity");
  if (typeof severity === "string") return severityOfWord(severity);
  const isNumber = typeof severity === "number" && Number.isInteger(severity);
  return isNumber && severity >= 1 && severity <= SEVERITY_NUMBER_MAX ? severity : 0;
}

/** Never a field of the prototype, such as `constructor`. */
function ownField(
  fields: Readonly<Record<string, AttributeInput | undefined>>,
  key: string,
): AttributeInput | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function textField(
  fields: Readonly<Record<string, AttributeInput | undefined>>,
  keys: readonly string[],
): string | undefined {
  for (const key of keys) {
    const value = ownField(fields, key);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

/**
 * The event that a log record was made from by {@link logInputOfEvent}: its attributes, and `message` from
 * the body. Integers beyond 2^53 are strings. What the limits of a row cut is missing here too.
 */
export function eventOfLogRow(row: Pick<LogRow, "attributes" | "body" | "bodyType">): {
  [key: string]: unknown;
} {
  const event: { [key: string]: unknown } = {};
  for (const { key, value, type } of row.attributes)
    setField(event, key, attributeValue(value, type));
  if (row.bodyType !== ATTRIBUTE_TYPES.empty)
    event[MESSAGE] = attributeValue(row.body, row.bodyType);
  return event;
}

/** Makes a key a field of the object itself, whatever its name: an assignment would make one the prototype. */
function setField(object: { [key: string]: unknown }, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
}
