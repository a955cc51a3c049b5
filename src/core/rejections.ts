import { REQUEST_LIMITS, ROW_LIMITS } from "./limits.ts";

const TOO_MANY = `more than ${REQUEST_LIMITS.rowsMax} records in one request`;

/** Of a point that is refused: with some of its buckets it would say something else. */
export const TOO_MANY_BUCKETS = `more buckets than a row has, allowed: ${ROW_LIMITS.bucketsMax}`;

/** The times that a row may have, in Unix milliseconds: what the store would drop at once is not accepted. */
export interface TimeWindow {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** Collects the rejected rows of one request. */
export class Rejections {
  count = 0;
  /** Why the newest of them was left out, for protocols that answer row by row. */
  last = "";
  private first = "";

  /** Counts a row that is left out; `what` names it and says why. */
  reject(what: string): void {
    if (this.count++ === 0) this.first = what;
    this.last = what;
  }

  /** Judges the number of a record in its request, from 0; true when it was rejected. */
  isOver(index: number): boolean {
    if (index < REQUEST_LIMITS.rowsMax) return false;
    this.reject(TOO_MANY);
    return true;
  }

  /** The first reason with its place, and how many others there were. Empty if none. */
  get message(): string {
    if (this.count <= 1) return this.first;
    return `${this.first} (and ${this.count - 1} more)`;
  }

  /** Judges a row's time; true when it was rejected. */
  outside(window: TimeWindow, timeMs: number, name: string, index: number): boolean {
    if (timeMs >= window.oldestMs && timeMs <= window.newestMs) return false;
    const bound = timeMs < window.oldestMs ? window.oldestMs : window.newestMs;
    const relation =
      timeMs < window.oldestMs ? "older than retention keeps" : "too far in the future";
    this.reject(`${name} ${index}: time ${isoTime(timeMs)} is ${relation} (${isoTime(bound)})`);
    return true;
  }
}

/** RFC 3339, or the number itself where a date cannot hold it. */
function isoTime(timeMs: number): string {
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
}
