import type { Signal } from "#core/signal.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { sendParts } from "#pipeline/delivery/send-parts.ts";
import { rowsBySignal, type SignalRows } from "#pipeline/otlp/row-groups.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import type { PartialSuccess } from "./answers.ts";
import { otlpSettings } from "./settings.ts";
import type { OtlpSettings } from "./settings.ts";
import { openTransport, type Transport } from "./transport.ts";

/** By the journal; the same rows in protobuf take about twice that, and gRPC's usual bound is 4 MiB. */
const BYTES_MAX = 2_097_152;

/** Sends rows to whatever speaks OTLP, such as another Sightglass. */
export const otlp = defineComponent({
  kind: "destination",
  type: "otlp",
  summary: "Sends rows to any OpenTelemetry backend or Collector, over HTTP or gRPC.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: otlpSettings,
  create: (settings: OtlpSettings, context) => new OtlpDestination(settings, context),
});

type Context = Pick<DestinationContext, "clock" | "log" | "meter">;

export class OtlpDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: OtlpSettings;
  readonly #context: Context;
  readonly #transport: Transport;
  readonly #rejections: ReturnType<Context["meter"]["counter"]>;
  readonly #sent: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };
  #requests = 0;
  #failed = 0;
  #rejected = 0;

  constructor(settings: OtlpSettings, context: Context) {
    this.#settings = settings;
    this.#context = context;
    this.bounds = {
      rowsMax: settings.batchSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
    this.#transport = openTransport(settings, context.clock);
    this.#rejections = context.meter.counter({
      name: "destination_partial_rejections_total",
      help: "Rows that a destination was sent and said that it rejected, without saying which.",
      unit: "{row}",
      labels: ["signal"],
    });
  }

  /** @throws SightglassError `config_invalid` when the address is not allowed. */
  async start(): Promise<void> {
    destinationUrl(this.#settings.endpoint, this.#settings);
  }

  async stop(): Promise<void> {
    this.#transport.close();
  }

  /** A request for each signal. What became of one is nothing to the others. */
  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const parts = rowsBySignal(delivery.rows).map((rows) => ({ ...rows, target: rows.signal }));
    const send = async (rows: SignalRows): Promise<readonly []> => {
      await this.#request(rows, cancel);
      return [];
    };
    await sendParts(delivery.rows.length, parts, send, { goesOn: true });
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      total_spans_sent: this.#sent.traces,
      total_points_sent: this.#sent.metrics,
      total_log_records_sent: this.#sent.logs,
      total_requests_sent: this.#requests,
      total_requests_failed: this.#failed,
      partial_rejections: this.#rejected,
    };
  }

  health(): Readonly<Record<string, unknown>> {
    const { endpoint, protocol, compression } = this.#settings;
    return { endpoint: new URL(endpoint).origin, protocol, compression };
  }

  async #request(rows: SignalRows, cancel: AbortSignal): Promise<void> {
    this.#requests += 1;
    try {
      const partial = await this.#transport.send(rows, cancel);
      // What a backend says is not to be trusted beyond what it was sent.
      const rejected = Math.min(partial?.rejected ?? 0, rows.rows.length);
      this.#sent[rows.signal] += rows.rows.length - rejected;
      if (partial !== undefined) this.#note(rows.signal, { ...partial, rejected });
    } catch (error) {
      this.#failed += 1;
      throw error;
    }
  }

  /**
   * Nobody can tell which rows were rejected, and none may be sent again
   * (https://opentelemetry.io/docs/specs/otlp/#partial-success).
   */
  #note(signal: Signal, { rejected, message }: PartialSuccess): void {
    if (rejected === 0 && message === "") return;
    this.#rejected += rejected;
    this.#rejections.add(rejected, { signal });
    const { origin } = new URL(this.#settings.endpoint);
    this.#context.log.warn("An OTLP backend rejected rows", { origin, signal, rejected, message });
  }
}
