import { type Fragment, literal, sql } from "#store/sql.ts";
import type { TimeRange } from "./time-range.ts";

/** A range cut into steps of equal length, each a whole multiple of it since 1970; Unix milliseconds. */
export interface Steps {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
  /** Which of the two rollups knows them: steps of whole hours are summed by the hour. */
  readonly by: "minutes" | "hours";
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Steps that people read easily; beyond them, whole weeks. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12, 24, 48].map((hours) => hours * HOUR_MS),
  WEEK_MS,
];

/**
 * The step that is running is shown from this age on: of a younger one so little has arrived that its rate
 * would be off.
 */
const STEP_AGE_MS_MIN = 15_000;

/**
 * The shortest steps of a readable length of which at most `pointsMax` fit into the range. Steps are whole:
 * the first may begin before the range, and there is then one more. What is still to come has none, but
 * there is always one.
 *
 * @param minutesMsMax how long a range may be to be read by the minute.
 */
export function stepsOf(
  range: TimeRange,
  options: { pointsMax: number; minutesMsMax: number; nowMs: number },
): Steps {
  const { pointsMax, minutesMsMax, nowMs } = options;
  const fromMs = Number(range.fromNs / 1_000_000n);
  const toMs = Number(range.toNs / 1_000_000n);
  const leastMs = toMs - fromMs > minutesMsMax ? HOUR_MS : MINUTE_MS;
  const neededMs = Math.max(leastMs, (toMs - fromMs) / pointsMax);
  const stepMs =
    STEPS_MS.find((candidate) => candidate >= neededMs) ?? WEEK_MS * Math.ceil(neededMs / WEEK_MS);
  const startMs = floorTo(fromMs, stepMs);
  const lastMs = Math.max(startMs, Math.min(toMs, nowMs - STEP_AGE_MS_MIN));
  return {
    startMs,
    stepMs,
    count: stepCount(fromMs, lastMs, stepMs),
    by: stepMs % HOUR_MS === 0 ? "hours" : "minutes",
  };
}

function stepCount(fromMs: number, toMs: number, stepMs: number): number {
  return (floorTo(toMs, stepMs) - floorTo(fromMs, stepMs)) / stepMs + 1;
}

function floorTo(timeMs: number, stepMs: number): number {
  return timeMs - (timeMs % stepMs);
}

/** The time of all steps, to the last nanosecond of the last. */
export function rangeOfSteps({ startMs, stepMs, count }: Steps): TimeRange {
  const endMs = startMs + count * stepMs;
  return { fromNs: BigInt(startMs) * 1_000_000n, toNs: BigInt(endMs) * 1_000_000n - 1n };
}

/** The step of a row, counted from 1970, by the column of its time. */
export function stepColumn({ stepMs, by }: Steps): Fragment {
  const column = by === "hours" ? sql`hour` : sql`minute`;
  return sql`intDiv(toUInt32(${column}), ${literal.uint(stepMs / 1_000)})`;
}

/** The place of a step that {@link stepColumn} counted. */
export function placeOf({ startMs, stepMs }: Steps, step: number): number {
  return step - startMs / stepMs;
}

/** Seconds of each step, as far as they have passed at `nowMs`. */
export function secondsOfSteps({ startMs, stepMs, count }: Steps, nowMs: number): number[] {
  return Array.from({ length: count }, (_, place) => {
    const passedMs = Math.min(stepMs, Math.max(0, nowMs - (startMs + place * stepMs)));
    return Math.max(1, passedMs / 1_000);
  });
}
