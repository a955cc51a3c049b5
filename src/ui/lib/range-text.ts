import { parseRelative, type TimeRange } from "./time-range.ts";
import { momentOf, startOfDay, wallTime, type WallTime, type Zone } from "./zone.ts";

/** What a reader's words mean, or what is wrong with them. */
export type RangeReading =
  | { readonly ok: true; readonly range: TimeRange }
  | { readonly ok: false; readonly message: string };

/** How it is now, for what the words leave open. */
export interface RangeContext {
  readonly nowMs: number;
  /** The zone of days and times that name none. */
  readonly zone: Zone;
}

const EXAMPLES = "Try 90m, 7d, yesterday, or 2026-11-20 14:00 to 15:30";

/**
 * Reads a range as people write it: `90m`, `last 2 hours`, `today`, `yesterday`, `14:00 to 15:30`,
 * `2026-11-20` (that day), two moments in RFC 3339 or Unix time. Times without an offset are those of the zone.
 */
export function parseRangeText(text: string, context: RangeContext): RangeReading {
  const words = text.trim().toLowerCase().replaceAll(/\s+/g, " ");
  if (words === "") return { ok: false, message: EXAMPLES };
  const seconds = relativeOf(words);
  if (seconds !== undefined) return { ok: true, range: { kind: "relative", seconds } };
  const day = dayOf(words, context);
  if (day !== undefined) return checked(day, context);
  const [first, second, ...more] = words.split(BETWEEN).filter((part) => part !== "");
  if (first === undefined || more.length > 0) return { ok: false, message: EXAMPLES };
  return betweenOf(first, second, context);
}

/** What stands between two moments; a hyphen only with blanks around it, since days have them too. */
const BETWEEN = / (?:to|until|till|-) | ?(?:–|—|\/|\.\.+|→) ?/;

function betweenOf(first: string, second: string | undefined, context: RangeContext): RangeReading {
  const from = momentIn(first, context, undefined);
  if (from === undefined) return { ok: false, message: `“${first}” is no time. ${EXAMPLES}` };
  const to = second === undefined ? { ms: context.nowMs } : momentIn(second, context, from.ms);
  if (to === undefined) return { ok: false, message: `“${second}” is no time. ${EXAMPLES}` };
  // Up to a day means up to its end.
  const toMs = to.isDay === true ? startOfDay(to.ms, context.zone, 1) : to.ms;
  return checked({ fromMs: from.ms, toMs }, context);
}

function checked(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  { nowMs }: RangeContext,
): RangeReading {
  if (fromMs >= nowMs) return { ok: false, message: "It would begin in the future" };
  if (fromMs >= toMs) return { ok: false, message: "It would end before it begins" };
  if (fromMs < 0) return { ok: false, message: "It would begin before 1970" };
  return { ok: true, range: { kind: "absolute", fromMs, toMs } };
}

const LONG_UNITS: readonly (readonly [RegExp, string])[] = [
  [/^m(in(ute)?s?)?$/, "m"],
  [/^h((ou)?rs?)?$/, "h"],
  [/^d(ays?)?$/, "d"],
  [/^w(eeks?)?$/, "w"],
];

/** Seconds of `90m`, `last 2 hours`, `past week`, `-15m`; undefined for what is none of these. */
function relativeOf(words: string): number | undefined {
  const [, introduced, count, unit = ""] =
    /^((?:the )?(?:last|past) |-|now-)?(\d{1,5})? ?([a-z]+)$/.exec(words) ?? [];
  const letter = LONG_UNITS.find(([long]) => long.test(unit))?.[1];
  // A mere "day" could mean anything; "last day" cannot.
  if (letter === undefined || (count === undefined && introduced === undefined)) return undefined;
  return parseRelative(`${count ?? "1"}${letter}`);
}

function dayOf(
  words: string,
  { nowMs, zone }: RangeContext,
): { fromMs: number; toMs: number } | undefined {
  if (words === "today") return { fromMs: startOfDay(nowMs, zone), toMs: nowMs };
  if (words === "yesterday")
    return { fromMs: startOfDay(nowMs, zone, -1), toMs: startOfDay(nowMs, zone) };
  const moment = /^\d{4}-\d\d-\d\d$/.test(words) ? wallMoment(words, zone) : undefined;
  return moment === undefined
    ? undefined
    : { fromMs: moment, toMs: Math.min(startOfDay(moment, zone, 1), nowMs) };
}

interface Moment {
  readonly ms: number;
  /** Said as a whole day. */
  readonly isDay?: boolean;
}

/** A moment; a time alone is of the day of `sameDayMs`, or of today. */
function momentIn(
  words: string,
  { nowMs, zone }: RangeContext,
  sameDayMs: number | undefined,
): Moment | undefined {
  if (words === "now") return { ms: nowMs };
  if (words === "today") return { ms: startOfDay(nowMs, zone), isDay: true };
  if (words === "yesterday") return { ms: startOfDay(nowMs, zone, -1), isDay: true };
  const unix = unixMs(words);
  if (unix !== undefined) return { ms: unix };
  if (/(z|[+-]\d\d:\d\d)$/.test(words) && /^\d{4}-\d\d-\d\d[t ]\d\d:\d\d/.test(words)) {
    const ms = Date.parse(words.toUpperCase().replace(" ", "T"));
    return Number.isNaN(ms) ? undefined : { ms };
  }
  const isDay = /^\d{4}-\d\d-\d\d$/.test(words);
  const isTime = /^\d{1,2}:\d\d/.test(words);
  const ms = wallMoment(isTime ? `${isoDay(sameDayMs ?? nowMs, zone)} ${words}` : words, zone);
  return ms === undefined ? undefined : { ms, isDay };
}

type SixNumbers = [number, number, number, number, number, number];

const WALL = /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,3}))?)?)?$/;

/** The moment of a day and time of the zone, `2026-11-20 14:00:05.250`; undefined where there is no such day. */
export function wallMoment(text: string, zone: Zone): number | undefined {
  const wall = parseWall(text);
  return wall === undefined ? undefined : momentOf(wall, zone);
}

/** A day, with or without a time, as a clock would show it; undefined where there is no such day. */
export function parseWall(text: string): WallTime | undefined {
  const match = WALL.exec(text.toLowerCase());
  if (match === null) return undefined;
  const part = (at: number): number => Number(match[at] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as SixNumbers;
  const millisecond = Number((match[7] ?? "").padEnd(3, "0"));
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
  return { year, month, day, hour, minute, second, millisecond };
}

/** A moment as the clocks of the zone show it, as a field for day and time takes it: `2026-11-20T14:00:05`. */
export function wallText(atMs: number, zone: Zone): string {
  const { hour, minute, second } = wallTime(atMs, zone);
  const time = [hour, minute, second].map((part) => String(part).padStart(2, "0")).join(":");
  return `${isoDay(atMs, zone)}T${time}`;
}

function isoDay(atMs: number, zone: Zone): string {
  const { year, month, day } = wallTime(atMs, zone);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Unix time in seconds, milliseconds, microseconds or nanoseconds, told by its length. */
function unixMs(words: string): number | undefined {
  if (!/^\d+$/.test(words)) return undefined;
  const divisor = { 10: 1e-3, 13: 1, 16: 1e3, 19: 1e6 }[words.length];
  return divisor === undefined ? undefined : Math.floor(Number(words) / divisor);
}
