import type { Clock } from "./clock.ts";
import { ROW_LIMITS } from "./limits.ts";
import type { TimeWindow } from "./rejections.ts";
import type { Signal } from "./signal.ts";

const DAY_MS = 86_400_000;

/** The times that rows of a signal may have now: what is older than its retention would be dropped at once. */
export function timeWindows(
  clock: Clock,
  retentionDays: Readonly<Record<Signal, number | "off">>,
): (signal: Signal) => TimeWindow {
  return (signal) => {
    const days = retentionDays[signal];
    const nowMs = clock.nowMs();
    return {
      oldestMs: days === "off" ? 0 : nowMs - days * DAY_MS,
      newestMs: nowMs + ROW_LIMITS.futureMsMax,
    };
  };
}
