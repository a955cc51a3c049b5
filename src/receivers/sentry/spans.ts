import type { AttributeInput } from "#core/build/attribute-input.ts";
import type { SpanInput } from "#core/build/span-builder.ts";
import { timeOfValue } from "#core/build/time-value.ts";
import { isObject, type JsonObject, listIn, objectIn, textIn } from "./envelope.ts";
import { compact, plain, splitAttributes, type Resource, type Sender } from "./origin.ts";

/** `SpanKind` and `StatusCode` of OpenTelemetry. */
const KINDS: Readonly<Record<string, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const STATUS_OK = 1;
const STATUS_ERROR = 2;

/** Operations (https://develop.sentry.dev/sdk/telemetry/traces/span-operations/) that tell the kind of a span. */
const KIND_OF_OPERATION: readonly (readonly [RegExp, number])[] = [
  [/^(http|websocket|rpc|grpc)\.server|^function\./, 2],
  [/^(http|websocket|rpc|grpc)\.client|^http$|^db|^cache|^gen_ai|^ai\./, 3],
  [/^(queue\.(publish|submit|create)|message\.send)/, 4],
  [/^(queue\.(process|receive|task)|message\.receive)/, 5],
];

/** Statuses that are the caller's doing: an error to a client, none to the server that says so. */
const CALLERS_FAULTS: ReadonlySet<string> = new Set([
  "cancelled",
  "invalid_argument",
  "not_found",
  "already_exists",
  "permission_denied",
  "unauthenticated",
]);

/**
 * The spans of a transaction (https://develop.sentry.dev/sdk/foundations/transport/event-payloads/transaction/): its own, which its trace
 * context describes, and those within it.
 */
export function spansOfTransaction(event: JsonObject, sender: Sender): SpanInput[] {
  const trace = objectIn(objectIn(event, "contexts"), "trace");
  const weight = weightOf(rateIn(trace, sender));
  const name = textIn(event, "transaction") ?? textIn(trace, "op") ?? "transaction";
  const root = spanOf(
    { ...trace, start_timestamp: event["start_timestamp"], timestamp: event["timestamp"] },
    name,
    weight,
  );
  const tags = isObject(event["tags"]) ? event["tags"] : {};
  const request = objectIn(event, "request");
  const rootAttributes = compact({
    ...plain(
      Object.fromEntries(Object.entries(tags).map(([key, value]) => [`sentry.tag.${key}`, value])),
    ),
    "url.full": textIn(request, "url"),
    "http.request.method": textIn(request, "method"),
    "sentry.event_id": textIn(event, "event_id"),
    "sentry.measurements": measurementsOf(event),
    ...(root.attributes as Record<string, AttributeInput>),
  });
  const inner = listIn(event, "spans").filter(isObject);
  return [
    { ...root, attributes: rootAttributes },
    ...inner.map((span) =>
      spanOf(
        { trace_id: trace["trace_id"], ...span },
        textIn(span, "description") ?? textIn(span, "op") ?? "span",
        weight,
      ),
    ),
  ];
}

function measurementsOf(event: JsonObject): AttributeInput | undefined {
  const measurements = objectIn(event, "measurements");
  return Object.keys(measurements).length === 0 ? undefined : plain(measurements);
}

function spanOf(span: JsonObject, name: string, weight: number): SpanInput {
  const operation = textIn(span, "op");
  const kind = kindOf(undefined, operation);
  const { data, origin } = span;
  return {
    ...idsOf(span),
    ...timesOf(span["start_timestamp"], span["timestamp"]),
    name,
    kind,
    ...statusOf(textIn(span, "status"), kind),
    weight,
    attributes: compact({
      ...(isObject(data) ? plain(data) : {}),
      "sentry.op": operation,
      "sentry.origin": typeof origin === "string" ? origin : undefined,
    }),
  };
}

/** A span of a list of spans (`application/vnd.sentry.items.span.v2+json`), as SDKs stream them. */
export function streamedSpan(
  item: JsonObject,
  sender: Sender,
): { resource: Resource; span: SpanInput } {
  const { resource, attributes } = splitAttributes(item, sender);
  const { "sentry.kind": kindName, "sentry.sample_rate": rate, ...own } = attributes;
  const operation = own["sentry.op"];
  const kind = kindOf(kindName, typeof operation === "string" ? operation : undefined);
  return {
    resource,
    span: {
      ...idsOf(item),
      ...timesOf(item["start_timestamp"], item["end_timestamp"]),
      name: textIn(item, "name") ?? "span",
      kind,
      ...statusOf(textIn(item, "status"), kind),
      weight: weightOf(rate ?? objectIn(sender.header, "trace")["sample_rate"]),
      attributes: own,
    },
  };
}

function idsOf(span: JsonObject): Pick<SpanInput, "traceId" | "spanId" | "parentSpanId"> {
  const parentSpanId = textIn(span, "parent_span_id");
  return {
    traceId: textIn(span, "trace_id") ?? "",
    spanId: textIn(span, "span_id") ?? "",
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
  };
}

/** A time that cannot be read is 0, for which the span is rejected. */
function timesOf(start: unknown, end: unknown): Pick<SpanInput, "startNs" | "endNs"> {
  const startNs = timeOfValue(start) ?? 0n;
  return { startNs, endNs: timeOfValue(end) ?? startNs };
}

function kindOf(name: unknown, operation = ""): number {
  if (typeof name === "string" && Object.hasOwn(KINDS, name)) return KINDS[name]!;
  return KIND_OF_OPERATION.find(([pattern]) => pattern.test(operation))?.[1] ?? KINDS["internal"]!;
}

function statusOf(
  status: string | undefined,
  kind: number,
): Pick<SpanInput, "status" | "statusMessage"> {
  if (status === undefined || status === "unset") return {};
  if (status === "ok") return { status: STATUS_OK };
  if (kind === KINDS["server"] && CALLERS_FAULTS.has(status)) return {};
  return { status: STATUS_ERROR, statusMessage: status };
}

function rateIn(trace: JsonObject, sender: Sender): unknown {
  const data = objectIn(trace, "data");
  const own = data["sentry.sample_rate"] ?? data["sentry.client_sample_rate"];
  return own ?? objectIn(sender.header, "trace")["sample_rate"];
}

/** How many spans one stands for, of the rate at which its SDK sampled. */
function weightOf(rate: unknown): number {
  const fraction = Number(rate ?? 1);
  return fraction > 0 && fraction <= 1 ? 1 / fraction : 1;
}
