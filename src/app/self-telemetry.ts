import { type Clock, type Timer, untilNextBeat } from "#core/clock.ts";
import { TELEMETRY_LIMITS } from "#core/limits.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { DEFAULT_ORG, type Signal } from "#core/signal.ts";
import type { OtlpSink } from "#receivers/otlp/sink.ts";
import type { LogRecord, LogSink } from "#telemetry/log.ts";
import type { Meter } from "#telemetry/meter.ts";
import {
  logsRequest,
  metricsRequest,
  spansRequest,
  type PlainAttributes,
} from "#telemetry/own-otlp.ts";
import type { Tracer } from "#telemetry/tracer.ts";

/** The log records that wait for the next export, the newest of them when there are too many. */
export class PendingLogs {
  private records: LogRecord[] = [];
  lost = 0;

  readonly sink: LogSink = (record) => {
    if (this.records.length >= TELEMETRY_LIMITS.pendingLogsMax) {
      this.records.shift();
      this.lost++;
    }
    this.records.push(record);
  };

  drain(): LogRecord[] {
    const { records } = this;
    this.records = [];
    return records;
  }
}

export interface SelfTelemetryOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly meter: Meter;
  readonly tracer: Tracer;
  readonly logs: PendingLogs;
  /** The sink itself, not a door and not what counts or traces requests: own rows never cause more of them. */
  readonly sink: OtlpSink;
  /** Attributes of this process beside its service name. */
  readonly resource: PlainAttributes;
}

/** Writes Sightglass's own spans, logs and metrics into its own store, at an interval. */
export interface SelfTelemetry {
  start(): void;
  /** Writes what is left, once, and never again. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Own rows feed nothing back: they are written in silence, so no span is about them, and the metrics
 * that change by them are there whether or not they are written. They are counted apart, in
 * `sightglass_self_rows_total`. What cannot be written is given up and counted.
 */
export function createSelfTelemetry(options: SelfTelemetryOptions): SelfTelemetry {
  const { clock, intervalMs, meter, tracer, logs, sink, resource } = options;
  const startMs = clock.nowMs();
  const rows = meter.counter({
    name: "self_rows_total",
    help: "Rows of Sightglass's own telemetry, by what became of them.",
    unit: "{row}",
    labels: ["signal", "outcome"],
  });
  meter.observedCounter(
    {
      name: "self_lost_total",
      help: "Own spans and log records that had no room.",
      labels: ["signal"],
    },
    () => [
      { value: tracer.lost(), labels: { signal: "traces" } },
      { value: logs.lost, labels: { signal: "logs" } },
    ],
  );

  const write = async (
    signal: Signal,
    count: number,
    request: object | undefined,
  ): Promise<void> => {
    if (count === 0 || request === undefined) return;
    try {
      const { accepted } = await sink.accept(signal, DEFAULT_ORG, encodeOtlp(signal, request));
      rows.add(accepted, { signal, outcome: "accepted" });
    } catch {
      // Overload and a full disk are logged and counted where they arise.
      rows.add(count, { signal, outcome: "given_up" });
    }
  };

  const exportAll = (): Promise<void> =>
    tracer.silently(async () => {
      const spans = tracer.drain();
      const records = logs.drain();
      const metrics = meter.snapshot();
      const points = metrics.reduce((all, metric) => all + metric.points.length, 0);
      await Promise.all([
        write("traces", spans.length, spansRequest(spans, resource)),
        write("logs", records.length, logsRequest(records, resource)),
        write(
          "metrics",
          points,
          metricsRequest(metrics, { startMs, nowMs: clock.nowMs() }, resource),
        ),
      ]);
    });

  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const schedule = (): void => {
    timer = clock.setTimeout(
      () => {
        running = exportAll().finally(() => {
          if (!stopped) schedule();
        });
      },
      untilNextBeat(clock, intervalMs),
    );
  };

  return {
    start() {
      if (!stopped && timer === undefined) schedule();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      timer?.cancel();
      await running;
      if (timer !== undefined) await exportAll();
    },
  };
}
