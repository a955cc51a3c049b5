import { SIGNALS } from "#core/signal.ts";
import type { Signal } from "#core/signal.ts";

/** Rows per signal. */
export type RowCounts = Readonly<Record<Signal, number>>;

export const NO_ROWS: RowCounts = { traces: 0, logs: 0, metrics: 0 };

export function addRows(a: RowCounts, b: RowCounts): RowCounts {
  return { traces: a.traces + b.traces, logs: a.logs + b.logs, metrics: a.metrics + b.metrics };
}

export function addSignalRows(counts: RowCounts, signal: Signal, rows: number): RowCounts {
  return { ...counts, [signal]: counts[signal] + rows };
}

/** What `later` has more than `earlier`; never below 0, since damaged counters must not go backwards. */
export function rowsBetween(earlier: RowCounts, later: RowCounts): RowCounts {
  return {
    traces: Math.max(0, later.traces - earlier.traces),
    logs: Math.max(0, later.logs - earlier.logs),
    metrics: Math.max(0, later.metrics - earlier.metrics),
  };
}

export function mostRows(a: RowCounts, b: RowCounts): RowCounts {
  return {
    traces: Math.max(a.traces, b.traces),
    logs: Math.max(a.logs, b.logs),
    metrics: Math.max(a.metrics, b.metrics),
  };
}

export function totalRows(counts: RowCounts): number {
  return SIGNALS.reduce((total, signal) => total + counts[signal], 0);
}
