import { randomUUID } from "node:crypto";
import { PermanentError } from "#core/errors.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import {
  EndpointRefusedError,
  PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { Acknowledgements, type Pending } from "./acknowledgements.ts";
import { type Verdict, verdictOf } from "./answers.ts";
import { Collector } from "./collector.ts";
import { EventEncoder, type HecEvent } from "./events.ts";
import { Fates } from "./fates.ts";
import { splunkHecSettings } from "./settings.ts";
import type { SplunkHecSettings } from "./settings.ts";

const BYTES_MAX = 4_194_304;
/** Events that may be refused one by one in an attempt; the rest is for the next. */
const REFUSALS_MAX = 20;
/** Splunk Cloud answers a larger request as if its first event were none (code 6, event 0), not with 413. */
const CLOUD_BYTES_MAX = 5_242_880;

/** Sends rows to an HTTP Event Collector of Splunk. */
export const splunkHec = defineComponent({
  kind: "destination",
  type: "splunk_hec",
  summary:
    "Sends rows to Splunk's HTTP Event Collector: events and metrics, with indexer acknowledgement where there is one.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: splunkHecSettings,
  create: (settings: SplunkHecSettings, context) => new SplunkHecDestination(settings, context),
});

export class SplunkHecDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: SplunkHecSettings;
  readonly #context: Pick<DestinationContext, "clock">;
  readonly #collector: Collector;
  readonly #encoder: EventEncoder;
  readonly #acknowledgements: Acknowledgements | undefined;
  #sent = 0;
  #refused = 0;
  #requests = 0;
  #bytes = 0;
  #acknowledged = 0;
  #errors = 0;

  constructor(settings: SplunkHecSettings, context: Pick<DestinationContext, "clock">) {
    const { acknowledgements, ackTimeout } = settings;
    this.#settings = settings;
    this.#context = context;
    // A channel is for one sender: two that shared one would take each other's acknowledgements.
    const channel = acknowledgements ? randomUUID() : undefined;
    this.#collector = new Collector(settings, context.clock, channel);
    this.#encoder = new EventEncoder(settings);
    if (acknowledgements)
      this.#acknowledgements = new Acknowledgements(this.#collector, context.clock, ackTimeout);
    this.bounds = {
      rowsMax: settings.bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
  }

  /** @throws SightglassError `config_invalid` when the address is not allowed. */
  async start(): Promise<void> {
    this.#collector.check();
  }

  async stop(): Promise<void> {
    this.#collector.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    try {
      await this.#deliver(delivery, cancel);
    } catch (error) {
      this.#errors += 1;
      throw error;
    }
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_sent: this.#sent,
      total_events_refused: this.#refused,
      total_requests_sent: this.#requests,
      total_requests_acknowledged: this.#acknowledged,
      total_bytes_sent: this.#bytes,
      total_errors: this.#errors,
    };
  }

  health(): Readonly<Record<string, unknown>> {
    const { url, index, metricsIndex, acknowledgements } = this.#settings;
    return { collector: new URL(url).origin, index, metricsIndex, acknowledgements };
  }

  async #deliver(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const acknowledgements = this.#acknowledgements;
    const { events, refused } = await this.#encoder.encode(delivery.rows);
    cancel.throwIfAborted();
    let pending = acknowledgements?.pendingOf(delivery.key);
    if (pending === undefined) {
      await acknowledgements?.check(cancel);
      pending = await this.#submit(events, cancel);
      acknowledgements?.remember(delivery.key, pending);
    }
    if (acknowledgements !== undefined) {
      const requests = pending.ackIds.size;
      await acknowledgements.settled(delivery.key, pending, cancel);
      this.#acknowledged += requests;
    }
    this.#settle(delivery, pending, refused);
  }

  /** @throws PartialDeliveryError when some rows were not taken. */
  #settle(
    { rows }: Delivery,
    { fates, error }: Pending,
    unsent: readonly { readonly index: number; readonly reason: string }[],
  ): void {
    const { again, refused } = fates.rows();
    const all = [...unsent, ...refused];
    this.#refused += all.length;
    this.#sent += rows.length - again.length - all.length;
    if (again.length === 0 && all.length === 0) return;
    const message = error?.message ?? all[0]?.reason ?? "some events were not looked at";
    const cause = error instanceof RetryAfterError ? { cause: error } : {};
    throw new PartialDeliveryError(message, { again, refused: all }, cause);
  }

  /**
   * Sends events, in order, in as many requests as their size needs.
   *
   * @throws the first request's error when nothing was taken or refused.
   * @throws EndpointRefusedError when no event's index is one that the token may write to.
   */
  async #submit(events: readonly HecEvent[], cancel: AbortSignal): Promise<Pending> {
    const fates = new Fates(events);
    const ackIds = new Set<number>();
    let error: Error | undefined;
    let refusals = 0;
    while (error === undefined) {
      const places = fates.open(this.#settings.maxContentLength);
      if (places.length === 0) break;
      const request = places.map((at) => events[at]!.json).join("\n");
      const verdict = await this.#request(request, cancel);
      error =
        verdict.kind === "failed" ? verdict.error : this.#note(verdict, places, fates, ackIds);
      if (verdict.kind !== "stopped") continue;
      refusals += 1;
      if (refusals > REFUSALS_MAX) error = new Error(`more than ${REFUSALS_MAX} refusals at once`);
      else if (verdict.isIndex && !fates.hasTaken && fates.open(0).length === 0)
        throw new EndpointRefusedError(verdict.reason);
    }
    if (error !== undefined && !fates.hasTaken && !fates.hasRefused) throw error;
    return { fates, ackIds, sentMs: this.#context.clock.monotonicMs(), error };
  }

  /** What becomes of the events of one request. Errors of the network are failures as well. */
  async #request(text: string, cancel: AbortSignal): Promise<Verdict> {
    this.#requests += 1;
    try {
      const { answer, bytes } = await this.#collector.send(text, cancel);
      this.#bytes += bytes;
      const verdict = verdictOf(answer, this.#context.clock.nowMs());
      const isOversize =
        verdict.kind === "stopped" && verdict.at === 0 && text.length > CLOUD_BYTES_MAX;
      if (!isOversize) return verdict;
      const message = `${verdict.reason}, as Splunk Cloud says of requests above 5 MiB`;
      return { kind: "failed", error: new PermanentError(message) };
    } catch (error) {
      if (cancel.aborted || !(error instanceof Error)) throw error;
      return { kind: "failed", error };
    }
  }

  /** Notes what became of the events at these places; returns why it is to stop, if so. */
  #note(
    verdict: Exclude<Verdict, { kind: "failed" }>,
    places: readonly number[],
    fates: Fates,
    ackIds: Set<number>,
  ): Error | undefined {
    const stop = verdict.kind === "stopped" ? verdict.at : places.length;
    if (verdict.kind === "stopped" && stop >= places.length)
      return new Error(`${verdict.reason}, of an event that was not sent`);
    if (stop > 0 && this.#acknowledgements !== undefined) {
      if (verdict.ackId === undefined)
        return new EndpointRefusedError("the answer has no ackId: the token does not acknowledge");
      ackIds.add(verdict.ackId);
    }
    fates.take(places.slice(0, stop));
    if (verdict.kind !== "stopped") return undefined;
    const refused = places[stop]!;
    if (verdict.isIndex) fates.refuseIndexOf(refused, verdict.reason);
    else fates.refuse(refused, verdict.reason);
    return undefined;
  }
}
