import { momentOf, offsetMs, wallTime, type Zone } from "../lib/zone.ts";

/** Where a time axis has its lines and what stands at them, in any zone; milliseconds throughout. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7].map((count) => count * DAY),
];
const MONTH_STEPS = [1, 3, 6, 12, 60, 120];
/** Between days, weeks are counted from a Monday, the 5th of January 1970. */
const MONDAY = 4 * DAY;
const TICKS_MAX = 100;

/** Formats that are kept at hand: a page shows one or two zones. */
const FORMATS_MAX = 64;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(name);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-GB", {
      hourCycle: "h23",
      ...options,
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
    if (formats.size >= FORMATS_MAX) formats.clear();
    formats.set(name, found);
  }
  return found;
}

/** The moment at which the clocks of a zone show `localMs`, counted as if they were in UTC. */
function fromLocal(localMs: number, zone: Zone): number {
  return momentOf(wallTime(localMs, "UTC"), zone);
}

/** At most `ticks` moments from `fromMs` to `toMs` that are round on the clocks of the zone. */
export function timeTicks(fromMs: number, toMs: number, ticks: number, zone: Zone): number[] {
  const least = (toMs - fromMs) / Math.max(1, ticks);
  const step = STEPS.find((candidate) => candidate >= least);
  if (step === undefined) return monthTicks(fromMs, toMs, least, zone);
  const offset = offsetMs(fromMs, zone);
  const anchor = step === 7 * DAY ? MONDAY : 0;
  const firstLocal = Math.ceil((fromMs + offset - anchor) / step) * step + anchor;
  const found: number[] = [];
  for (let count = 0; count <= TICKS_MAX; count++) {
    const local = firstLocal + count * step;
    // A change of the clocks moves whole hours; within an hour the steps stay where they are.
    const at = step < HOUR ? local - offset : fromLocal(local, zone);
    if (at > toMs) break;
    if (at >= fromMs && at > (found.at(-1) ?? Number.NEGATIVE_INFINITY)) found.push(at);
  }
  return found;
}

function monthTicks(fromMs: number, toMs: number, least: number, zone: Zone): number[] {
  const months = MONTH_STEPS.find((count) => count * 30 * DAY >= least) ?? 1_200;
  const start = new Date(fromMs + offsetMs(fromMs, zone));
  const first = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  const found: number[] = [];
  for (let count = 0; count <= TICKS_MAX; count++) {
    const at = fromLocal(utcMonth(first + count * months), zone);
    if (at > toMs) break;
    if (at >= fromMs) found.push(at);
  }
  return found;
}

function utcMonth(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12);
}

/** What stands at each tick: the time of day; at midnight, and between days, the date. */
export function timeLabels(ticks: readonly number[], zone: Zone): string[] {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : MINUTE;
  return ticks.map((at) => {
    if (step >= 28 * DAY) return monthLabel(at, zone);
    if (step >= 20 * HOUR || isMidnight(at, zone)) {
      return format(zone, { day: "numeric", month: "short" }).format(at);
    }
    return format(zone, {
      hour: "2-digit",
      minute: "2-digit",
      ...(step < MINUTE ? { second: "2-digit" } : {}),
      ...(step < SECOND ? { fractionalSecondDigits: 3 } : {}),
    }).format(at);
  });
}

function monthLabel(at: number, zone: Zone): string {
  const month = format(zone, { month: "numeric" }).format(at);
  return format(zone, month === "1" ? { year: "numeric" } : { month: "short" }).format(at);
}

function isMidnight(at: number, zone: Zone): boolean {
  return (at + offsetMs(at, zone)) % DAY === 0;
}

/** A moment under the cross-hair: as exact as `stepMs`, the time between two values, with the day. */
export function timeWords(atMs: number, stepMs: number, zone: Zone): string {
  return format(zone, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    ...(stepMs % MINUTE === 0 ? {} : { second: "2-digit" }),
    ...(stepMs < SECOND ? { fractionalSecondDigits: 3 } : {}),
  }).format(atMs);
}
