import { SightglassError } from "../errors.ts";
import { REQUEST_LIMITS } from "../limits.ts";
import type { Signal } from "../signal.ts";
import { ENUMS, MESSAGES, type FieldSpec, type MessageName } from "./messages.ts";
import { enumScalar, SCALARS, type Scalar } from "./scalars.ts";
import { ProtobufWriter } from "./writer.ts";

const REQUESTS: Readonly<Record<Signal, MessageName>> = {
  traces: "ExportTraceServiceRequest",
  logs: "ExportLogsServiceRequest",
  metrics: "ExportMetricsServiceRequest",
};

/** How much of a wrong value an error message quotes. */
const QUOTED_CHARS_MAX = 60;

/**
 * Encodes an export request in the shape of OTLP/JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)
 * to the same request in protobuf, for the JSON door, the demo, our own telemetry and tests.
 *
 * Field names are lowerCamelCase or snake_case; trace and span ids are hex, other bytes base64 (from
 * code, a `Uint8Array` does for both); 64-bit integers are decimal strings, numbers or bigints;
 * enumerations are numbers or names. `null` means absent and unknown fields are ignored. Ids of a
 * wrong length are passed on: what a row must hold is the decoder's to judge, for every door alike.
 *
 * @example encodeOtlp("traces", { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "GET /" }] }] }] })
 * @throws SightglassError `bad_payload`, naming the path, what was found and what is allowed;
 * `payload_too_large` when the outcome is beyond `REQUEST_LIMITS.bodyBytesMax`.
 */
export function encodeOtlp(signal: Signal, request: unknown): Buffer {
  return encodeMessage(REQUESTS[signal], request);
}

/** As {@link encodeOtlp}, for any message of `messages.ts`, the answers of the doors among them. */
export function encodeMessage(name: MessageName, value: unknown): Buffer {
  const encoder = new Encoder();
  try {
    encoder.message(messageType(name), value);
    return encoder.writer.finish();
  } catch (error) {
    encoder.writer.release();
    throw error;
  }
}

interface Field {
  /** The lowerCamelCase name, for paths. */
  readonly name: string;
  readonly tag: number;
  readonly presence: FieldSpec["presence"];
  readonly scalar: Scalar | undefined;
  /** Numbers of a list share one length-delimited field. */
  readonly packed: boolean;
  readonly message: MessageType | undefined;
  /** Whether entering the field is one more level of a value within a value. */
  readonly nests: boolean;
}

interface MessageType {
  readonly fields: Map<string, Field>;
}

const messageTypes = new Map<string, MessageType>();

function messageType(name: MessageName): MessageType {
  const known = messageTypes.get(name);
  if (known !== undefined) return known;
  const type: MessageType = { fields: new Map() };
  messageTypes.set(name, type); // before its fields, which may refer back to it
  for (const [snakeName, spec] of Object.entries<FieldSpec>(MESSAGES[name])) {
    const field = buildField(snakeName, spec);
    type.fields.set(snakeName, field);
    type.fields.set(field.name, field);
  }
  return type;
}

function buildField(snakeName: string, spec: FieldSpec): Field {
  const scalar = scalarOf(spec.type);
  const packed = spec.presence === "many" && scalar !== undefined && scalar.wireType !== 2;
  const wireType = packed ? 2 : (scalar?.wireType ?? 2);
  return {
    name: snakeName.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    tag: spec.number * 8 + wireType,
    presence: spec.presence,
    scalar,
    packed,
    message: isMessageName(spec.type) ? messageType(spec.type) : undefined,
    nests: spec.type === "ArrayValue" || spec.type === "KeyValueList",
  };
}

function scalarOf(type: string): Scalar | undefined {
  const scalars: Readonly<Record<string, Scalar>> = SCALARS;
  const enums: Readonly<Record<string, readonly string[]>> = ENUMS;
  const names = enums[type];
  return names === undefined ? scalars[type] : enumScalar(names);
}

