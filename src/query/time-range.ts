import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime, TIME_NS_MAX } from "#core/time.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";

/** Unix nanoseconds, both ends included. */
export interface TimeRange {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

const NS_PER_MS = 1_000_000n;

/**
 * The range that a query means: up to now, and from an hour before its end, where nothing is said.
 * Throws `bad_request` when it ends before it starts.
 */
export function timeRange(
  given: { from?: bigint | undefined; to?: bigint | undefined },
  clock: Clock,
): TimeRange {
  const defaultNs = BigInt(QUERY_LIMITS.rangeDefaultMs) * NS_PER_MS;
  // Without an end the range reaches to the later of now and its start: an hour of the future is fine.
  const toNs = given.to ?? later(BigInt(Math.floor(clock.nowMs())) * NS_PER_MS, given.from);
  const fromNs = given.from ?? (toNs > defaultNs ? toNs - defaultNs : 0n);
  if (fromNs > toNs) {
    throw new SightglassError(
      "bad_request",
      `from: found ${formatTime(fromNs)}, allowed is a time not after to, which is ${formatTime(toNs)}`,
    );
  }
  return { fromNs, toNs };
}

function later(now: bigint, from: bigint | undefined): bigint {
  const latest = from !== undefined && from > now ? from : now;
  return latest > TIME_NS_MAX ? TIME_NS_MAX : latest;
}

/** Condition on the `ts` column of a signal's table, in a form that its sort key can use. */
export function withinTime({ fromNs, toNs }: TimeRange): Fragment {
  return sql`ts >= ${literal.dateTime64(fromNs)} AND ts <= ${literal.dateTime64(toNs)}`;
}

/** Condition on a `minute` column: every minute that the range touches. */
export function withinMinutes(range: TimeRange): Fragment {
  const { fromMs, toMs } = milliseconds(range);
  return sql`minute >= ${literal.dateTime(fromMs - (fromMs % 60_000))} AND minute <= ${literal.dateTime(toMs)}`;
}

/** Condition on an `hour` column: every hour that the range touches. */
export function withinHours(range: TimeRange): Fragment {
  const { fromMs, toMs } = milliseconds(range);
  return sql`hour >= ${literal.dateTime(fromMs - (fromMs % 3_600_000))} AND hour <= ${literal.dateTime(toMs)}`;
}

/** Condition on a `day` column: every day (UTC) that the range touches. */
export function withinDays(range: TimeRange): Fragment {
  const { fromMs, toMs } = milliseconds(range);
  return sql`day >= ${literal.date(fromMs)} AND day <= ${literal.date(toMs)}`;
}

const HOUR_MS = 3_600_000;

/** Whole hours in the middle of a range, and whether it pays to read them by the hour. */
export interface HoursWithin {
  /** Condition on a `minute` column: what is before and behind the whole hours. */
  readonly minutes: Fragment;
  /** Condition on an `hour` column. */
  readonly hours: Fragment;
}

/** The minutes that a range touches, taken apart; undefined when it has no `hoursMin` whole hours. */
export function hoursWithin(range: TimeRange, hoursMin: number): HoursWithin | undefined {
  const { fromMs, toMs } = milliseconds(range);
  const [first, end] = [
    Math.ceil((fromMs - (fromMs % 60_000)) / HOUR_MS),
    Math.floor(toMs / HOUR_MS),
  ];
  if (end - first < hoursMin) return undefined;
  const [firstHour, endHour] = [literal.dateTime(first * HOUR_MS), literal.dateTime(end * HOUR_MS)];
  return {
    minutes: sql`${withinMinutes(range)} AND (minute < ${firstHour} OR minute >= ${endHour})`,
    hours: sql`hour >= ${firstHour} AND hour < ${endHour}`,
  };
}

const MINUTE_MS = 60_000;

/**
 * Seconds of the minutes that a range touches, as far as they have passed at `nowMs`: what a count from the
 * rollups is divided by. Never less than one.
 */
export function coveredSeconds(range: TimeRange, nowMs: number): number {
  const { fromMs, toMs } = minutesTouched(range);
  return Math.max(1, (Math.min(toMs, Math.max(nowMs, fromMs)) - fromMs) / 1_000);
}

/** As many whole minutes as the range has touched by `nowMs`, right before its first one. */
export function rangeBefore(range: TimeRange, nowMs: number): TimeRange {
  const { fromMs } = minutesTouched(range);
  const minutes = Math.ceil(coveredSeconds(range, nowMs) / 60);
  const earliestMs = Math.max(0, fromMs - minutes * MINUTE_MS);
  const lastMs = Math.max(earliestMs, fromMs - 1);
  return { fromNs: BigInt(earliestMs) * NS_PER_MS, toNs: BigInt(lastMs) * NS_PER_MS };
}

/** From the start of the first minute to the end of the last. */
function minutesTouched(range: TimeRange): { fromMs: number; toMs: number } {
  const { fromMs, toMs } = milliseconds(range);
  return { fromMs: fromMs - (fromMs % MINUTE_MS), toMs: toMs - (toMs % MINUTE_MS) + MINUTE_MS };
}

function milliseconds({ fromNs, toNs }: TimeRange): { fromMs: number; toMs: number } {
  return { fromMs: Number(fromNs / NS_PER_MS), toMs: Number(toNs / NS_PER_MS) };
}
