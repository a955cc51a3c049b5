import type { AttributeInput } from "#core/build/attribute-input.ts";
import { isObject, type JsonObject, objectIn, textIn } from "./envelope.ts";

export type Resource = Readonly<Record<string, AttributeInput>>;

/** What OpenTelemetry calls the languages of Sentry's platforms. */
const LANGUAGES: Readonly<Record<string, string>> = {
  node: "nodejs",
  javascript: "webjs",
  python: "python",
  ruby: "ruby",
  php: "php",
  go: "go",
  java: "java",
  csharp: "dotnet",
  native: "cpp",
  cocoa: "swift",
  rust: "rust",
};

/** What is known of the sender beside its payload. */
export interface Sender {
  /** The name that its service is given; see the setting `services`. */
  readonly service: string;
  /** Of the envelope. */
  readonly header: JsonObject;
}

/** Where an event or transaction comes from: a resource in OpenTelemetry's words. */
export function resourceOfEvent(event: JsonObject, { service, header }: Sender): Resource {
  const otel = objectIn(objectIn(objectIn(event, "contexts"), "otel"), "resource");
  const sdk = objectIn(isObject(event["sdk"]) ? event : header, "sdk");
  const runtime = objectIn(objectIn(event, "contexts"), "runtime");
  return compact({
    ...plain(otel),
    "service.name": textIn(otel, "service.name") ?? service,
    "service.version": textIn(event, "release"),
    "deployment.environment.name": textIn(event, "environment"),
    "host.name": textIn(event, "server_name"),
    "telemetry.sdk.name": textIn(sdk, "name"),
    "telemetry.sdk.version": textIn(sdk, "version"),
    "telemetry.sdk.language": LANGUAGES[textIn(event, "platform") ?? ""],
    "process.runtime.name": textIn(runtime, "name"),
    "process.runtime.version": textIn(runtime, "version"),
  });
}

/** Attributes that the newer items repeat on each record or span, though they are the sender's. */
const RESOURCE_NAMES: Readonly<Record<string, string>> = {
  "sentry.release": "service.version",
  "sentry.environment": "deployment.environment.name",
  "sentry.sdk.name": "telemetry.sdk.name",
  "sentry.sdk.version": "telemetry.sdk.version",
  "service.name": "service.name",
  "service.namespace": "service.namespace",
  "service.instance.id": "service.instance.id",
  "process.runtime.name": "process.runtime.name",
  "process.runtime.version": "process.runtime.version",
};

/** An item of a list of logs or spans: its own attributes, and those that are its sender's. */
export function splitAttributes(
  item: JsonObject,
  { service }: Sender,
): { resource: Resource; attributes: Readonly<Record<string, AttributeInput>> } {
  const resource: Record<string, AttributeInput> = { "service.name": service };
  const attributes = Object.create(null) as Record<string, AttributeInput>;
  for (const [key, typed] of Object.entries(objectIn(item, "attributes"))) {
    const value = (isObject(typed) ? (typed["value"] ?? null) : typed) as AttributeInput;
    const name = Object.hasOwn(RESOURCE_NAMES, key) ? RESOURCE_NAMES[key] : undefined;
    if (name !== undefined) resource[name] = value;
    else attributes[key] = value;
  }
  return { resource, attributes };
}

/** JSON's values are all values that an attribute can have. */
export function plain(object: JsonObject): Readonly<Record<string, AttributeInput>> {
  return object as Readonly<Record<string, AttributeInput>>;
}

/** Without what is not there. */
export function compact(
  attributes: Readonly<Record<string, AttributeInput | undefined>>,
): Readonly<Record<string, AttributeInput>> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, AttributeInput] => entry[1] !== undefined && entry[1] !== null,
    ),
  );
}