function isMessageName(type: string): type is MessageName {
  return Object.hasOwn(MESSAGES, type);
}

/** One encoding: the writer, and the path to the value at hand, kept for error messages. */
class Encoder {
  readonly writer = new ProtobufWriter();
  private readonly names: string[] = [];
  /** The index within a list, -1 for a single value. */
  private readonly indexes: number[] = [];
  private level = 0;
  private nesting = 0;

  message(type: MessageType, value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.refuse(value, "an object");
    }
    const record = value as Record<string, unknown>;
    for (const key in record) {
      // Names are only ever looked up in a Map, so `__proto__` and the like are unknown fields.
      const field = type.fields.get(key);
      if (field === undefined) continue;
      const content = record[key];
      if (content !== null && content !== undefined) this.field(field, content);
    }
  }

  private field(field: Field, content: unknown): void {
    const level = this.level++;
    this.names[level] = field.name;
    this.indexes[level] = -1;
    if (field.presence === "many") this.list(field, content, level);
    else if (field.message !== undefined) this.nested(field, field.message, content);
    else this.scalar(field, field.scalar!, content);
    this.level = level;
  }

  private list(field: Field, content: unknown, level: number): void {
    if (!Array.isArray(content)) this.refuse(content, "an array");
    const elements = content as readonly unknown[];
    if (elements.length === 0) return;
    if (field.packed) {
      this.packed(field, field.scalar!, elements, level);
      return;
    }
    for (let index = 0; index < elements.length; index++) {
      this.indexes[level] = index;
      if (field.message !== undefined) this.nested(field, field.message, elements[index]);
      else this.value(field, field.scalar!, elements[index]);
    }
  }

  private packed(field: Field, scalar: Scalar, elements: readonly unknown[], level: number): void {
    this.writer.tag(field.tag);
    const start = this.writer.begin();
    for (let index = 0; index < elements.length; index++) {
      this.indexes[level] = index;
      if (!scalar.write(this.writer, elements[index])) this.refuse(elements[index], scalar.allowed);
    }
    this.writer.end(start);
  }

  private nested(field: Field, type: MessageType, content: unknown): void {
    if (field.nests && ++this.nesting > REQUEST_LIMITS.depthMax) {
      this.refuse(content, `at most ${REQUEST_LIMITS.depthMax} values within each other`);
    }
    this.writer.tag(field.tag);
    const start = this.writer.begin();
    this.message(type, content);
    this.writer.end(start);
    if (field.nests) this.nesting--;
  }

  private scalar(field: Field, scalar: Scalar, content: unknown): void {
    if (field.presence === "one" && scalar.isDefault(content)) return;
    this.value(field, scalar, content);
  }

  private value(field: Field, scalar: Scalar, content: unknown): void {
    this.writer.tag(field.tag);
    if (!scalar.write(this.writer, content)) this.refuse(content, scalar.allowed);
  }

  private refuse(found: unknown, allowed: string): never {
    throw new SightglassError(
      "bad_payload",
      `${this.path()}: found ${quoted(found)}, allowed is ${allowed}`,
    );
  }

  private path(): string {
    let path = "";
    for (let level = 0; level < this.level; level++) {
      const index = this.indexes[level]!;
      path += `${level > 0 ? "." : ""}${this.names[level]!}${index < 0 ? "" : `[${index}]`}`;
    }
    return path === "" ? "the request" : path;
  }
}

function quoted(found: unknown): string {
  if (found === null) return "null";
  if (Array.isArray(found)) return "an array";
  switch (typeof found) {
    case "string": {
      const cut = found.length > QUOTED_CHARS_MAX;
      return JSON.stringify(cut ? `${found.slice(0, QUOTED_CHARS_MAX)}…` : found);
    }
    case "number":
    case "bigint":
    case "boolean":
      return String(found);
    case "object":
      return "an object";
    default:
      return `a value of type ${typeof found}`;
  }
}
