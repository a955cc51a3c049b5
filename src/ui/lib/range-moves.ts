import type { TimeRange } from "./time-range.ts";

/** The longest range that is zoomed out to: ten years. */
const LENGTH_MS_MAX = 10 * 366 * 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** From here on a range up to now is of whole hours: an address has five digits for it. */
const HOURLY_MS = 48 * HOUR_MS;

/**
 * The range half its length earlier (`back`) or later. It does not pass now: one that would reaches up to
 * now again, and follows it if it is of whole minutes.
 */
export function shifted(range: TimeRange, direction: "back" | "forth", nowMs: number): TimeRange {
  const { fromMs, toMs } = bounds(range, nowMs);
  const half = (toMs - fromMs) / 2;
  if (direction === "back")
    return { kind: "absolute", fromMs: Math.round(fromMs - half), toMs: Math.round(toMs - half) };
  if (range.kind === "relative") return range;
  return upTo(Math.round(fromMs + half), Math.round(toMs + half), nowMs);
}

/** The range twice as long around the same middle; what would lie after now is looked at before. */
export function zoomedOut(range: TimeRange, nowMs: number): TimeRange {
  const { fromMs, toMs } = bounds(range, nowMs);
  const length = Math.min(2 * (toMs - fromMs), LENGTH_MS_MAX);
  if (range.kind === "relative") {
    const step = length >= HOURLY_MS ? HOUR_MS : MINUTE_MS;
    return { kind: "relative", seconds: (Math.round(length / step) * step) / 1_000 };
  }
  const to = Math.round((fromMs + toMs + length) / 2);
  return upTo(to - length, to, nowMs);
}

/** First and last moment of the range, were it now `nowMs`, in Unix milliseconds. */
export function bounds(range: TimeRange, nowMs: number): { fromMs: number; toMs: number } {
  return range.kind === "absolute"
    ? { fromMs: range.fromMs, toMs: range.toMs }
    : { fromMs: nowMs - range.seconds * 1_000, toMs: nowMs };
}

function upTo(fromMs: number, toMs: number, nowMs: number): TimeRange {
  if (toMs < nowMs) return { kind: "absolute", fromMs, toMs };
  const length = toMs - fromMs;
  const step = length >= HOURLY_MS ? HOUR_MS : MINUTE_MS;
  return length >= step && length % step === 0
    ? { kind: "relative", seconds: length / 1_000 }
    : { kind: "absolute", fromMs: nowMs - length, toMs: nowMs };
}
