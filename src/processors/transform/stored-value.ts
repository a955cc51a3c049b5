import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Type } from "#pipeline/expression/fields.ts";
import { isList, textOf, type Value } from "#pipeline/expression/value.ts";

/** A value as columns keep it: its text, and one of `ATTRIBUTE_TYPES`. */
export interface StoredValue {
  readonly text: string;
  readonly type: number;
}

/**
 * A value as it is stored; undefined for nil, which changes nothing.
 *
 * @param type What is known of it: a double stays one though its value is whole.
 */
export function storedValue(value: Value, type: Type): StoredValue | undefined {
  const text = textOf(value);
  if (text === null) return undefined;
  return { text, type: type === "double" ? ATTRIBUTE_TYPES.double : storedType(value) };
}

function storedType(value: Value): number {
  switch (typeof value) {
    case "string":
      return ATTRIBUTE_TYPES.string;
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? ATTRIBUTE_TYPES.int
        : ATTRIBUTE_TYPES.double;
    case "bigint":
      return ATTRIBUTE_TYPES.int;
    case "boolean":
      return ATTRIBUTE_TYPES.bool;
    default:
      return isList(value) ? ATTRIBUTE_TYPES.array : ATTRIBUTE_TYPES.kvlist;
  }
}
