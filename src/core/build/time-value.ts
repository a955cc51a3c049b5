import { parseTime, TIME_NS_MAX } from "../time.ts";

/** A date and time as log libraries write it: `T` or a blank between, an offset with or without colon, or none (UTC). */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9})\d*)? ?(?:([Zz]|UTC)|([+-]\d{2}):?(\d{2})?)?$/;

/** From these on a number is taken as milliseconds, microseconds, nanoseconds: each reaches from 1973 to 5138. */
const MILLISECONDS_MIN = 1e11;
const MICROSECONDS_MIN = 1e14;
const NANOSECONDS_MIN = 1e17;

/** As `Date` writes a time, and with it most of those who send one: read without regular expressions. */
const MILLISECONDS_FORM = "2025-11-27T16:00:00.000Z";

/** No time takes more characters. */
const CHARACTERS_MAX = 64;

/**
 * Reads a time as events and log lines have it: RFC 3339 and its relatives (`2025-11-27 10:00:00,123`,
 * `2025-11-27T10:00:00-0600`; without an offset UTC), or Unix seconds, milliseconds, microseconds or
 * nanoseconds, told apart by their size, as a number or as its text.
 *
 * @returns Unix nanoseconds; undefined for anything else, and for times before 1970 or after 2106.
 */
export function timeOfValue(value: unknown): bigint | undefined {
  const ns = typeof value === "string" ? timeOfText(value.trim()) : timeOfNumber(value);
  return ns !== undefined && ns > 0n && ns <= TIME_NS_MAX ? ns : undefined;
}

function timeOfText(text: string): bigint | undefined {
  if (text.length > CHARACTERS_MAX) return undefined;
  if (text.length === MILLISECONDS_FORM.length && text.endsWith("Z")) {
    const ms = Date.parse(text);
    // Only a date that exists, in exactly this form, is written the same again.
    if (ms >= 0 && new Date(ms).toISOString() === text) return BigInt(ms) * 1_000_000n;
  }
  if (/^\d{1,19}$/.test(text)) return timeOfNumber(BigInt(text));
  if (/^\d{1,19}\.\d+$/.test(text)) return timeOfNumber(Number(text));
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, date, clock = "", fraction, , hours, minutes = "00"] = match;
  const seconds = clock.length === 5 ? ":00" : "";
  const offset = hours === undefined ? "Z" : `${hours}:${minutes}`;
  return parseTime(
    `${date}T${clock}${seconds}${fraction === undefined ? "" : `.${fraction}`}${offset}`,
  );
}

function timeOfNumber(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return scaled(Number(value), value);
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) return undefined;
  return scaled(value, undefined);
}

/** `exact` is the same number, where it is an integer that a double may not hold. */
function scaled(value: number, exact: bigint | undefined): bigint {
  if (value >= NANOSECONDS_MIN) return exact ?? BigInt(Math.trunc(value));
  const unit =
    value >= MICROSECONDS_MIN ? 1_000n : value >= MILLISECONDS_MIN ? 1_000_000n : 1_000_000_000n;
  const whole = Math.trunc(value);
  // A double's fraction of a second is exact to the microsecond at most; what is below is noise.
  const fraction = Math.round((value - whole) * 1e6) * (Number(unit) / 1e6);
  return (exact ?? BigInt(whole)) * unit + BigInt(Math.round(fraction));
}
