import { PermanentError, SightglassError } from "#core/errors.ts";
import type { Signal } from "#core/signal.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import { EndpointRefusedError, PartialDeliveryError } from "#pipeline/delivery/delivery.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { rowsBySignal, type SignalRows } from "./row-groups.ts";
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

/** How the rows of one signal fared. */
interface Outcome {
  readonly rows: SignalRows;
  readonly error: Error | undefined;
}

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
    const outcomes: Outcome[] = [];
    for (const rows of rowsBySignal(delivery.rows))
      outcomes.push({ rows, error: await this.#errorOf(rows, cancel) });
    const error = errorOfAll(outcomes);
    if (error !== undefined) throw error;
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

  async #errorOf(rows: SignalRows, cancel: AbortSignal): Promise<Error | undefined> {
    this.#requests += 1;
    try {
      const partial = await this.#transport.send(rows, cancel);
      this.#sent[rows.signal] += rows.rows.length;
      if (partial !== undefined) this.#note(rows.signal, partial);
      return undefined;
    } catch (thrown) {
      this.#failed += 1;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      // Larger than any receiver takes: smaller portions may do.
      const isTooLarge = error instanceof SightglassError && error.code === "payload_too_large";
      return isTooLarge ? new PermanentError(error.message, { cause: error }) : error;
    }
  }

  /**
   * Nobody can tell which rows were rejected, and none may be sent again
   * (https://opentelemetry.io/docs/specs/otlp/#partial-success).
   */
  #note(signal: Signal, { rejected, message }: { rejected: number; message: string }): void {
    if (rejected === 0 && message === "") return;
    this.#rejected += rejected;
    this.#rejections.add(rejected, { signal });
    const { origin } = new URL(this.#settings.endpoint);
    this.#context.log.warn("An OTLP backend rejected rows", { origin, signal, rejected, message });
  }
}

/**
 * What is to be said of all together. Rows of one signal are tried again or cut in two without those of another
 * that were taken; an endpoint that refuses a signal for good says nothing about the others.
 */
function errorOfAll(outcomes: readonly Outcome[]): Error | undefined {
  const failed = outcomes.flatMap(({ rows, error }) =>
    error === undefined ? [] : [{ rows, error }],
  );
  if (failed.length === 0) return undefined;
  const refusing = failed.filter(({ error }) => error instanceof EndpointRefusedError);
  const others = failed.filter(({ error }) => !(error instanceof EndpointRefusedError));
  const later = others.find(({ error }) => !(error instanceof PermanentError));
  const { error: first } = later ?? failed[0]!;
  if (others.length === outcomes.length || refusing.length === outcomes.length) return first;
  return new PartialDeliveryError(
    first.message,
    {
      again: others.flatMap(({ rows }) => rows.places),
      refused: refusing.flatMap(({ rows, error }) =>
        rows.places.map((index) => ({ index, reason: error.message })),
      ),
    },
    { cause: first },
  );
}
