import { isUtf8 } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "./door.ts";

/** Integers of so many digits are exact as doubles. */
const EXACT_DIGITS = 15;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;

type JsonLimits = Pick<DoorLimits, "depthMax" | "jsonValuesMax">;

/**
 * Parses the JSON of a body. Depth and number of values are bounded before the text is parsed, since
 * parsing it is what a hostile body would make expensive. Integers beyond 2⁵³ become a bigint.
 *
 * @throws SightglassError `bad_payload`, or `payload_too_large`.
 */
export function parseJson(body: Buffer, limits: JsonLimits): unknown {
  const longIntegers = scanJson(body, limits);
  const text = body.toString("utf8");
  return longIntegers.length === 0 ? parsedJson(text) : parsedJson(text, exactInteger);
}

/** A reviver of JSON.parse: the source of a number tells digits that the number has lost. */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** JSON.parse with its error as ours. @throws SightglassError `bad_payload` */
export function parsedJson(
  text: string,
  reviver?: (key: string, value: unknown, context?: { source?: string }) => unknown,
): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new SightglassError("bad_payload", `JSON: ${reason}`);
  }
}

/**
 * Checks that a body is UTF-8 and within the bounds, and finds the integers that are too long for a
 * number: pairs of start and end.
 *
 * @throws SightglassError `bad_payload`, or `payload_too_large`.
 */
export function scanJson(body: Buffer, limits: JsonLimits): number[] {
  if (!isUtf8(body))
    throw new SightglassError("bad_payload", "JSON: found bytes that are not UTF-8");
  const longIntegers: number[] = [];
  let depth = 0;
  let values = 1;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === QUOTE) {
      at = endOfString(body, at + 1);
    } else if (byte === COMMA) {
      values++;
    } else if ((byte | 0x20) === 0x7b) {
      values++;
      if (++depth > limits.depthMax) throw tooDeep(at, limits);
    } else if ((byte | 0x20) === 0x7d) {
      depth--;
    } else if (byte === MINUS || isDigit(byte)) {
      const end = endOfNumber(body, at + 1);
      if (end - at > EXACT_DIGITS && isInteger(body, at + 1, end)) longIntegers.push(at, end);
      at = end - 1;
    }
  }
  if (values <= limits.jsonValuesMax) return longIntegers;
  throw new SightglassError(
    "payload_too_large",
    `JSON: found ${values} values, allowed are ${limits.jsonValuesMax}`,
  );
}

function tooDeep(at: number, limits: JsonLimits): SightglassError {
  return new SightglassError(
    "bad_payload",
    `JSON: found more than ${limits.depthMax} levels at byte ${at}, allowed are that many`,
  );
}

/** The place of the closing quote; the end of the body when there is none. */
function endOfString(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}

function endOfNumber(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && isNumberByte(body[at]!)) at++;
  return at;
}

function isInteger(body: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isDigit(body[at]!)) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Digits, sign, point and exponent. */
function isNumberByte(byte: number): boolean {
  return (
    isDigit(byte) || byte === MINUS || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65
  );
}
