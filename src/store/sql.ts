import type { TableName } from "./tables.ts";
import { TABLES } from "./tables.ts";

/**
 * SQL text that is safe to run: it came from a template in our own source, or from a typed literal
 * below. The private field keeps any other object from passing for one.
 */
class SqlText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The SQL itself, for the engine and for snapshots. */
  get text(): string {
    if (!(#text in this)) throw new TypeError("not a Fragment");
    return this.#text;
  }
}

/** A piece of SQL made by {@link sql}, {@link literal}, {@link join}, {@link table} or {@link identifier}. */
export type Fragment = SqlText;

/**
 * Puts SQL together from a template. Only Fragments can be interpolated, so that a user's value can
 * enter solely as a typed literal. The statement has no trailing semicolon, SETTINGS or FORMAT.
 *
 * @example sql`SELECT name FROM ${table("spans")} WHERE service = ${literal.string(service)}`
 */
export function sql(strings: TemplateStringsArray, ...parts: Fragment[]): Fragment {
  let text = strings[0] ?? "";
  for (const [index, part] of parts.entries()) text += textOf(part) + (strings[index + 1] ?? "");
  return new SqlText(text);
}

/** Puts `separator`, which must be a constant of our source, between the parts. */
export function join(parts: readonly Fragment[], separator: string): Fragment {
  return new SqlText(parts.map(textOf).join(separator));
}

/** Nothing: for clauses that are left out. */
export const empty: Fragment = new SqlText("");

/** The name of a table, resolved in the store's own database. */
export function table(name: TableName): Fragment {
  return identifier(name, TABLES);
}

/** A column or table name that a caller may choose, out of a list that our source gives. */
export function identifier<T extends string>(name: T, allowed: readonly T[]): Fragment {
  if (!allowed.includes(name))
    throw new RangeError(`identifier ${JSON.stringify(name)} is not one of: ${allowed.join(", ")}`);
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name))
    throw new RangeError(`${JSON.stringify(name)} is not a plain identifier`);
  return new SqlText(`\`${name}\``);
}

/** Values as SQL literals: whatever the value is, the engine reads back exactly it. */
export const literal = {
  /** A lone surrogate becomes U+FFFD, since the engine's text is UTF-8. */
  string: (value: string): Fragment => new SqlText(quote(value)),

  strings: (values: readonly string[]): Fragment =>
    new SqlText(
      values.length === 0 ? "CAST([], 'Array(String)')" : `[${values.map(quote).join(", ")}]`,
    ),

  /** 0 to 2^64 - 1; a `number` must be a safe integer. */
  uint: (value: number | bigint): Fragment =>
    new SqlText(`toUInt64(${integer(value, 0n, 2n ** 64n - 1n)})`),

  /** -2^63 to 2^63 - 1; a `number` must be a safe integer. */
  int: (value: number | bigint): Fragment =>
    new SqlText(`toInt64('${integer(value, -(2n ** 63n), 2n ** 63n - 1n)}')`),

  /** Any Float64, NaN and the infinities included. */
  float: (value: number): Fragment => new SqlText(`toFloat64('${floatText(value)}')`),

  bool: (value: boolean): Fragment => new SqlText(value ? "true" : "false"),

  /** Unix nanoseconds as DateTime64(9, 'UTC'). */
  dateTime64: (ns: bigint): Fragment =>
    new SqlText(
      `fromUnixTimestamp64Nano(toInt64('${integer(ns, -(2n ** 63n), 2n ** 63n - 1n)}'), 'UTC')`,
    ),

  /** Unix milliseconds, cut to whole seconds, as DateTime('UTC'): 1970 to 2106. */
  dateTime: (ms: number): Fragment =>
    new SqlText(`toDateTime(${integer(Math.floor(ms / 1000), 0n, 2n ** 32n - 1n)}, 'UTC')`),

  /** The UTC day of Unix milliseconds, as Date: 1970 to 2149. */
  date: (ms: number): Fragment =>
    new SqlText(`toDate(${integer(Math.floor(ms / 86_400_000), 0n, 65_535n)})`),

  /** An id in hex (upper or lower case) as FixedString. */
  fixedHex: (hex: string, bytes: 8 | 16): Fragment => new SqlText(fixedHex(hex, bytes)),

  fixedHexes: (hexes: readonly string[], bytes: 8 | 16): Fragment =>
    new SqlText(
      hexes.length === 0
        ? `CAST([], 'Array(FixedString(${bytes}))')`
        : `[${hexes.map((hex) => fixedHex(hex, bytes)).join(", ")}]`,
    ),
};

function textOf(fragment: Fragment): string {
  if (!(fragment instanceof SqlText))
    throw new TypeError("only Fragments can be part of a statement");
  return fragment.text;
}

/**
 * Quoted, with control characters, quotes and backslashes as the `\xHH` of their UTF-8 bytes: neither
 * the engine's C interface nor its log lines ever see them raw. Backtick and double quote need no
 * escape inside a string; they get one so that the text stays inert wherever it is pasted.
 */
function quote(value: string): string {
  const escape = (character: string): string =>
    Buffer.from(character).toString("hex").replaceAll(/../g, "\\x$&");
  return `'${value.toWellFormed().replaceAll(/[\p{Cc}\\'`"]/gu, escape)}'`;
}

function integer(value: number | bigint, min: bigint, max: bigint): string {
  if (typeof value === "number" && !Number.isSafeInteger(value))
    throw new RangeError(`${value} is not a safe integer`);
  const exact = BigInt(value);
  if (exact < min || exact > max) throw new RangeError(`${exact} is not between ${min} and ${max}`);
  return exact.toString();
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

function fixedHex(hex: string, bytes: 8 | 16): string {
  if (hex.length !== bytes * 2 || !/^[0-9a-fA-F]+$/.test(hex)) {
    throw new RangeError(`${JSON.stringify(hex)} is not ${bytes * 2} hexadecimal digits`);
  }
  return `toFixedString(unhex('${hex}'), ${bytes})`;
}
