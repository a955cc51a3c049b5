/** A time of day and a day as a clock on a wall shows them, in no zone; `month` is 1 to 12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/**
 * A zone of the IANA data base, `UTC`, or undefined for the browser's own. Names are as `Intl` spells them;
 * {@link zoneOf} makes one of what a reader or an address says.
 */
export type Zone = string | undefined;

/** Zones whose clocks are kept at hand; a page shows one or two. */
const CLOCKS_MAX = 16;
const clocks = new Map<Zone, Intl.DateTimeFormat>();

/** The zone that `value` names, however its letters are cased; undefined when it is none. */
export function zoneOf(value: unknown): Zone {
  // Plain offsets, which `Intl` takes too, know nothing of daylight saving.
  if (typeof value !== "string" || !/^[A-Za-z][\w+\-/]{0,63}$/.test(value)) return undefined;
  try {
    const named = new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone;
    return /^(Etc\/)?(UTC|GMT|UCT|Zulu)$/i.test(named) ? "UTC" : named;
  } catch {
    return undefined;
  }
}

/** Every zone that this browser knows, UTC first. */
export function knownZones(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}

/** Zones that browsers list under a name of before, and what they are called now. */
const NAMES_NOW: Readonly<Record<string, string>> = {
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Godthab": "America/Nuuk",
  "Africa/Asmera": "Africa/Asmara",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** A zone as a reader knows it: `America/New York`, `Asia/Kolkata`. */
export function zoneWords(zone: string): string {
  return (NAMES_NOW[zone] ?? zone).replaceAll("_", " ");
}

/** What the browser's own zone is called. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What the clocks of a zone show at a moment, in Unix milliseconds. */
export function wallTime(atMs: number, zone: Zone): WallTime {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
    millisecond: ((atMs % 1_000) + 1_000) % 1_000,
  };
}

/** How far the clocks of a zone are before UTC at a moment, in milliseconds. */
export function offsetMs(atMs: number, zone: Zone): number {
  return utcOf(wallTime(atMs, zone)) - atMs;
}

/** An offset in words: `UTC`, `UTC+1`, `UTC−3:30`. */
export function offsetText(atMs: number, zone: Zone): string {
  const minutes = Math.round(offsetMs(atMs, zone) / 60_000);
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const sign = minutes < 0 ? "−" : "+";
  return `UTC${sign}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/**
 * The moments, in Unix milliseconds and in order, at which the clocks of a zone show `wall`: one; two where
 * they are put back over it; none where they are put forward over it.
 */
export function momentsOf(wall: WallTime, zone: Zone): readonly number[] {
  const asUtc = utcOf(wall);
  return offsetsAround(asUtc, zone)
    .map((offset) => asUtc - offset)
    .filter((atMs) => offsetMs(atMs, zone) === asUtc - atMs)
    .toSorted((a, b) => a - b);
}

/**
 * The moment that is meant by `wall`: the first of two; and in a gap, as much after it as the clocks were put
 * forward, as a clock that was not changed would show it.
 */
export function momentOf(wall: WallTime, zone: Zone): number {
  const [first] = momentsOf(wall, zone);
  if (first !== undefined) return first;
  const asUtc = utcOf(wall);
  return asUtc - offsetMs(asUtc - DAY_MS, zone);
}

/** The first moment of the day that `atMs` lies in, `days` days on: 23, 24 or 25 hours each. */
export function startOfDay(atMs: number, zone: Zone, days = 0): number {
  const { year, month, day } = wallTime(atMs, zone);
  const midnight = { year, month, day: day + days, hour: 0, minute: 0, second: 0, millisecond: 0 };
  return momentOf(midnight, zone);
}

const DAY_MS = 86_400_000;

/** The offsets that a zone has around a moment: no zone changes its clocks twice in two days. */
function offsetsAround(asUtc: number, zone: Zone): readonly number[] {
  return [...new Set([offsetMs(asUtc - DAY_MS, zone), offsetMs(asUtc + DAY_MS, zone)])];
}

/** The moment at which clocks in UTC show it. Parts beyond their bounds carry over. */
function utcOf({ year, month, day, hour, minute, second, millisecond }: WallTime): number {
  const date = new Date(0);
  // Not Date.UTC, which takes the years before 100 for those of the last century.
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second, millisecond);
}

function clockOf(zone: Zone): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-US", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  if (clocks.size >= CLOCKS_MAX) clocks.clear();
  clocks.set(zone, clock);
  return clock;
}
