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

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat("en-GB", { year: "numeric" });

/** Time of day in the browser's zone, to the millisecond: `14:03:22.123`. */
export function clockTime(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : clock.format(at);
}

/** The day, where it is not that of `nowMs`, which is today: `3 May`, `31 Dec 2024`; else nothing. */
export function otherDay(text: string, nowMs = Date.now()): string {
  const at = Date.parse(text);
  if (
    Number.isNaN(at) ||
    day.format(at) + year.format(at) === day.format(nowMs) + year.format(nowMs)
  )
    return "";
  const sameYear = year.format(at) === year.format(nowMs);
  return sameYear ? day.format(at) : `${day.format(at)} ${year.format(at)}`;
}

/** The full value for a tooltip: UTC with every nanosecond. */
export function fullTime(text: string): string {
  const instant = parseInstant(text);
  if (instant === undefined) return text;
  const whole = new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  return `${whole}.${String(instant.nanoseconds).padStart(9, "0")} UTC`;
}
