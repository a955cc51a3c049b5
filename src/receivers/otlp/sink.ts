import type { Buffer } from "node:buffer";
import { type Batch, batchPools } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import type { Rejections } from "#core/rejections.ts";
import type { Signal } from "#core/signal.ts";
import { timeWindows } from "#core/time-window.ts";
import { LogDecoder } from "./decode-logs.ts";
import { MetricDecoder } from "./decode-metrics.ts";
import { TraceDecoder } from "./decode-traces.ts";
import { freeBody } from "#pipeline/intake/free-body.ts";
import type { Intake } from "./intake.ts";

/** Where a decoded batch goes: resolves once it is durable. Takes the batch over, whatever comes of it. */
export type PushBatch = (batch: Batch, org: string) => Promise<void>;

/** Takes decompressed OTLP requests. */
export interface OtlpSink {
  /**
   * Decodes an `ExportXServiceRequest` into columns, and resolves after the journal's sync. Rejects
   * with a SightglassError: `bad_payload` for what will never be accepted, else what the pipeline says.
   * The body is taken over: a large one is empty afterwards.
   */
  accept(signal: Signal, org: string, body: Buffer): Promise<Intake>;
}

export interface OtlpSinkOptions {
  readonly push: PushBatch;
  readonly clock: Clock;
  /** Days that rows are kept, by signal; what is older would be dropped at once and is not accepted. */
  readonly retentionDays: Readonly<Record<Signal, number | "off">>;
}

/** The sink that every OTLP door shares. */
export function createOtlpSink({ push, clock, retentionDays }: OtlpSinkOptions): OtlpSink {
  const traces = new TraceDecoder();
  const logs = new LogDecoder();
  const metrics = new MetricDecoder();

  const window = timeWindows(clock, retentionDays);

  const decode = (signal: Signal, body: Buffer): [Batch, Rejections] => {
    switch (signal) {
      case "traces":
        return decodeInto(batchPools.traces, (batch) => traces.decode(body, batch, window(signal)));
      case "logs":
        return decodeInto(batchPools.logs, (batch) =>
          logs.decode(body, batch, window(signal), clock.nowMs()),
        );
      case "metrics":
        return decodeInto(batchPools.metrics, (batch) =>
          metrics.decode(body, batch, window(signal)),
        );
    }
  };

  const decodeOnce = (signal: Signal, body: Buffer): [Batch, Rejections] => {
    try {
      return decode(signal, body);
    } finally {
      freeBody(body);
    }
  };

  return {
    async accept(signal, org, body) {
      const [batch, rejections] = decodeOnce(signal, body);
      const accepted = batch.rows;
      await push(batch, org);
      return { accepted, rejected: rejections.count, message: rejections.message };
    },
  };
}

/** Decodes into a batch of the pool, which gets it back, clean, when the body turns out bad. */
function decodeInto<B extends Batch>(
  pool: { take(): B; give(batch: B): void },
  decode: (batch: B) => Rejections,
): [B, Rejections] {
  const batch = pool.take();
  try {
    return [batch, decode(batch)];
  } catch (error) {
    pool.give(batch);
    throw error;
  }
}
