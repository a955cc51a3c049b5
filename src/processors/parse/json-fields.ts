import { type AttributeInput, textOfInput, typeOfInput } from "#core/build/attribute-input.ts";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";
import type { Fields } from "./fields.ts";
import { firstByte, type TextParser } from "./text-parser.ts";

/** Values of one text: what parsing makes of a value is larger than its text. */
const VALUES_MAX = 16_384;
const LIMITS = { depthMax: REQUEST_LIMITS.depthMax, jsonValuesMax: VALUES_MAX };

/** Objects within each other that become fields of their own; what is deeper stays an object. */
const FLATTEN_DEPTH_MAX = 10;

const OPEN_BRACE = 0x7b;
const REASON_CHARACTERS_MAX = 256;

/**
 * One object of JSON. Numbers, booleans, arrays and null keep their type, and integers beyond 2⁵³ their digits.
 *
 * @param flatten Whether the fields of objects in it become fields of their own, with a key such as `request.method`.
 */
export function jsonParser(flatten: boolean): TextParser {
  return (source, into) => {
    if (firstByte(source) !== OPEN_BRACE) return "not a JSON object: found no { at its start";
    let value: unknown;
    try {
      value = parseJson(source.bytes.subarray(source.from, source.to), LIMITS);
    } catch (error) {
      if (!(error instanceof SightglassError)) throw error;
      return error.message.slice(0, REASON_CHARACTERS_MAX);
    }
    addFields(into, value as JsonObject, "", flatten ? FLATTEN_DEPTH_MAX : 0);
    return undefined;
  };
}

type JsonObject = Readonly<Record<string, AttributeInput>>;

function addFields(into: Fields, object: JsonObject, path: string, depth: number): void {
  for (const key of Object.keys(object)) {
    // What is full still counts what it is given, but nothing is made for it.
    if (into.isFull) {
      into.add(key, "", 0);
      continue;
    }
    const value = object[key]!;
    if (depth > 0 && isFilledObject(value)) addFields(into, value, `${path}${key}.`, depth - 1);
    else
      into.add(
        path + key,
        textOfInput(value, ROW_LIMITS.attributeValueBytesMax),
        typeOfInput(value),
      );
  }
}

/** An object without fields stays one, so that it is not lost. */
function isFilledObject(value: AttributeInput): value is JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length > 0;
}
