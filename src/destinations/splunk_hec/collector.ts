import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Clock } from "#core/clock.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import type { SplunkHecSettings } from "./settings.ts";

const compressed = promisify(gzip);

/** An HTTP Event Collector, by its endpoints. */
export class Collector {
  readonly #settings: SplunkHecSettings;
  readonly #outbound: Outbound;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param channel Named by every request where indexers acknowledge, and by none where they do not. */
  constructor(settings: SplunkHecSettings, clock: Clock, channel: string | undefined) {
    this.#settings = settings;
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock });
    const base = settings.url.replace(/\/+$/, "").replace(/\/services\/collector(?:\/event)?$/, "");
    this.#base = `${base}/services/collector`;
    this.#headers = {
      authorization: `Splunk ${settings.token}`,
      "content-type": "application/json",
      ...(channel === undefined ? {} : { "x-splunk-request-channel": channel }),
    };
  }

  /** @throws SightglassError `config_invalid` when the address is not allowed. */
  check(): void {
    destinationUrl(this.#settings.url, this.#settings);
  }

  close(): void {
    this.#outbound.close();
  }

  /** Sends events, which stand one after the other in the text. */
  async send(
    text: string,
    cancel: AbortSignal,
  ): Promise<{ readonly answer: OutboundResponse; readonly bytes: number }> {
    const { compression } = this.#settings;
    const plain = Buffer.from(text);
    const body = compression ? await compressed(plain) : plain;
    cancel.throwIfAborted();
    const packed = compression ? { "content-encoding": "gzip" } : {};
    return { answer: await this.#post("event", body, packed, cancel), bytes: body.length };
  }

  /** Asks which of the requests of this channel are indexed. */
  acks(ids: readonly number[], cancel: AbortSignal): Promise<OutboundResponse> {
    return this.#post("ack", JSON.stringify({ acks: ids }), {}, cancel);
  }

  #post(
    path: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    cancel: AbortSignal,
  ): Promise<OutboundResponse> {
    return this.#outbound.request({
      method: "POST",
      url: `${this.#base}/${path}`,
      headers: { ...this.#headers, ...headers },
      body,
      msMax: this.#settings.timeout,
      cancel,
    });
  }
}
