import { randomBytes } from "node:crypto";
import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import {
  createLogger,
  jsonLine,
  prettyLine,
  teeSinks,
  type Logger,
  type LogSink,
} from "#telemetry/log.ts";
import { createMeter, type Meter } from "#telemetry/meter.ts";
import { createTracer, silentTracer, type Tracer } from "#telemetry/tracer.ts";
import { PendingLogs } from "./self-telemetry.ts";

/** What every part of the server is given to tell of itself. */
export interface OwnTelemetry {
  readonly log: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** Log records that wait to be kept in the own store. */
  readonly pendingLogs: PendingLogs;
}

export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** @param write takes one line of the log, without its end. */
export function createOwnTelemetry(
  settings: Pick<Settings, "log" | "self">,
  clock: Clock,
  write: (line: string) => void,
): OwnTelemetry {
  const meter = createMeter();
  const { enabled } = settings.self;
  const tracer = enabled ? createTracer({ clock, randomHex }) : silentTracer;
  const pendingLogs = new PendingLogs();
  const records = meter.counter({
    name: "log_records_total",
    help: "Log records that were written.",
    labels: ["level"],
  });
  const { format, level } = settings.log;
  const pretty = format === "pretty" || (format === "auto" && process.stderr.isTTY);
  const render = pretty ? prettyLine : jsonLine;
  const sink: LogSink = teeSinks(
    (record) => write(render(record)),
    (record) => records.add(1, { level: record.level }),
    enabled ? pendingLogs.sink : () => {},
  );
  const log = createLogger({ level, clock, sink, currentSpan: () => tracer.current() });
  return { log, meter, tracer, pendingLogs };
}
