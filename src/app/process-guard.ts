import type { Clock } from "#core/clock.ts";
import type { OwnTelemetry } from "./own-telemetry.ts";

/** So many unexpected errors within the window mean that the state of the process cannot be trusted. */
const ERRORS_MAX = 100;
const WINDOW_MS = 60_000;

/** Counts errors that nobody caught, and tells when there are too many to go on. */
export class UnexpectedErrors {
  private readonly clock: Clock;
  private startedMs: number;
  private count = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.startedMs = clock.monotonicMs();
  }

  /** Notes one error; true when the process should stop. */
  add(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.startedMs >= WINDOW_MS) {
      this.startedMs = nowMs;
      this.count = 0;
    }
    return ++this.count >= ERRORS_MAX;
  }
}

/**
 * Keeps a running server alive when an error was caught by nobody: it is logged and counted, and what
 * was acknowledged is in the journal in any case. `onUnsafe` is called when they come so thick that
 * starting afresh is better.
 */
export function guardProcess(telemetry: OwnTelemetry, clock: Clock, onUnsafe: () => void): void {
  const { log, meter } = telemetry;
  const counter = meter.counter({
    name: "unexpected_errors_total",
    help: "Errors that were caught by nobody.",
    labels: ["kind"],
  });
  const errors = new UnexpectedErrors(clock);
  const note = (kind: string, error: unknown): void => {
    counter.add(1, { kind });
    log.error("An error was caught by nobody; the server goes on", { kind, error });
    if (errors.add()) onUnsafe();
  };
  process.on("uncaughtException", (error) => note("exception", error));
  process.on("unhandledRejection", (reason) => note("rejection", reason));
  // Who read our output went away: that is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
