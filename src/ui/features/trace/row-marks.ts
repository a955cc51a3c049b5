import type { PathSegment } from "./critical-path.ts";
import type { Moment } from "./span-tree.ts";
import type { TimeRange } from "./time-ticks.ts";

/** A stretch of the axis, in hundredths of it. */
export interface Mark {
  readonly left: number;
  readonly width: number;
}

/** A moment on the axis, in hundredths of it. */
export interface MomentMark {
  readonly name: string;
  readonly left: number;
}

/** Marks nearer than this are one: about a pixel of a wide screen. It also bounds how many a row has. */
const NEAR = 0.1;
/** Ticks of moments nearer than this would be a block: the first of them stands for all. */
const MOMENTS_NEAR = 0.4;

/** What of the critical path is shown on the axis, by time; segments that nothing visible parts are one mark. */
export function pathMarks(segments: readonly PathSegment[], range: TimeRange): Mark[] {
  const marks: { left: number; width: number }[] = [];
  for (const { startMs, endMs } of segments) {
    const left = Math.max(0, shareOf(startMs, range));
    const right = Math.min(100, shareOf(endMs, range));
    if (right <= left) continue;
    const before = marks.at(-1);
    if (before !== undefined && left - before.left - before.width < NEAR)
      before.width = Math.max(before.width, right - before.left);
    else marks.push({ left, width: right - left });
  }
  return marks;
}

/** The moments that are shown on the axis, one of those that would stand on each other. */
export function momentMarks(moments: readonly Moment[], range: TimeRange): MomentMark[] {
  const marks = new Map<number, MomentMark>();
  for (const { name, offsetMs } of moments) {
    const left = shareOf(offsetMs, range);
    const slot = Math.round(left / MOMENTS_NEAR);
    if (left >= 0 && left <= 100 && !marks.has(slot)) marks.set(slot, { name, left });
  }
  return [...marks.values()];
}

function shareOf(atMs: number, { startMs, durationMs }: TimeRange): number {
  return durationMs > 0 ? (100 * (atMs - startMs)) / durationMs : 0;
}
