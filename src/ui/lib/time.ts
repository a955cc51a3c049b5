import type { Zone } from "./zone.ts";

/** A moment to the nanosecond: whole seconds since 1970, and what is over. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Reads RFC 3339 with up to nine decimals, which `Date` would cut to three; undefined if it is not that. */
export function parseInstant(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = "", zone = ""] = match;
  const milliseconds = Date.parse(whole + zone);
  if (Number.isNaN(milliseconds)) return undefined;
  return { seconds: milliseconds / 1000, nanoseconds: Number(fraction.padEnd(9, "0")) };
}

/** Milliseconds from `start` to `end`, with fractions; exact to the nanosecond over 100 days. */
export function millisecondsBetween(start: Instant, end: Instant): number {
  return (end.seconds - start.seconds) * 1000 + (end.nanoseconds - start.nanoseconds) / 1e6;
}

/** Formats of the zones that were shown; a page shows one or two. */
const FORMATS_MAX = 16;
const formats = new Map<Zone, Formats>();

type Formats = Readonly<Record<"clock" | "day" | "year" | "minute", Intl.DateTimeFormat>>;

function formatsOf(zone: Zone): Formats {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat("en-GB", {
      hourCycle: "h23",
      ...options,
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
  const [hour, minute, second] = ["2-digit", "2-digit", "2-digit"] as const;
  const made = {
    clock: format({ hour, minute, second, fractionalSecondDigits: 3 }),
    minute: format({ hour, minute }),
    day: format({ day: "numeric", month: "short" }),
    year: format({ year: "numeric" }),
  };
  if (formats.size >= FORMATS_MAX) formats.clear();
  formats.set(zone, made);
  return made;
}

/** Time of day in the zone, to the millisecond: `14:03:22.123`. Without a zone it is the browser's. */
export function clockTime(text: string, zone?: Zone): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : formatsOf(zone).clock.format(at);
}

/** The day in the zone, where it is not that of `nowMs`, which is today: `3 May`, `31 Dec 2024`; else nothing. */
export function otherDay(text: string, nowMs = Date.now(), zone?: Zone): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? "" : otherDayOf(at, nowMs, zone);
}

/** A moment as it is read aloud, in the zone: `14:03`, `3 May 14:03`, `31 Dec 2024 14:03:22`. */
export function momentText(atMs: number, nowMs: number, zone: Zone): string {
  const { minute, clock } = formatsOf(zone);
  const time = atMs % 60_000 === 0 ? minute.format(atMs) : clock.format(atMs).slice(0, 8);
  return [otherDayOf(atMs, nowMs, zone), time].filter((part) => part !== "").join(" ");
}

/** From one moment to another; a day that they share is said once: `3 May 14:03 – 15:00`. */
export function spanText(fromMs: number, toMs: number, nowMs: number, zone: Zone): string {
  const from = momentText(fromMs, nowMs, zone);
  const day = otherDayOf(toMs, nowMs, zone);
  const isSameDay = day !== "" && day === otherDayOf(fromMs, nowMs, zone);
  const to = momentText(toMs, isSameDay ? toMs : nowMs, zone);
  const isFromOther = day === "" && otherDayOf(fromMs, nowMs, zone) !== "";
  return `${from} – ${isFromOther ? "today " : ""}${to}`;
}

function otherDayOf(atMs: number, nowMs: number, zone: Zone): string {
  const { day, year } = formatsOf(zone);
  const isSameYear = year.format(atMs) === year.format(nowMs);
  if (isSameYear && day.format(atMs) === day.format(nowMs)) return "";
  return isSameYear ? day.format(atMs) : `${day.format(atMs)} ${year.format(atMs)}`;
}

/** The full value for a tooltip: UTC with every nanosecond. */
export function fullTime(text: string): string {
  const instant = parseInstant(text);
  if (instant === undefined) return text;
  const whole = new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  return `${whole}.${String(instant.nanoseconds).padStart(9, "0")} UTC`;
}
