import { duration, percent, rate } from "./format.ts";

/** What a figure is, which says how a change of it is told and judged. */
export type Figure = "rate" | "errorRate" | "duration";

/** How a figure has changed against the range before. */
export interface Change {
  /** `+12%`, `−0.40 pp`, `×3.2`. */
  readonly text: string;
  /** Whether someone should look: more requests are neither good nor bad. */
  readonly tone: "worse" | "better" | "none";
  readonly direction: "up" | "down" | "none";
  /** What it was. */
  readonly before: string;
}

/** Changes below these are no news. */
const RATIO_MIN = 0.2;
const POINTS_MIN = 0.005;
/** With fewer requests in either range, chance alone moves the figures as much. */
const REQUESTS_MIN = 20;

/** From so much more on, a factor is read more easily than per cent. */
const FACTOR_MIN = 3;

/**
 * The change of a figure; undefined where before there was nothing to compare with.
 *
 * @param requests in the range and in the one before, which say how much the change can be trusted.
 */
export function changeOf(
  figure: Figure,
  values: { readonly now: number; readonly before: number },
  requests: { readonly now: number; readonly before: number },
): Change | undefined {
  const { now, before } = values;
  const isFew = Math.min(requests.now, requests.before) < REQUESTS_MIN;
  if (figure === "errorRate") return changeOfShare(now, before, isFew);
  if (before <= 0) return undefined;
  const ratio = now / before;
  const text = ratio >= FACTOR_MIN ? `×${factor(ratio)}` : signed((ratio - 1) * 100, 0, "%");
  const isNews = Math.abs(ratio - 1) >= RATIO_MIN && !isFew && figure === "duration";
  return {
    text,
    tone: isNews ? (ratio > 1 ? "worse" : "better") : "none",
    direction: directionOf(Math.round((ratio - 1) * 100)),
    before: figure === "rate" ? rate(before) : duration(before),
  };
}

/** Of shares, the difference is told, in percentage points: of 0.1 % a quarter more is next to nothing. */
function changeOfShare(now: number, before: number, isFew: boolean): Change {
  const points = now - before;
  const isNews = Math.abs(points) >= POINTS_MIN && !isFew;
  return {
    text: signed(points * 100, Math.abs(points) < 0.01 ? 2 : 1, " pp"),
    tone: isNews ? (points > 0 ? "worse" : "better") : "none",
    direction: directionOf(Number((points * 100).toFixed(2))),
    before: percent(before),
  };
}

function directionOf(rounded: number): Change["direction"] {
  if (rounded === 0) return "none";
  return rounded > 0 ? "up" : "down";
}

function factor(ratio: number): string {
  return ratio < 9.95 ? ratio.toFixed(1) : ratio < 999.5 ? ratio.toFixed(0) : ">999";
}

function signed(value: number, digits: number, unit: string): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return `0${unit}`;
  return `${value > 0 ? "+" : "−"}${text}${unit}`;
}
