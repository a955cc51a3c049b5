import { ATTRIBUTE_TYPES, textOfDouble } from "#core/attributes.ts";
import type { Fields } from "./fields.ts";

export const VALUE_TYPES = ["string", "int", "double", "bool"] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "t", "yes", "y", "on", "1"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "f", "no", "n", "off", "0"]);

/** Numbers as programs print them: what is padded (`007`) or signed (`+49`) is more likely a name or a code. */
const PRINTED_INT = /^(?:0|-?[1-9][0-9]{0,17})$/;
const PRINTED_DOUBLE = /^-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}$/;

/** Adds a value that should be of this type; as a string where it cannot be. */
export function addTyped(into: Fields, key: string, text: string, type: ValueType): void {
  const canonical = canonicalText(text, type);
  if (canonical === undefined) into.add(key, text, ATTRIBUTE_TYPES.string);
  else into.add(key, canonical, ATTRIBUTE_TYPES[type]);
}

/** Adds a value as the number or boolean that it reads as, else as a string. */
export function addDetected(into: Fields, key: string, text: string): void {
  const type = detectedType(text);
  into.add(key, type === ATTRIBUTE_TYPES.double ? textOfDouble(Number(text)) : text, type);
}

function detectedType(text: string): number {
  const first = text.charCodeAt(0);
  const isDigit = first >= 0x30 && first <= 0x39;
  if (isDigit || first === 0x2d) {
    if (PRINTED_INT.test(text)) return ATTRIBUTE_TYPES.int;
    if (PRINTED_DOUBLE.test(text)) return ATTRIBUTE_TYPES.double;
  } else if (text === "true" || text === "false") return ATTRIBUTE_TYPES.bool;
  return ATTRIBUTE_TYPES.string;
}

/** Gives a field that was found another type; it stays as it is where it cannot have it. */
export function retype(fields: Fields, place: number, type: ValueType): void {
  const canonical = canonicalText(fields.texts[place]!, type);
  if (canonical === undefined) return;
  fields.texts[place] = canonical;
  fields.types[place] = ATTRIBUTE_TYPES[type];
}

/** The text that a value of the type is kept as; undefined where the text is none of that type. */
function canonicalText(text: string, type: ValueType): string | undefined {
  switch (type) {
    case "string":
      return text;
    case "int":
      return intText(text.trim());
    case "double":
      return doubleText(text.trim());
    default: {
      const word = text.trim().toLowerCase();
      if (TRUE_WORDS.has(word)) return "true";
      return FALSE_WORDS.has(word) ? "false" : undefined;
    }
  }
}

function intText(text: string): string | undefined {
  if (!/^[+-]?[0-9]{1,19}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value >= INT64_MIN && value <= INT64_MAX ? value.toString() : undefined;
}

function doubleText(text: string): string | undefined {
  if (!/^[+-]?(?:[0-9]{1,308}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/.test(text))
    return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? textOfDouble(value) : undefined;
}
