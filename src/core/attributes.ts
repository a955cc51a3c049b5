import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { AttributesColumn } from "./columns.ts";

/**
 * The OTLP type of an attribute value, as the one byte that is stored for it. Values themselves are
 * text: int64 in decimal, double as its shortest text, bool as true/false, bytes in base64, arrays
 * and kvlists as JSON (with integers beyond 2^53 as strings).
 */
export const ATTRIBUTE_TYPES = {
  string: 0x73,
  int: 0x69,
  double: 0x64,
  bool: 0x62,
  array: 0x61,
  kvlist: 0x6d,
  bytes: 0x78,
  empty: 0x6e,
} as const;

/** One attribute outside the columns: of a resource, a scope or a series. */
export interface Attribute {
  readonly key: string;
  /** The value as text; see {@link ATTRIBUTE_TYPES}. */
  readonly value: string;
  readonly type: number;
}

/** The 64-bit identity of a resource, scope or series, in two unsigned halves. */
export interface Identity {
  readonly low: number;
  readonly high: number;
}

/** A digest of parts that differ if and only if the parts do: each is length-prefixed. */
function identify(parts: Iterable<string>): Identity {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  const digest = hash.digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

function* attributeParts(attributes: readonly Attribute[]): Generator<string> {
  const sorted = attributes.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const { key, value, type } of sorted) yield* [key, String.fromCharCode(type), value];
}

/**
 * What a group of rows came from: a service instance. Immutable; equal content has the equal `id`.
 * Here as with scopes and series, an `id` is given only where it was kept with the content.
 */
export class Resource {
  readonly attributes: readonly Attribute[];
  readonly schemaUrl: string;
  readonly service: string;
  readonly serviceBytes: Buffer;
  readonly id: Identity;

  constructor(attributes: readonly Attribute[], schemaUrl = "", id?: Identity) {
    this.attributes = attributes;
    this.schemaUrl = schemaUrl;
    this.service = attributes.find((a) => a.key === "service.name")?.value || "unknown_service";
    this.serviceBytes = Buffer.from(this.service);
    this.id = id ?? identify(["resource", schemaUrl, ...attributeParts(attributes)]);
  }
}

/** The instrumentation scope of a group of rows. Immutable; equal content has the equal `id`. */
export class Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
  readonly schemaUrl: string;
  readonly id: Identity;

  constructor(
    name: string,
    version: string,
    attributes: readonly Attribute[] = [],
    schemaUrl = "",
    id?: Identity,
  ) {
    this.name = name;
    this.version = version;
    this.attributes = attributes;
    this.schemaUrl = schemaUrl;
    this.id = id ?? identify(["scope", name, version, schemaUrl, ...attributeParts(attributes)]);
  }
}

/** What a metric is, whatever its series: part of a series' identity but for its description. */
export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly temporality: 0 | 1 | 2;
  readonly monotonic: boolean;
}

/** The numbers are those of the `type` column of the `series` table. */
export const METRIC_TYPES = {
  gauge: 1,
  sum: 2,
  histogram: 3,
  exponential_histogram: 4,
  summary: 5,
} as const;
export type MetricType = keyof typeof METRIC_TYPES;

/** One time series: a metric of a resource and scope with one set of attributes. Immutable. */
export class Series {
  readonly metric: MetricDescriptor;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly attributes: readonly Attribute[];
  readonly id: Identity;

  constructor(
    metric: MetricDescriptor,
    resource: Resource,
    scope: Scope,
    attributes: readonly Attribute[],
    id?: Identity,
  ) {
    this.metric = metric;
    this.resource = resource;
    this.scope = scope;
    this.attributes = attributes;
    this.id = id ?? identify(seriesParts(this));
  }
}

function* seriesParts({
  metric,
  resource,
  scope,
  attributes,
}: Omit<Series, "id">): Generator<string> {
  const { name, unit, type, temporality, monotonic } = metric;
  yield* ["series", name, unit, type, String(temporality), String(monotonic)];
  for (const { id } of [resource, scope]) yield `${id.high}:${id.low}`;
  yield* attributeParts(attributes);
}

/** A value that an attribute can have in an answer: its OTLP type kept, integers beyond 2^53 as strings. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | AttributeValue[]
  | { [key: string]: AttributeValue };

/** Turns a stored value back into the type that it was sent with. Unknown types stay text. */
export function attributeValue(text: string, type: number): AttributeValue {
  switch (type) {
    case ATTRIBUTE_TYPES.int: {
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : text;
    }
    case ATTRIBUTE_TYPES.double: {
      const value = doubleOfText(text);
      return Number.isFinite(value) ? value : text;
    }
    case ATTRIBUTE_TYPES.bool:
      return text === "true";
    case ATTRIBUTE_TYPES.array:
    case ATTRIBUTE_TYPES.kvlist:
      return jsonOrText(text);
    case ATTRIBUTE_TYPES.empty:
      return null;
    default:
      return text;
  }
}

/** A truncated array or kvlist is no longer JSON; its text is then the best answer there is. */
function jsonOrText(text: string): AttributeValue {
  try {
    return JSON.parse(text) as AttributeValue;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** The text of a double as it is stored: the shortest that reads back equal, or NaN, Infinity, -Infinity. */
export function textOfDouble(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function doubleOfText(text: string): number {
  return text === "" ? Number.NaN : Number(text);
}

/** The attributes of one row of a column as objects: for row views, not for the hot path. */
export function attributesOfRow(column: AttributesColumn, row: number): Attribute[] {
  const attributes: Attribute[] = [];
  for (let i = column.start(row); i < column.ends.values[row]!; i++) {
    attributes.push({
      key: column.keys.text(i),
      value: column.values.text(i),
      type: column.types.bytes[i]!,
    });
  }
  return attributes;
}
