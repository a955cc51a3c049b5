/** What an engine says of a request, or of one document. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, reason: string) {
    super(reason);
    this.status = status;
    this.type = type;
  }
}

interface Mapping {
  readonly type?: string;
  readonly enabled?: boolean;
  readonly ignore_malformed?: boolean;
  readonly properties?: Properties;
}
export interface Properties {
  [name: string]: Mapping;
}

interface Mappings {
  readonly dynamic?: boolean;
  readonly properties: Properties;
  readonly dynamic_templates?: readonly Readonly<
    Record<string, { readonly match_mapping_type: string; readonly mapping: Mapping }>
  >[];
}

export interface Template {
  readonly index_patterns: readonly string[];
  readonly data_stream?: object;
  readonly template: { readonly mappings: Mappings };
}

/** `depth_limit` of `flattened`, unless a mapping says otherwise. */
const FLATTENED_DEPTH_MAX = 20;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/**
 * Indexes a document as far as that can fail: each field must be of the type that it is mapped as, and one
 * that is not mapped gets the type of its first value, by the template's rules or those of the engine.
 * https://www.elastic.co/docs/manage-data/data-store/mapping/dynamic-field-mapping
 *
 * @throws Refusal as the engine answers for the document.
 */
export function indexed(
  source: Readonly<Record<string, unknown>>,
  mappings: Mappings | undefined,
  guessed: Properties,
): void {
  for (const [name, value] of Object.entries(source)) {
    mustBeName(name);
    const known = mappings?.properties[name] ?? guessed[name];
    if (known !== undefined) mustFit(name, value, known);
    else if (mappings?.dynamic !== false) guessed[name] = guess(name, value, mappings) ?? {};
  }
}

function mustBeName(name: string): void {
  if (name.startsWith("_"))
    throw unfit(`Field [${name}] is a metadata field and cannot be added inside a document.`);
  if (name.trim() === "") throw unfit("field name cannot contain only whitespace");
  // DocumentParser of OpenSearch casts what the template for objects makes to an object.
  if (name.includes("."))
    throw new Refusal(500, "class_cast_exception", `[${name}] cannot be cast to ObjectMapper`);
}

function guess(name: string, value: unknown, mappings: Mappings | undefined): Mapping | undefined {
  const one: unknown = Array.isArray(value) ? value.find((item) => item !== null) : value;
  if (one === null || one === undefined) return undefined;
  const type = typeOf(one);
  const rule = mappings?.dynamic_templates
    ?.flatMap((template) => Object.values(template))
    .find(({ match_mapping_type: match }) => match === type);
  const mapping = rule?.mapping ?? { type };
  mustFit(name, value, mapping);
  return mapping;
}

function typeOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean") return typeof value;
  if (typeof value === "number") return Number.isInteger(value) ? "long" : "double";
  return "object";
}

/** Lists stand for several values of a field, everywhere. */
function mustFit(path: string, value: unknown, mapping: Mapping): void {
  if (mapping.enabled === false || value === null) return;
  if (Array.isArray(value)) {
    for (const one of value) mustFit(path, one, mapping);
    return;
  }
  if (mapping.properties !== undefined) {
    if (typeof value !== "object")
      throw unfit(`object mapping for [${path}] tried to parse field as object`);
    // What is not mapped below is left alone: the mappings of these tests are not dynamic there.
    for (const [name, one] of Object.entries(value as object)) {
      const below = mapping.properties[name];
      if (below !== undefined) mustFit(`${path}.${name}`, one, below);
    }
    return;
  }
  const isIgnored = mapping.ignore_malformed === true && typeof value !== "object";
  if (!isIgnored && !fits(value, mapping.type))
    throw unfit(
      `failed to parse field [${path}] of type [${mapping.type}] Preview of field's value: '${JSON.stringify(value)}'`,
    );
}

function fits(value: unknown, type: string | undefined): boolean {
  switch (type) {
    case undefined:
      return true;
    case "flattened":
    case "flat_object":
      return typeof value === "object" && isFlat(value as object, FLATTENED_DEPTH_MAX);
    case "date_nanos":
      return typeof value === "string" && DATE.test(value);
    case "double":
    case "float":
      return isNumber(value) && Number.isFinite(Number(value));
    case "long":
      return (
        isNumber(value) && BigInt.asIntN(64, BigInt(value as string)) === BigInt(value as string)
      );
    case "byte":
      return Number.isInteger(value) && Math.abs(Number(value)) < 128;
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return typeof value === "object";
    default:
      return typeof value !== "object";
  }
}

function isNumber(value: unknown): boolean {
  return (
    typeof value === "number" ||
    (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)))
  );
}

function isFlat(value: object, depth: number): boolean {
  if (depth === 0) return false;
  return Object.entries(value).every(
    ([key, one]) =>
      !key.includes("\0") &&
      (typeof one !== "object" || one === null || isFlat(one as object, depth - 1)),
  );
}

function unfit(reason: string): Refusal {
  return new Refusal(400, "document_parsing_exception", reason);
}
