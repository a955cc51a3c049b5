import type { AttributeInput } from "#core/build/attribute-input.ts";
import type { LogInput } from "#core/build/log-builder.ts";
import { severityOfWord } from "#core/build/severity.ts";
import { timeOfValue } from "#core/build/time-value.ts";
import { logInputOfEvent } from "#core/event-record.ts";

/** Objects within each other that are taken apart into dotted names; what is deeper stays an object. */
const LEVELS_MAX = 20;
/** Fields of one document; a log record keeps fewer, and counts the rest as dropped. */
const FIELDS_MAX = 1_000;

/** Fields of the Elastic Common Schema, and of Fluent Bit, that say what a record comes from. */
const RESOURCE_FIELD = /^(service|host|cloud|container|orchestrator|kubernetes|faas|device)\./;

/** What OpenTelemetry calls them where the names differ. */
const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  "service.environment": "deployment.environment.name",
  "service.node.name": "service.instance.id",
  "host.hostname": "host.name",
  "kubernetes.pod.name": "k8s.pod.name",
  "kubernetes.pod_name": "k8s.pod.name",
  "kubernetes.pod.uid": "k8s.pod.uid",
  "kubernetes.pod_id": "k8s.pod.uid",
  "kubernetes.namespace": "k8s.namespace.name",
  "kubernetes.namespace_name": "k8s.namespace.name",
  "kubernetes.container.name": "k8s.container.name",
  "kubernetes.container_name": "k8s.container.name",
  "kubernetes.deployment.name": "k8s.deployment.name",
  "kubernetes.node.name": "k8s.node.name",
  "kubernetes.host": "k8s.node.name",
};

/** Fields that are said by the record itself. */
const TIME = "@timestamp";
const MESSAGES = ["message", "log"] as const;
const LEVELS = ["log.level", "level", "severity"] as const;
const TRACE_IDS = ["trace.id", "trace_id", "traceId"] as const;
const SPAN_IDS = ["span.id", "span_id", "spanId"] as const;

/** A document as the log record that it is. */
export interface Document {
  readonly resource: Readonly<Record<string, AttributeInput>>;
  readonly record: LogInput;
}

/**
 * The log record of a document that was to be indexed. Objects are taken apart into dotted names, as
 * the index would have them; the fields of the Elastic Common Schema
 * (https://www.elastic.co/docs/reference/ecs) that OpenTelemetry has places for go there.
 */
export function documentOf(source: object, index: string): Document {
  const fields = new Map<string, AttributeInput>();
  flatten(source as Readonly<Record<string, AttributeInput>>, "", 0, fields);
  const event = logInputOfEvent(unprefixed(fields));
  const resource: Record<string, AttributeInput> = Object.create(null) as Record<
    string,
    AttributeInput
  >;
  const attributes: [string, AttributeInput][] = [["elasticsearch.index", index]];
  const own: ReadonlySet<string> = new Set([
    TIME,
    ...TRACE_IDS.slice(0, 1),
    ...SPAN_IDS.slice(0, 1),
  ]);
  const bodyField = MESSAGES.find((name) => typeof fields.get(name) === "string");
  for (const [name, value] of fields) {
    if (RESOURCE_FIELD.test(name)) resource[RESOURCE_NAMES[name] ?? name] ??= value;
    else if (name !== bodyField && !own.has(name)) attributes.push([name, value]);
  }
  const level = firstText(fields, LEVELS);
  const timeNs = timeOfValue(fields.get(TIME)) ?? event.timeNs;
  const traceId = firstText(fields, TRACE_IDS);
  const spanId = firstText(fields, SPAN_IDS);
  const action = fields.get("event.action");
  return {
    resource,
    record: {
      ...event,
      ...(timeNs === undefined ? {} : { timeNs }),
      ...(level === undefined ? {} : { severityText: level, severity: severityOfWord(level) }),
      ...(bodyField === undefined ? {} : { body: fields.get(bodyField)! }),
      ...(typeof action === "string" ? { eventName: action } : {}),
      ...(traceId === undefined ? {} : { traceId }),
      ...(spanId === undefined ? {} : { spanId }),
      attributes,
    },
  };
}

/** Fields without a dot, as an event has them. */
function unprefixed(fields: ReadonlyMap<string, AttributeInput>): object {
  return Object.fromEntries([...fields].filter(([name]) => !name.includes(".")));
}

function flatten(
  source: Readonly<Record<string, AttributeInput>>,
  prefix: string,
  level: number,
  into: Map<string, AttributeInput>,
): void {
  for (const key of Object.keys(source)) {
    if (into.size >= FIELDS_MAX) return;
    const name = `${prefix}${key}`;
    const value = source[key]!;
    if (isPlain(value) && level < LEVELS_MAX) flatten(value, `${name}.`, level + 1, into);
    else into.set(name, value);
  }
}

function isPlain(value: AttributeInput): value is { readonly [key: string]: AttributeInput } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstText(
  fields: ReadonlyMap<string, AttributeInput>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}
