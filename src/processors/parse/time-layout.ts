import { timeOfValue } from "#core/build/time-value.ts";
import { localTimeIn } from "#core/local-time.ts";
import { TIME_NS_MAX } from "#core/time.ts";

/** Layouts with a name, beside those of strptime's directives. */
export const NAMED_LAYOUTS = ["auto", "unix", "unix_ms", "unix_us", "unix_ns", "httpdate"] as const;
type NamedLayout = (typeof NAMED_LAYOUTS)[number];

/** The time of access logs: `10/Oct/2000:13:55:36 -0700`. */
const HTTPDATE = "%d/%b/%Y:%H:%M:%S %z";

const UNITS_NS: Readonly<Record<string, bigint>> = {
  unix: 1_000_000_000n,
  unix_ms: 1_000_000n,
  unix_us: 1_000n,
  unix_ns: 1n,
};

const CHARACTERS_MAX = 128;
const DAY_MS = 86_400_000;

/** What is around a time that has no year or no zone. */
export interface TimeSurroundings {
  readonly nowMs: number;
  /** Unix milliseconds of a wall-clock time that is handed over as if it were UTC. */
  readonly fromLocal: (localMs: number) => number;
}

/** Reads a time; Unix nanoseconds, or undefined where it is not of the layout or not between 1970 and 2106. */
export type TimeReader = (text: string, around: TimeSurroundings) => bigint | undefined;

/**
 * @param layout One of {@link NAMED_LAYOUTS}, or directives of strptime: `%Y-%m-%d %H:%M:%S`.
 * @throws RangeError that says what is wrong with the layout.
 */
export function timeReader(layout: string): TimeReader {
  if ((NAMED_LAYOUTS as readonly string[]).includes(layout)) return named(layout as NamedLayout);
  if (!layout.includes("%"))
    throw new RangeError(
      `${JSON.stringify(layout)} is no layout: use ${NAMED_LAYOUTS.join(", ")}, or directives such as %Y-%m-%d %H:%M:%S`,
    );
  return strptime(layout);
}

/** Makes a zone's wall-clock times Unix times. @throws RangeError when there is no such zone. */
export function zoneReader(zone: string): TimeSurroundings["fromLocal"] {
  try {
    return localTimeIn(zone);
  } catch (error) {
    throw new RangeError(`there is no time zone ${JSON.stringify(zone)}`, { cause: error });
  }
}

function named(layout: NamedLayout): TimeReader {
  if (layout === "httpdate") return strptime(HTTPDATE);
  if (layout === "auto") return autoTime;
  const unit = UNITS_NS[layout]!;
  return (text) => {
    const match = /^([0-9]{1,19})(?:\.([0-9]{1,18}))?$/.exec(text);
    if (match === null) return undefined;
    const fraction = BigInt((match[2] ?? "").padEnd(9, "0").slice(0, 9));
    return bounded(BigInt(match[1]!) * unit + (fraction * unit) / 1_000_000_000n);
  };
}

/** A date and a time of day with nothing after it. */
const ZONELESS = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:]{5,8}(?:[.,][0-9]+)?$/;

function autoTime(text: string, { fromLocal }: TimeSurroundings): bigint | undefined {
  const ns = timeOfValue(text);
  if (ns === undefined || !ZONELESS.test(text.trim())) return ns;
  return bounded(BigInt(fromLocal(Number(ns / 1_000_000n))) * 1_000_000n + (ns % 1_000_000n));
}

function bounded(ns: bigint): bigint | undefined {
  return ns > 0n && ns <= TIME_NS_MAX ? ns : undefined;
}

/** What the directives have found so far. */
class TimeParts {
  year: number | undefined;
  month = 1;
  day = 1;
  hour = 0;
  minute = 0;
  second = 0;
  nanoseconds = 0;
  isAfternoon: boolean | undefined;
  offsetMinutes: number | undefined;
  unixSeconds: number | undefined;

  toNanoseconds(around: TimeSurroundings): bigint | undefined {
    const ms = this.toMilliseconds(around);
    if (ms === undefined || ms < 0) return undefined;
    return bounded(BigInt(ms) * 1_000_000n + BigInt(this.nanoseconds));
  }

  private toMilliseconds(around: TimeSurroundings): number | undefined {
    if (this.unixSeconds !== undefined) return this.unixSeconds * 1_000;
    if (this.year !== undefined) return this.inYear(this.year, around);
    // A time without a year is the latest that is not in the future, a wrong clock or zone allowed for.
    const now = new Date(around.nowMs).getUTCFullYear();
    for (const year of [now + 1, now, now - 1, now - 2, now - 3, now - 4]) {
      const ms = this.inYear(year, around);
      if (ms !== undefined && ms <= around.nowMs + DAY_MS) return ms;
    }
    return undefined;
  }

  private inYear(year: number, { fromLocal }: TimeSurroundings): number | undefined {
    const midnight = Date.UTC(year, this.month - 1, this.day);
    // A day that the month does not have would roll over into the next month.
    if (new Date(midnight).getUTCDate() !== this.day) return undefined;
    const ms = midnight + ((this.hourOfDay() * 60 + this.minute) * 60 + this.second) * 1_000;
    return this.offsetMinutes === undefined ? fromLocal(ms) : ms - this.offsetMinutes * 60_000;
  }

