import { type Attribute, ATTRIBUTE_TYPES, attributeValue, textOfDouble } from "#core/attributes.ts";
import { jsonOfDouble } from "#core/build/attribute-input.ts";
import type { ArithmeticOperator, CompareOperator } from "./syntax.ts";

/**
 * What an expression has while it is evaluated. `null` is nil: what is not there. An int64 is a number
 * where that is exact, else a bigint; bytes are their base64 text; a duration is its nanoseconds.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Value[]
  | { readonly [key: string]: Value };

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The value of an attribute or body, given its text and its type; see `ATTRIBUTE_TYPES`. */
export function valueOfText(text: string, type: number): Value {
  switch (type) {
    case ATTRIBUTE_TYPES.int:
      return intOfText(text);
    case ATTRIBUTE_TYPES.double:
      return text === "" ? Number.NaN : Number(text);
    default:
      return attributeValue(text, type);
  }
}

function intOfText(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** A map of attributes as a value. */
export function valueOfAttributes(attributes: readonly Attribute[]): Value {
  return Object.fromEntries(
    attributes.map(({ key, value, type }) => [key, valueOfText(value, type)]),
  );
}

/** An int64 as a number where that is exact; nil where it is beyond 64 bits. */
export function intOfBigint(value: bigint): number | bigint | null {
  if (value < INT64_MIN || value > INT64_MAX) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** An element of a list or map; nil where there is none. */
export function elementOf(value: Value, key: string | number): Value {
  if (value === null || typeof value !== "object") return null;
  if (isList(value)) return typeof key === "number" ? (value[key] ?? null) : null;
  if (typeof key === "number" || !Object.hasOwn(value, key)) return null;
  return value[key] ?? null;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Values of different types are not equal, but for numbers, which are compared as such; nil equals nil. */
export function areEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  // An int beyond 2^53 equals the double of the same number.
  // oxlint-disable-next-line eqeqeq -- the comparison of a bigint with a number that is exact
  if (isNumber(a) && isNumber(b)) return typeof a !== typeof b && a == b;
  const areObjects = typeof a === "object" && typeof b === "object" && a !== null && b !== null;
  return areObjects && areEqualObjects(a, b);
}

function areEqualObjects(a: Value & object, b: Value & object): boolean {
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b) || a.length !== b.length) return false;
    return a.every((item, i) => areEqual(item, b[i]!));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && areEqual(a[key]!, b[key]!));
}

/** Whether the comparison holds: an order is only between two numbers, two texts or two bools (false first). */
export function compares(operator: CompareOperator, a: Value, b: Value): boolean {
  switch (operator) {
    case "==":
      return areEqual(a, b);
    case "!=":
      return !areEqual(a, b);
    default:
      return areOrdered(a, b) && isInOrder(operator, a, b);
  }
}

type Ordered = string | number | bigint | boolean;

function areOrdered(a: Value, b: Value): boolean {
  if (isNumber(a)) return isNumber(b);
  return typeof a === typeof b && (typeof a === "string" || typeof a === "boolean");
}

function isInOrder(operator: CompareOperator, a: Value, b: Value): boolean {
  const [left, right] = [a as Ordered, b as Ordered];
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}

/**
 * The result of two numbers; nil where one is none, where an integer would be beyond 64 bits, and where a
 * divisor is 0. Two integers give an integer, but `/` gives a double.
 */
export function calculate(
  operator: ArithmeticOperator,
  a: Value,
  b: Value,
): number | bigint | null {
  if (!isNumber(a) || !isNumber(b)) return null;
  if (operator === "/") return Number(b) === 0 ? null : Number(a) / Number(b);
  if (operator === "%" && Number(b) === 0) return null;
  if (isWhole(a) && isWhole(b)) {
    if (typeof a === "number" && typeof b === "number") {
      const fast = ofDoubles(operator, a, b);
      if (Number.isSafeInteger(fast)) return fast + 0;
    }
    return intOfBigint(ofIntegers(operator, BigInt(a), BigInt(b)));
  }
  return ofDoubles(operator, Number(a), Number(b));
}

function isWhole(value: number | bigint): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

function ofDoubles(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    default:
      return a % b;
  }
}

function ofIntegers(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    default:
      return a % b;
  }
}

/** A value as text: numbers in decimal, lists and maps as JSON; nil stays nil. */
export function textOf(value: Value): string | null {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return textOfDouble(value);
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return value === null ? null : jsonOf(value);
  }
}

/** As attributes have it: integers beyond 2^53 and what JSON has no number for are strings. */
function jsonOf(value: Value): string {
  if (isList(value)) return `[${value.map(jsonOf).join(",")}]`;
  switch (typeof value) {
    case "number":
      return jsonOfDouble(value);
    case "bigint":
      return `"${value}"`;
    case "object":
      if (value === null) return "null";
      return `{${Object.keys(value)
        .map((key) => `${JSON.stringify(key)}:${jsonOf((value as { [key: string]: Value })[key]!)}`)
        .join(",")}}`;
    default:
      return JSON.stringify(value);
  }
}
