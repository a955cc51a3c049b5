import { type Attribute, attributeValue, type AttributeValue } from "#core/attributes.ts";

/**
 * How deep objects may lie in one another in a field that is mapped as a whole: `flattened` takes 20
 * levels unless told otherwise (https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/flattened).
 */
const DEPTH_MAX = 16;

/** Attributes as the object that they are in a document; of keys that repeat, the last one's value. */
export function fieldsOf(attributes: readonly Attribute[]): Record<string, AttributeValue> {
  return Object.fromEntries(
    attributes.map(({ key, value, type }) => [
      keyOf(key),
      fieldValue(attributeValue(value, type), DEPTH_MAX),
    ]),
  );
}

/** A value as both engines take it: no deeper than they go. Most are that as they are. */
export function fieldValue(value: AttributeValue, depth: number = DEPTH_MAX): AttributeValue {
  if (typeof value !== "object" || value === null || isTaken(value, depth)) return value;
  if (depth === 0) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map((one) => fieldValue(one, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [keyOf(key), fieldValue(one, depth - 1)]),
  );
}

function isTaken(value: AttributeValue, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((one) => isTaken(one, depth - 1));
  return Object.entries(value).every(
    ([key, one]) => !key.includes("\0") && isTaken(one, depth - 1),
  );
}

/** The index of `flattened` separates a key from its value by a zero, which keys thus may not have. */
function keyOf(key: string): string {
  return key.replaceAll("\0", "\ufffd");
}
