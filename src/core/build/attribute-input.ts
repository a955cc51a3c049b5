import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES, textOfDouble } from "../attributes.ts";
import { REQUEST_LIMITS } from "../limits.ts";

/**
 * A value as a receiver has it, before it is typed text in a column. A number is an int64 when it is a
 * safe integer, else a double; a bigint beyond int64 is kept as the text of its digits.
 */
export type AttributeInput =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AttributeInput[]
  | { readonly [key: string]: AttributeInput };

/** Attributes by key, or as pairs where a key may be repeated (the first counts then). */
export type AttributeInputs =
  | Readonly<Record<string, AttributeInput>>
  | readonly (readonly [string, AttributeInput])[];

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The type that a value is kept with, one of `ATTRIBUTE_TYPES`. What is not an {@link AttributeInput} counts as empty. */
export function typeOfInput(value: AttributeInput | undefined): number {
  switch (typeof value) {
    case "string":
      return ATTRIBUTE_TYPES.string;
    case "number":
      return isInt(value) ? ATTRIBUTE_TYPES.int : ATTRIBUTE_TYPES.double;
    case "bigint":
      return value >= INT64_MIN && value <= INT64_MAX
        ? ATTRIBUTE_TYPES.int
        : ATTRIBUTE_TYPES.string;
    case "boolean":
      return ATTRIBUTE_TYPES.bool;
    case "object":
      if (value === null) return ATTRIBUTE_TYPES.empty;
      if (value instanceof Uint8Array) return ATTRIBUTE_TYPES.bytes;
      return Array.isArray(value) ? ATTRIBUTE_TYPES.array : ATTRIBUTE_TYPES.kvlist;
    default:
      return ATTRIBUTE_TYPES.empty;
  }
}

/**
 * The text that a value is kept as; see `ATTRIBUTE_TYPES`. That of an array or kvlist ends early, and may be
 * longer than `bytesMax`, when it has to be cut anyway: cutting is up to the caller.
 *
 * @throws RangeError when arrays and kvlists are nested deeper than `REQUEST_LIMITS.depthMax`.
 */
export function textOfInput(value: AttributeInput | undefined, bytesMax: number): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return textOfDouble(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "";
      if (value instanceof Uint8Array) return base64(value, Math.floor(bytesMax / 4) * 3);
      return new JsonText(bytesMax).of(value);
    default:
      return "";
  }
}

function isInt(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function base64(bytes: Uint8Array, bytesMax: number): string {
  const kept = Math.min(bytes.length, bytesMax);
  return Buffer.from(bytes.buffer, bytes.byteOffset, kept).toString("base64");
}

/** The JSON of one array or kvlist, which stops where it is longer than can be kept. */
class JsonText {
  private readonly bytesMax: number;
  private text = "";

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  of(value: AttributeInput): string {
    this.append(value, 0);
    return this.text;
  }

  private append(value: AttributeInput | undefined, depth: number): void {
    switch (typeof value) {
      case "string":
        this.text += this.quoted(value);
        return;
      case "number":
        this.text += jsonOfDouble(value);
        return;
      case "bigint":
        this.text += jsonOfInt(value);
        return;
      case "boolean":
        this.text += String(value);
        return;
      case "object":
        this.appendObject(value, depth);
        return;
      default:
        this.text += "null";
    }
  }

  private appendObject(value: AttributeInput & (object | null), depth: number): void {
    if (value === null) {
      this.text += "null";
      return;
    }
    if (value instanceof Uint8Array) {
      this.text += `"${base64(value, this.bytesMax)}"`;
      return;
    }
    if (depth >= REQUEST_LIMITS.depthMax)
      throw new RangeError(`more than ${REQUEST_LIMITS.depthMax} values within each other`);
    if (Array.isArray(value)) this.appendList(value as readonly AttributeInput[], depth);
    else this.appendFields(value as Readonly<Record<string, AttributeInput>>, depth);
  }

  private appendList(values: readonly AttributeInput[], depth: number): void {
    let separator = "";
    this.text += "[";
    for (const value of values) {
      if (this.text.length > this.bytesMax) break;
      this.text += separator;
      separator = ",";
      this.append(value, depth + 1);
    }
    this.text += "]";
  }

  private appendFields(fields: Readonly<Record<string, AttributeInput>>, depth: number): void {
    let separator = "";
    this.text += "{";
    for (const key of Object.keys(fields)) {
      if (this.text.length > this.bytesMax) break;
      this.text += `${separator}${this.quoted(key)}:`;
      separator = ",";
      this.append(fields[key], depth + 1);
    }
    this.text += "}";
  }

  /** Mended first, since `JSON.stringify` would keep half a surrogate pair as an escape. */
  private quoted(text: string): string {
    const kept = text.length > this.bytesMax ? text.slice(0, this.bytesMax) : text;
    return JSON.stringify(kept.toWellFormed());
  }
}

/** An int64 inside the JSON of an array or kvlist: a string where a double would not hold it. */
export function jsonOfInt(value: bigint): string {
  return Number.isSafeInteger(Number(value)) ? value.toString() : `"${value}"`;
}

/** A double inside the JSON of an array or kvlist: a string where JSON has no number for it. */
export function jsonOfDouble(value: number): string {
  return Number.isFinite(value) ? textOfDouble(value) : `"${value}"`;
}
