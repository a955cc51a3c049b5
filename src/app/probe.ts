import { type Clock, type Timer, untilNextBeat } from "#core/clock.ts";
import type { Meter } from "#telemetry/meter.ts";

export interface ProbeOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly meter: Meter;
  /** The given number of random bytes as lower-case hex. */
  readonly randomHex: (bytes: number) => string;
  /** Sends one span of the trace through the real door; rejects unless it was acknowledged. */
  readonly write: (traceId: string) => Promise<void>;
  /** Whether a query finds the span of the trace. */
  readonly read: (traceId: string) => Promise<boolean>;
  /** Told once for each span that was acknowledged and never found. */
  readonly onLost: (traceId: string) => void;
}

/** What the probe knows. */
export interface ProbeState {
  /** Milliseconds from the last acknowledgement to its being found; undefined before the first. */
  readonly lagMs: number | undefined;
  readonly lost: number;
  readonly waiting: number;
}

export interface Probe {
  start(): void;
  /** Ends all timers; what waits is forgotten, not lost. Idempotent. */
  stop(): void;
  state(): ProbeState;
}

/**
 * Waits between two reads of one span. The first is about what the store destination gathers for, since
 * nothing can be found before without load, and reads cost; then short, for the lag is measured by them.
 */
const READ_AFTER_MS = [400, 100, 100, 200, 400, 800];
const READ_EVERY_MS = 2_000;
/** A span that was acknowledged and cannot be found for so long is counted as lost. */
export const PROBE_LOST_AFTER_MS = 120_000;
/** Spans that are looked for at once; while there are so many, none is written. */
export const PROBE_WAITING_MAX = 8;
const LAG_BOUNDS_SECONDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 5, 10, 30, 60, 120];

/**
 * Writes a known span at an interval and reads it back through the query path: the lag from
 * acknowledged to queryable, and loss that nothing else would notice.
 */
export function createProbe(options: ProbeOptions): Probe {
  const { clock, intervalMs, meter, randomHex, write, read, onLost } = options;
  const timers = new Set<Timer>();
  const state = { lagMs: undefined as number | undefined, lost: 0, waiting: 0 };
  let stopped = false;

  const writes = meter.counter({
    name: "probe_writes_total",
    help: "Known spans that were sent, by whether they were acknowledged.",
    labels: ["outcome"],
  });
  const lag = meter.histogram({
    name: "probe_lag_seconds",
    help: "Time from the acknowledgement of a known span to its being found by a query.",
    unit: "s",
    bounds: LAG_BOUNDS_SECONDS,
  });
  const readFailures = meter.counter({
    name: "probe_read_failures_total",
    help: "Reads of known spans that failed, as opposed to finding nothing yet.",
  });
  meter.observedCounter(
    { name: "probe_lost_total", help: "Known spans that were acknowledged and never found." },
    () => [{ value: state.lost }],
  );
  meter.observedGauge(
    { name: "probe_waiting_spans", help: "Known spans that are looked for." },
    () => [{ value: state.waiting }],
  );

  const after = (delayMs: number, run: () => Promise<void>): void => {
    if (stopped) return;
    const timer = clock.setTimeout(() => {
      timers.delete(timer);
      void run();
    }, delayMs);
    timers.add(timer);
  };

  const found = (traceId: string): Promise<boolean> =>
    read(traceId).catch(() => {
      readFailures.add(1);
      return false;
    });

  const look = async (traceId: string, writtenMs: number, attempt: number): Promise<void> => {
    const seen = await found(traceId);
    const waitedMs = clock.monotonicMs() - writtenMs;
    if (seen) {
      state.waiting--;
      state.lagMs = waitedMs;
      lag.record(waitedMs / 1_000);
    } else if (waitedMs >= PROBE_LOST_AFTER_MS) {
      state.waiting--;
      state.lost++;
      onLost(traceId);
    } else {
      after(READ_AFTER_MS[attempt + 1] ?? READ_EVERY_MS, () =>
        look(traceId, writtenMs, attempt + 1),
      );
    }
  };

  const probeOnce = async (): Promise<void> => {
    if (state.waiting < PROBE_WAITING_MAX) {
      const traceId = randomHex(16);
      const acknowledged = await write(traceId).then(
        () => true,
        () => false,
      );
      writes.add(1, { outcome: acknowledged ? "acknowledged" : "refused" });
      if (acknowledged) {
        state.waiting++;
        const writtenMs = clock.monotonicMs();
        after(READ_AFTER_MS[0]!, () => look(traceId, writtenMs, 0));
      }
    }
    // With the export of own telemetry, where the intervals are the same: one insert for both.
    after(untilNextBeat(clock, intervalMs), probeOnce);
  };

  let started = false;
  return {
    start() {
      if (started) return;
      started = true;
      after(Math.min(1_000, intervalMs), probeOnce);
    },
    stop() {
      stopped = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
    state: () => ({ ...state }),
  };
}
