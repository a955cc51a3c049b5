import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { pause } from "#pipeline/delivery/pause.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import type { JsonObject } from "#pipeline/delivery/row-json.ts";
import { sendParts } from "#pipeline/delivery/send-parts.ts";
import { TokenBucket } from "#pipeline/delivery/token-bucket.ts";
import { answerError } from "#pipeline/outbound/answer-error.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import { isSlack, payloadOf } from "./payload.ts";
import { headersOf } from "./request-headers.ts";
import { webhookSettings } from "./settings.ts";
import type { WebhookSettings } from "./settings.ts";

const BYTES_MAX = 4_194_304;
const SLACK_REQUESTS_PER_SECOND = 1;

/** Sends rows as JSON over HTTP. */
export const webhook = defineComponent({
  kind: "destination",
  type: "webhook",
  summary:
    "Sends rows as JSON to an HTTP address, such as a Slack webhook or a service of your own.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: webhookSettings,
  create: (settings: WebhookSettings, context) => new WebhookDestination(settings, context),
});

export class WebhookDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: WebhookSettings;
  readonly #context: Pick<DestinationContext, "clock">;
  readonly #outbound: Outbound;
  readonly #rate: TokenBucket | undefined;
  #sent = 0;
  #requests = 0;
  #succeeded = 0;
  #retries = 0;

  constructor(settings: WebhookSettings, context: Pick<DestinationContext, "clock">) {
    this.#settings = settings;
    this.#context = context;
    this.bounds = {
      rowsMax: settings.batchSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock: context.clock });
    const rate =
      settings.rateLimit ?? (isSlack(settings.url) ? SLACK_REQUESTS_PER_SECOND : undefined);
    if (rate !== undefined) this.#rate = new TokenBucket(rate, context.clock);
  }

  /** @throws SightglassError `config_invalid` when the address is not allowed. */
  async start(): Promise<void> {
    destinationUrl(this.#settings.url, this.#settings);
  }

  async stop(): Promise<void> {
    this.#outbound.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    if (delivery.attempt > 1) this.#retries += 1;
    if (this.#settings.payloadFormat === "individual") await this.#sendEach(delivery, cancel);
    else await this.#request(delivery.rows.map(jsonOfRow), delivery.key, cancel);
  }

  /** In the names of the event pipeline of old. */
  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_sent: this.#sent,
      total_requests_sent: this.#requests,
      total_requests_succeeded: this.#succeeded,
      total_requests_failed: this.#requests - this.#succeeded,
      total_retries: this.#retries,
      success_rate: this.#requests === 0 ? 0 : this.#succeeded / this.#requests,
    };
  }

  /** A request for each row, in order: the first that is to be tried again ends it. */
  async #sendEach(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const parts = delivery.rows.map((row, index) => ({ places: [index], row }));
    await sendParts(parts.length, parts, async ({ row, places: [index = 0] }) => {
      await this.#request([jsonOfRow(row)], delivery.rowKey(index), cancel);
      return [];
    });
  }

  async #request(events: readonly JsonObject[], key: string, cancel: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const { method, url, timeout } = this.#settings;
    await this.#admitted(cancel);
    const body = payloadOf(this.#settings, events, clock.nowMs());
    const headers = headersOf(this.#settings, body, { key, nowMs: clock.nowMs() });
    this.#requests += 1;
    const request = { method, url, headers, body, msMax: timeout, cancel };
    const answer = await this.#outbound.request(request);
    const error = answerError(answer, { nowMs: clock.nowMs() });
    if (error !== undefined) throw error;
    this.#succeeded += 1;
    this.#sent += events.length;
  }

  async #admitted(cancel: AbortSignal): Promise<void> {
    if (this.#rate === undefined) return;
    for (let waitMs = this.#rate.take(1); waitMs > 0; waitMs = this.#rate.take(1)) {
      await pause(this.#context.clock, waitMs, cancel);
      cancel.throwIfAborted();
    }
  }
}
