import { batchPools } from "#core/batch.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Counter } from "#telemetry/meter.ts";
import type { ReceiverContext } from "../component.ts";

/** The way of log records from a receiver's decoder into the pipeline, and their count. */
export class LogIntake {
  private readonly context: ReceiverContext;
  private readonly rows: Counter;

  constructor(context: ReceiverContext) {
    this.context = context;
    this.rows = context.meter.counter({
      name: "intake_log_records_total",
      help: "Log records that a receiver decoded, by whether they were taken or rejected.",
      unit: "{row}",
      labels: ["outcome"],
    });
  }

  /** A builder for the records of one request or portion that arrived now. */
  begin(): LogBuilder {
    const { clock, timeWindow } = this.context;
    return new LogBuilder({
      observedNs: BigInt(Math.round(clock.nowMs() * 1e3)) * 1_000n,
      window: timeWindow("logs"),
    });
  }

  /**
   * Hands the records on, and resolves when they are durable; `bytes` is what they were decoded from.
   *
   * @throws SightglassError as {@link Push} says, and then none was kept.
   */
  async push(builder: LogBuilder, bytes: number): Promise<void> {
    const { rows, rejections } = builder;
    this.rows.add(rejections.count, { outcome: "rejected" });
    const batch = builder.finish(bytes);
    if (rows === 0) {
      batchPools.logs.give(batch);
      return;
    }
    await this.context.push(batch, DEFAULT_ORG);
    this.rows.add(rows, { outcome: "taken" });
  }
}
