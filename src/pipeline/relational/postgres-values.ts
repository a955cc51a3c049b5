/**
 * Values as PostgreSQL takes them, so that no row is refused for what a sender put into it: its text has
 * no NUL, its JSON no NUL and no half of a surrogate pair, and its columns have widths and ranges.
 */

/** In place of a character that PostgreSQL cannot hold. */
const REPLACEMENT = "\ufffd";
/** As `JSON.stringify` writes NUL and halves of surrogate pairs; a backslash of the text itself is written twice. */
const ESCAPES = /\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g;
const BAD_ESCAPE = /\\u(?:0000|d[89a-f])/;
const INTEGER_MAX = 2_147_483_647;

/** The text without what PostgreSQL cannot hold, of at most so many characters (code points, as VARCHAR counts them). */
export function textValue(text: string, charactersMax: number): string {
  const clean = text.replaceAll("\0", REPLACEMENT).toWellFormed();
  if (clean.length <= charactersMax) return clean;
  return Array.from(clean.slice(0, charactersMax * 2))
    .slice(0, charactersMax)
    .join("")
    .toWellFormed();
}

/** As {@link textValue}, of at most so many bytes of UTF-8. */
export function textOfBytes(text: string, bytesMax: number): string {
  // No UTF-16 unit takes more than three bytes.
  if (text.length * 3 <= bytesMax) return textValue(text, bytesMax);
  const clean = textValue(text, bytesMax);
  const bytes = Buffer.from(clean);
  if (bytes.length <= bytesMax) return clean;
  let end = bytesMax;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}

/** The JSON of a value, with whatever JSONB refuses replaced. */
export function jsonValue(value: unknown): string {
  const json = JSON.stringify(value);
  if (!BAD_ESCAPE.test(json)) return json;
  return json.replaceAll(ESCAPES, (whole, escaped: string) =>
    escaped.length > 1 ? REPLACEMENT : whole,
  );
}

/** A number for INTEGER, rounded; null for what is none or does not fit. */
export function integerValue(value: unknown): number | null {
  const number = numberIn(value);
  if (number === null) return null;
  const rounded = Math.round(number);
  return Math.abs(rounded) <= INTEGER_MAX ? rounded : null;
}

/** A number for NUMERIC with so many digits before the point; null for what is none or does not fit. */
export function numericValue(value: unknown, wholeDigits: number): number | null {
  const number = numberIn(value);
  // Below by more than rounding to the column's scale can add.
  return number !== null && Math.abs(number) < 10 ** wholeDigits - 1e-6 ? number : null;
}

/** A finite number, or the text of one. */
function numberIn(value: unknown): number | null {
  if (typeof value === "string" && !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value))
    return null;
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Unix nanoseconds as TIMESTAMPTZ has them: to the microsecond, in UTC. */
export function timestampValue(ns: bigint): string {
  const us = ns / 1_000n;
  const seconds = us / 1_000_000n;
  const fraction = String(us % 1_000_000n).padStart(6, "0");
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}.${fraction}Z`;
}