  private hourOfDay(): number {
    if (this.isAfternoon === undefined) return this.hour;
    return (this.hour % 12) + (this.isAfternoon ? 12 : 0);
  }
}

/** Reads its part of a text from a place on; gives where it ends, or -1. */
type Directive = (text: string, at: number, parts: TimeParts) => number;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTHS_LONG = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAYS_LONG = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Digits of a number within bounds, blanks before them allowed as strptime allows them. */
function digits(
  countMax: number,
  min: number,
  max: number,
  set: (parts: TimeParts, value: number) => void,
): Directive {
  return (text, from, parts) => {
    const begin = skipBlanks(text, from);
    let end = begin;
    let value = 0;
    while (end < begin + countMax && isDigit(text, end))
      value = value * 10 + text.charCodeAt(end++) - 0x30;
    if (end === begin || value < min || value > max) return -1;
    set(parts, value);
    return end;
  };
}

/** One of some words in any case, the longer first. */
function words(
  lists: readonly (readonly string[])[],
  set: (parts: TimeParts, place: number) => void,
): Directive {
  return (text, from, parts) => {
    for (const list of lists) {
      for (const [place, word] of list.entries()) {
        if (text.slice(from, from + word.length).toLowerCase() !== word) continue;
        set(parts, place);
        return from + word.length;
      }
    }
    return -1;
  };
}

const fraction: Directive = (text, from, parts) => {
  let end = from;
  while (isDigit(text, end)) end++;
  if (end === from) return -1;
  parts.nanoseconds = Number(text.slice(from, Math.min(end, from + 9)).padEnd(9, "0"));
  return end;
};

const zone: Directive = (text, from, parts) => {
  const match = /^(?:(Z|UTC|GMT)|([+-])([0-9]{2}):?([0-9]{2})?)/i.exec(text.slice(from, from + 6));
  if (match === null) return -1;
  const [all, , sign, hours = "0", minutes = "0"] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return -1;
  const offset = Number(hours) * 60 + Number(minutes);
  parts.offsetMinutes = sign === "-" ? -offset : offset;
  return from + all.length;
};

const blanks: Directive = (text, from) => skipBlanks(text, from);
const day = digits(2, 1, 31, (parts, value) => (parts.day = value));

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  Y: digits(4, 1_970, 2_106, (parts, value) => (parts.year = value)),
  y: digits(2, 0, 99, (parts, value) => (parts.year = value + (value < 69 ? 2_000 : 1_900))),
  m: digits(2, 1, 12, (parts, value) => (parts.month = value)),
  d: day,
  e: day,
  H: digits(2, 0, 23, (parts, value) => (parts.hour = value)),
  I: digits(2, 1, 12, (parts, value) => (parts.hour = value)),
  M: digits(2, 0, 59, (parts, value) => (parts.minute = value)),
  S: digits(2, 0, 60, (parts, value) => (parts.second = value)),
  s: digits(10, 0, 4_294_967_295, (parts, value) => (parts.unixSeconds = value)),
  b: words([MONTHS_LONG, MONTHS], (parts, place) => (parts.month = place + 1)),
  a: words([DAYS_LONG, DAYS], () => {}),
  p: words([["am", "pm"]], (parts, place) => (parts.isAfternoon = place === 1)),
  // %f is Python's and the Collector's, %L is Ruby's and Fluent Bit's, %N is that of `date`.
  f: fraction,
  L: fraction,
  N: fraction,
  z: zone,
  n: blanks,
  t: blanks,
};

/** Directives that stand for others. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  B: "%b",
  h: "%b",
  A: "%a",
  Z: "%z",
  T: "%H:%M:%S",
  R: "%H:%M",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
};

function strptime(layout: string): TimeReader {
  const steps = stepsOf(layout);
  return (text, around) => {
    if (text.length > CHARACTERS_MAX) return undefined;
    const parts = new TimeParts();
    const trimmed = text.trim();
    let at = 0;
    for (const step of steps) if ((at = step(trimmed, at, parts)) < 0) return undefined;
    return at === trimmed.length ? parts.toNanoseconds(around) : undefined;
  };
}

function stepsOf(layout: string): Directive[] {
  const whole = layout.replaceAll(/%([A-Za-z])/g, (all, letter: string) =>
    Object.hasOwn(SHORTHANDS, letter) ? SHORTHANDS[letter]! : all,
  );
  const steps: Directive[] = [];
  for (let at = 0; at < whole.length; at++) {
    const character = whole[at]!;
    if (character === " ") steps.push(blanks);
    else if (character !== "%" || whole[at + 1] === "%") {
      if (character === "%") at++;
      steps.push(literal(character));
    } else {
      const letter = whole[++at] ?? "";
      if (!Object.hasOwn(DIRECTIVES, letter))
        throw new RangeError(
          `%${letter} is no directive: there are ${[...Object.keys(DIRECTIVES), ...Object.keys(SHORTHANDS), "%"].map((one) => `%${one}`).join(" ")}`,
        );
      steps.push(DIRECTIVES[letter]!);
    }
  }
  return steps;
}

function literal(character: string): Directive {
  return (text, at) => (text[at] === character ? at + 1 : -1);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at++;
  return at;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
