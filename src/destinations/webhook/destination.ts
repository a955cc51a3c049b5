import { messageOf, PermanentError } from "#core/errors.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import {
  EndpointRefusedError,
  PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { pause } from "#pipeline/delivery/pause.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import type { JsonObject } from "#pipeline/delivery/row-json.ts";
import { TokenBucket } from "#pipeline/delivery/token-bucket.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound, retryAfterMs } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import { isSlack, payloadOf } from "./payload.ts";
import { headersOf } from "./request-headers.ts";
import { webhookSettings } from "./settings.ts";
import type { WebhookSettings } from "./settings.ts";

const BYTES_MAX = 4_194_304;
const SLACK_REQUESTS_PER_SECOND = 1;
/** Of what an endpoint says about a refusal. */
const ANSWER_CHARACTERS_MAX = 200;

/** Statuses that say "later", as 5xx do. */
const RETRIED = new Set([408, 425, 429]);
/** Statuses that are about the request's target or sender, and not about its rows. */
const NOT_ABOUT_ROWS = new Set([401, 402, 403, 404, 405, 406, 407, 410, 415, 421, 426, 451]);

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
    const refused: { index: number; reason: string }[] = [];
    for (const [index, row] of delivery.rows.entries()) {
      try {
        await this.#request([jsonOfRow(row)], delivery.rowKey(index), cancel);
      } catch (error) {
        if (error instanceof PermanentError && !(error instanceof EndpointRefusedError)) {
          refused.push({ index, reason: error.message });
          continue;
        }
        if (index === 0) throw error;
        const message = messageOf(error);
        const again = delivery.rows.map((_, place) => place).slice(index);
        throw new PartialDeliveryError(message, { again, refused }, { cause: error });
      }
    }
    if (refused.length > 0)
      throw new PartialDeliveryError("some rows were refused", { again: [], refused });
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
    const error = errorOf(answer, clock.nowMs());
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

/** What an answer means; undefined when all was taken. */
function errorOf(answer: OutboundResponse, nowMs: number): Error | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const said = answer.body.toString().trim().slice(0, ANSWER_CHARACTERS_MAX);
  const message = `HTTP ${status}${said === "" ? "" : `: ${said}`}`;
  if (status >= 500 || RETRIED.has(status)) {
    const afterMs = retryAfterMs(headers["retry-after"], nowMs);
    return afterMs === undefined ? new Error(message) : new RetryAfterError(message, afterMs);
  }
  if (status < 400) return new EndpointRefusedError(`HTTP ${status}: redirects are not followed`);
  return NOT_ABOUT_ROWS.has(status)
    ? new EndpointRefusedError(message)
    : new PermanentError(message);
}
