import type { LedgerAnswer, LedgerEntry } from "#api/contract/status.ts";

/** The ledger at one moment of this page's clock. */
export interface LedgerSample {
  readonly atMs: number;
  readonly ledger: LedgerAnswer;
}

/** Two minutes at a sample every two seconds. */
export const SAMPLES_MAX = 60;

/** A gap longer than this is no rate: the tab was hidden or the machine asleep. */
const GAP_MS_MAX = 15_000;

export type Signal = keyof LedgerAnswer["inAll"];

/** The history with one more sample, bounded; begun anew after a gap, and where the counts went back. */
export function withSample(
  history: readonly LedgerSample[],
  sample: LedgerSample,
): readonly LedgerSample[] {
  const last = history.at(-1);
  if (last === undefined) return [sample];
  const continues =
    sample.atMs - last.atMs <= GAP_MS_MAX &&
    (["traces", "logs", "metrics"] as const).every(
      (signal) => sample.ledger.inAll[signal].accepted >= last.ledger.inAll[signal].accepted,
    );
  return continues ? [...history, sample].slice(-SAMPLES_MAX) : [sample];
}

/** Rows a second between each two neighbouring samples, oldest first. */
export function rates(
  history: readonly LedgerSample[],
  signal: Signal,
  count: Exclude<keyof LedgerEntry, "inFlight">,
): number[] {
  return history.slice(1).map((sample, index) => {
    const before = history[index]!;
    const rows = sample.ledger.inAll[signal][count] - before.ledger.inAll[signal][count];
    return Math.max(0, rows / ((sample.atMs - before.atMs) / 1000));
  });
}

/** The rate over the newest three intervals, so that a group commit does not make it jump; 0 at first. */
export function rateNow(perInterval: readonly number[]): number {
  const newest = perInterval.slice(-3);
  if (newest.length === 0) return 0;
  return newest.reduce((sum, rate) => sum + rate, 0) / newest.length;
}
