import type { Buffer } from "node:buffer";
import type { Batch } from "#core/batch.ts";
import { LogBatch } from "#core/log-batch.ts";
import { MetricBatch } from "#core/metric-batch.ts";
import type { Rejections, TimeWindow } from "#core/rejections.ts";
import type { Signal } from "#core/signal.ts";
import { SpanBatch } from "#core/span-batch.ts";
import { LogDecoder } from "../decode-logs.ts";
import { MetricDecoder } from "../decode-metrics.ts";
import { TraceDecoder } from "../decode-traces.ts";
import { ARRIVAL_MS } from "./log-samples.ts";
import { ANY_TIME } from "./otlp-samples.ts";

/** A decoder with a batch of its own, which each call resets and fills. */
export interface DecoderUnderTest {
  readonly batch: Batch;
  decode(body: Buffer, window?: TimeWindow): Rejections;
}

export const DECODERS: Readonly<Record<Signal, () => DecoderUnderTest>> = {
  traces: () => {
    const [decoder, batch] = [new TraceDecoder(), new SpanBatch()];
    return underTest(batch, (body, window) => decoder.decode(body, batch, window));
  },
  logs: () => {
    const [decoder, batch] = [new LogDecoder(), new LogBatch()];
    return underTest(batch, (body, window) => decoder.decode(body, batch, window, ARRIVAL_MS));
  },
  metrics: () => {
    const [decoder, batch] = [new MetricDecoder(), new MetricBatch()];
    return underTest(batch, (body, window) => decoder.decode(body, batch, window));
  },
};

function underTest(
  batch: Batch,
  decode: (body: Buffer, window: TimeWindow) => Rejections,
): DecoderUnderTest {
  return {
    batch,
    decode(body, window = ANY_TIME) {
      batch.reset();
      return decode(body, window);
    },
  };
}
