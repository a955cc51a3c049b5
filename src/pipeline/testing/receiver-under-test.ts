import { type Batch, batchPools } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import {
  type HistogramPointRow,
  histogramPointRow,
  type LogRow,
  logRow,
  type NumberPointRow,
  numberPointRow,
  type SpanRow,
  spanRow,
} from "#core/row-views.ts";
import type { Signal } from "#core/signal.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter, type Meter } from "#telemetry/meter.ts";
import type { Receiver, ReceiverContext, ReceiverDefinition } from "../component.ts";

/** A context for a receiver that keeps, as objects, the rows that were pushed. */
export class PushedRows {
  readonly logs: LogRow[] = [];
  readonly spans: SpanRow[] = [];
  readonly numbers: NumberPointRow[] = [];
  readonly histograms: HistogramPointRow[] = [];
  pushes = 0;
  /** Runs before a push is answered: to fail it, or to make it wait. */
  beforeAnswer: () => void | Promise<void> = () => undefined;
  readonly meter: Meter = createMeter();
  readonly errors: string[] = [];
  readonly windowDays = 30;

  readonly context: ReceiverContext = {
    name: "receiver/under_test",
    log: createLogger({
      level: "warn",
      clock: systemClock,
      sink: ({ message, attributes }) =>
        this.errors.push(`${message} ${JSON.stringify(attributes)}`),
    }),
    meter: this.meter,
    clock: systemClock,
    random: Math.random,
    stateFolder: "/nonexistent",
    timeWindow: (_signal: Signal) => ({
      oldestMs: systemClock.nowMs() - this.windowDays * 86_400_000,
      newestMs: systemClock.nowMs() + 600_000,
    }),
    push: async (batch) => {
      this.pushes++;
      await this.beforeAnswer();
      this.keep(batch);
    },
  };

  private keep(batch: Batch): void {
    switch (batch.signal) {
      case "logs":
        for (let row = 0; row < batch.rows; row++) this.logs.push(logRow(batch, row));
        batchPools.logs.give(batch);
        return;
      case "traces":
        for (let row = 0; row < batch.rows; row++) this.spans.push(spanRow(batch, row));
        batchPools.traces.give(batch);
        return;
      case "metrics": {
        const { numbers, histograms } = batch;
        for (let row = 0; row < numbers.rows; row++) this.numbers.push(numberPointRow(batch, row));
        for (let row = 0; row < histograms.rows; row++)
          this.histograms.push(histogramPointRow(batch, row));
        batchPools.metrics.give(batch);
      }
    }
  }
}

const open: Receiver[] = [];

/** Stops every receiver that was started; for `afterEach`. */
export async function stopReceivers(): Promise<void> {
  for (const receiver of open.splice(0)) await receiver.stop();
}

export interface StartedReceiver {
  readonly pushed: PushedRows;
  readonly receiver: Receiver;
  /** Of its first listener. */
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
}

/** Starts a receiver on a free port of the loopback address. */
export async function startReceiver<Settings>(
  definition: ReceiverDefinition<Settings>,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<StartedReceiver> {
  const pushed = new PushedRows();
  const parsed = definition.settings.parse({ endpoint: "127.0.0.1:0", ...settings });
  const receiver = definition.create(parsed, pushed.context);
  open.push(receiver);
  await receiver.start();
  const port = Number(/:(\d+)$/.exec(receiver.addresses?.()[0] ?? "")?.[1]);
  return { pushed, receiver, port, url: `http://127.0.0.1:${port}` };
}

/** The attributes of a row, resource or series as an object of their texts. */
export function textsOf(
  attributes: readonly { readonly key: string; readonly value: string }[],
): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
}
