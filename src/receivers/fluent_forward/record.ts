import type { AttributeInput } from "#core/build/attribute-input.ts";
import type { LogInput } from "#core/build/log-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import type { ForwardEvent } from "./message.ts";
import { EventTime, type Value } from "./msgpack.ts";

/** Keys whose text is the message, in this order, where there is no `message`. */
const BODY_KEYS = ["log", "msg", "MESSAGE"] as const;
const TAG_ATTRIBUTE = "fluent.tag";

/** What Docker's driver, Fluent Bit and Fluentd's own filters say of where a record comes from. */
const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  "service.name": "service.name",
  service_name: "service.name",
  service: "service.name",
  container_id: "container.id",
  container_name: "container.name",
  hostname: "host.name",
};
const KUBERNETES_NAMES: Readonly<Record<string, string>> = {
  pod_name: "k8s.pod.name",
  pod_id: "k8s.pod.uid",
  namespace_name: "k8s.namespace.name",
  container_name: "k8s.container.name",
  host: "k8s.node.name",
};

export interface ForwardRecord {
  readonly resource: Readonly<Record<string, AttributeInput>>;
  readonly input: LogInput;
}

/** The log record of a forwarded event: the event's own mapping, with its tag and what it comes from. */
export function recordOf(tag: string, { timeNs, record }: ForwardEvent): ForwardRecord {
  const fields = plain(record);
  const resource: Record<string, AttributeInput> = {};
  const attributes: Record<string, AttributeInput> = Object.create(null) as Record<
    string,
    AttributeInput
  >;
  attributes[TAG_ATTRIBUTE] = tag;
  const event = logInputOfEvent(fields);
  const bodyKey =
    event.body === null ? BODY_KEYS.find((key) => typeof fields[key] === "string") : "message";
  for (const [key, value] of Object.entries(fields)) {
    const name = Object.hasOwn(RESOURCE_NAMES, key) ? RESOURCE_NAMES[key] : undefined;
    if (name !== undefined && typeof value === "string" && value !== "") resource[name] ??= value;
    else if (key === "kubernetes") kubernetes(value, resource, attributes);
    else if (key !== bodyKey) attributes[key] = value;
  }
  const time = timeNs ?? event.timeNs;
  return {
    resource,
    input: {
      ...event,
      ...(bodyKey === undefined ? {} : { body: fields[bodyKey] ?? null }),
      ...(time === undefined ? {} : { timeNs: time }),
      attributes,
    },
  };
}

/** Metadata of Kubernetes: what has a name of OpenTelemetry's is the resource's, the rest the record's. */
function kubernetes(
  value: AttributeInput,
  resource: Record<string, AttributeInput>,
  attributes: Record<string, AttributeInput>,
): void {
  if (
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Uint8Array
  ) {
    attributes["kubernetes"] = value;
    return;
  }
  for (const [key, inner] of Object.entries(value as Readonly<Record<string, AttributeInput>>)) {
    const name = Object.hasOwn(KUBERNETES_NAMES, key) ? KUBERNETES_NAMES[key] : undefined;
    if (name === undefined) attributes[`kubernetes.${key}`] = inner;
    else resource[name] = inner;
  }
}

function plain(record: { readonly [key: string]: Value }): Record<string, AttributeInput> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, attributeOf(value)]),
  );
}

/** A value as an attribute can have it: times within a record become Unix nanoseconds. */
function attributeOf(value: Value): AttributeInput {
  if (value instanceof EventTime) return value.ns;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return (value as readonly Value[]).map(attributeOf);
  return plain(value as { readonly [key: string]: Value });
}
