import type { AttributeInput } from "#core/build/attribute-input.ts";
import type { LogInput } from "#core/build/log-builder.ts";
import { severityOfWord } from "#core/build/severity.ts";
import { timeOfValue } from "#core/build/time-value.ts";
import { isObject, type JsonObject, listIn, objectIn, textIn } from "./envelope.ts";
import { compact, plain, splitAttributes, type Resource, type Sender } from "./origin.ts";
import { exceptionsOf, stacktraceText } from "./stacktrace.ts";

/** The level of an event that has none. */
const DEFAULT_LEVEL = "error";
const EXCEPTION_EVENT = "exception";

/**
 * A Sentry event (https://develop.sentry.dev/sdk/foundations/transport/event-payloads/) as a log record: a captured
 * exception has the `exception.*` attributes of OpenTelemetry, a message is the body.
 */
export function recordOfEvent(event: JsonObject, project: string): LogInput {
  const exceptions = exceptionsOf(event);
  const thrown = exceptions.find(({ isSynthetic }) => !isSynthetic);
  const level = textIn(event, "level") ?? DEFAULT_LEVEL;
  const trace = objectIn(objectIn(event, "contexts"), "trace");
  const traceId = textIn(trace, "trace_id");
  const spanId = textIn(trace, "span_id");
  const timeNs = timeOfValue(event["timestamp"]);
  const message = messageOf(event) ?? (thrown === undefined ? exceptions[0]?.message : undefined);
  const said = thrown === undefined ? undefined : `${thrown.type}: ${thrown.message}`;
  return {
    ...(timeNs === undefined ? {} : { timeNs }),
    severity: severityOfWord(level),
    severityText: level,
    body: message ?? said ?? null,
    eventName: thrown === undefined ? "" : EXCEPTION_EVENT,
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    attributes: {
      ...compact({
        "exception.type": thrown?.type,
        "exception.message": thrown?.message,
        "exception.stacktrace": thrown === undefined ? undefined : stacktraceText(exceptions),
        "sentry.handled": thrown?.isHandled,
        "sentry.mechanism": thrown?.mechanism,
        "sentry.event_id": textIn(event, "event_id"),
        "sentry.project": project,
        "sentry.logger": textIn(event, "logger"),
        "sentry.transaction": textIn(event, "transaction"),
        "sentry.dist": textIn(event, "dist"),
        "sentry.fingerprint":
          listIn(event, "fingerprint").length > 0 ? json(event["fingerprint"]) : undefined,
      }),
      ...requestAttributes(objectIn(event, "request")),
      ...userAttributes(objectIn(event, "user")),
      ...tagsOf(event),
      ...contextAttributes(event),
    },
  };
}

function messageOf(event: JsonObject): string | undefined {
  for (const key of ["message", "logentry"]) {
    const value = event[key];
    if (typeof value === "string" && value !== "") return value;
    if (isObject(value)) return textIn(value, "formatted") ?? textIn(value, "message");
  }
  return undefined;
}

function requestAttributes(request: JsonObject) {
  const headers = Object.entries(objectIn(request, "headers"));
  const agent = headers.find(([name]) => name.toLowerCase() === "user-agent")?.[1];
  return compact({
    "url.full": textIn(request, "url"),
    "url.query": textIn(request, "query_string"),
    "http.request.method": textIn(request, "method"),
    "user_agent.original": typeof agent === "string" ? agent : undefined,
  });
}

function userAttributes(user: JsonObject) {
  return compact({
    "user.id": json(user["id"]),
    "user.name": textIn(user, "username"),
    "user.email": textIn(user, "email"),
    "client.address": textIn(user, "ip_address"),
  });
}

/** Tags are an object, or pairs in older SDKs. */
function tagsOf(event: JsonObject): Record<string, AttributeInput> {
  const { tags } = event;
  const pairs: readonly unknown[] = isObject(tags) ? Object.entries(tags) : listIn(event, "tags");
  const attributes: Record<string, AttributeInput> = {};
  for (const pair of pairs) {
    if (!Array.isArray(pair)) continue;
    const [key, value] = pair as unknown[];
    if (typeof key === "string") attributes[`sentry.tag.${key}`] = json(value) ?? null;
  }
  return attributes;
}

/** What is worth keeping whole: it is looked at, not searched. */
function contextAttributes(event: JsonObject) {
  const { trace: _trace, otel: _otel, ...contexts } = objectIn(event, "contexts");
  const breadcrumbs = isObject(event["breadcrumbs"])
    ? event["breadcrumbs"]["values"]
    : event["breadcrumbs"];
  return compact({
    "sentry.extra": notEmpty(event["extra"]),
    "sentry.contexts": notEmpty(contexts),
    "sentry.breadcrumbs": notEmpty(breadcrumbs),
  });
}

function notEmpty(value: unknown): AttributeInput | undefined {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0)
    return undefined;
  return json(value);
}

/** What JSON made is what an attribute can have. */
function json(value: unknown): AttributeInput | undefined {
  return value as AttributeInput | undefined;
}

/** A log of Sentry's own (https://develop.sentry.dev/sdk/telemetry/logs/). */
export function recordOfLog(
  item: JsonObject,
  sender: Sender,
): { resource: Resource; record: LogInput } {
  const { resource, attributes } = splitAttributes(item, sender);
  const {
    "sentry.trace.parent_span_id": parent,
    "server.address": host,
    ...own
  } = plain(attributes);
  const timeNs = timeOfValue(item["timestamp"]);
  const level = textIn(item, "level") ?? "";
  const number = item["severity_number"];
  const spanId = textIn(item, "span_id") ?? (typeof parent === "string" ? parent : undefined);
  const traceId = textIn(item, "trace_id");
  return {
    resource: host === undefined ? resource : { ...resource, "host.name": host },
    record: {
      ...(timeNs === undefined ? {} : { timeNs }),
      severity: typeof number === "number" && number > 0 ? number : severityOfWord(level),
      severityText: level,
      body: json(item["body"]) ?? null,
      ...(traceId === undefined ? {} : { traceId }),
      ...(spanId === undefined ? {} : { spanId }),
      attributes: own,
    },
  };
}
