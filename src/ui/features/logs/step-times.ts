import type { LogHistogramAnswer } from "#api/contract/logs.ts";

/** More steps than this are drawn as they come, without those in between that have no records. */
const STEPS_MAX = 2_000;

/**
 * The times (Unix seconds) of every step of a range, with those that have no records, and the place of each
 * step of the histogram among them.
 */
export function stepTimes(
  { stepMs, data }: LogHistogramAnswer,
  range: { readonly fromMs: number; readonly toMs: number },
): { times: number[]; places: number[] } {
  const starts = data.map(({ time }) => Date.parse(time));
  const first = Math.floor(range.fromMs / stepMs);
  const count = Math.floor(range.toMs / stepMs) - first + 1;
  if (stepMs < 1 || count > STEPS_MAX)
    return { times: starts.map((ms) => ms / 1e3), places: starts.map((_, at) => at) };
  return {
    times: Array.from({ length: count }, (_, at) => ((first + at) * stepMs) / 1e3),
    places: starts.map((ms) => Math.max(0, Math.min(count - 1, Math.round(ms / stepMs) - first))),
  };
}
