import type { Signal } from "#core/signal.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { PartialRejections } from "#pipeline/delivery/partial-rejections.ts";
import { sendParts } from "#pipeline/delivery/send-parts.ts";
import { rowsBySignal, type SignalRows } from "#pipeline/otlp/row-groups.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
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
  readonly #transport: Transport;
  readonly #rejections: PartialRejections;
  readonly #sent: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };
  #requests = 0;
  #failed = 0;

  constructor(settings: OtlpSettings, context: Context) {
    this.#settings = settings;
    this.bounds = {
      rowsMax: settings.batchSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
    this.#transport = openTransport(settings, context.clock);
    this.#rejections = new PartialRejections(context);
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
      partial_rejections: this.#rejections.count,
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
      if (partial !== undefined)
        this.#rejections.note(rows.signal, { ...partial, rejected }, this.#settings.endpoint);
    } catch (error) {
      this.#failed += 1;
      throw error;
    }
  }
}
