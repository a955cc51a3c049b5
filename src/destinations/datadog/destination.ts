import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { sendParts } from "#pipeline/delivery/send-parts.ts";
import { answerError } from "#pipeline/outbound/answer-error.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import { PointConverter } from "./metrics.ts";
import { type Intake, type IntakeRequest, RequestPlanner } from "./requests.ts";
import { datadogSettings } from "./settings.ts";
import type { DatadogSettings } from "./settings.ts";
import { Origins } from "./tags.ts";

const BYTES_MAX = 4_194_304;
/** Each event is a request of its own, and all have to be sent within one attempt. */
const EVENTS_MAX = 100;
/** What Datadog answers to a wrong key, and by an intake that the organization does not have. */
const FORBIDDEN = 403;
/** https://docs.datadoghq.com/api/latest/authentication/#validate-api-key */
const VALIDATE = { host: "api", path: "/api/v1/validate" } as const;

/** What it means where the key is valid. */
const CLOSED = {
  meaning: "target",
  hint: "; the key is valid, so that the organization or the site lacks this intake",
} as const;

/** Hosts and paths of the intakes (https://docs.datadoghq.com/api/latest/ and …/opentelemetry/setup/otlp_ingest/). */
const INTAKES: Readonly<Record<Intake, { readonly host: string; readonly path: string }>> = {
  logs: { host: "http-intake.logs", path: "/api/v2/logs" },
  series: { host: "api", path: "/api/v2/series" },
  events: { host: "api", path: "/api/v1/events" },
  histograms: { host: "otlp", path: "/v1/metrics" },
  traces: { host: "otlp", path: "/v1/traces" },
};

/** Sends rows to Datadog: logs, metrics and events by its API, spans and histograms by its OTLP intake. */
export const datadog = defineComponent({
  kind: "destination",
  type: "datadog",
  summary: "Sends logs, metrics, events and traces to Datadog.",
  signals: { traces: "experimental", metrics: "stable", logs: "stable" },
  settings: datadogSettings,
  create: (settings: DatadogSettings, context) => new DatadogDestination(settings, context),
});

export class DatadogDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: DatadogSettings;
  readonly #context: Pick<DestinationContext, "clock">;
  readonly #outbound: Outbound;
  readonly #planner: RequestPlanner;
  /** Ends when the delivery of points that is under way does: deltas count from what was taken before. */
  #points: Promise<void> = Promise.resolve();
  #rows = 0;
  #requests = 0;
  #succeeded = 0;
  #bytes = 0;
  #withheld = 0;
  #refused = 0;

  constructor(settings: DatadogSettings, context: Pick<DestinationContext, "clock">) {
    this.#settings = settings;
    this.#context = context;
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock: context.clock });
    this.#planner = new RequestPlanner(settings, new Origins(settings), new PointConverter());
    const { bufferSize, flushInterval, events } = settings;
    this.bounds = {
      rowsMax: events ? Math.min(bufferSize, EVENTS_MAX) : bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: flushInterval,
    };
  }

  /** @throws SightglassError `config_invalid` when an address is not allowed. */
  async start(): Promise<void> {
    for (const intake of Object.keys(INTAKES) as Intake[])
      destinationUrl(this.#urlOf(intake), this.#settings);
  }

  async stop(): Promise<void> {
    this.#outbound.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const hasPoints = delivery.rows.some(({ kind }) => kind !== "log" && kind !== "span");
    if (!hasPoints) return this.#send(delivery, cancel);
    const sending = this.#points.then(() => this.#send(delivery, cancel));
    this.#points = sending.catch(() => undefined);
    return sending;
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_sent: this.#rows,
      total_requests_sent: this.#requests,
      total_requests_failed: this.#requests - this.#succeeded,
      total_bytes_sent: this.#bytes,
      total_points_withheld: this.#withheld,
      total_events_refused: this.#refused,
    };
  }

  /** What its health says beside what every destination's does. */
  health(): Readonly<Record<string, unknown>> {
    const { site, events, compression } = this.#settings;
    return { site, events, compression };
  }

  async #send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    cancel.throwIfAborted();
    const planned = await this.#planner.plan(delivery, this.#context.clock.nowMs());
    const { requests, refused, withheld } = planned;
    this.#withheld += withheld;
    this.#refused += refused.length;
    const send = async (request: IntakeRequest): Promise<readonly []> => {
      await this.#request(request, cancel);
      request.settle();
      this.#rows += request.places.length;
      return [];
    };
    await sendParts(delivery.rows.length, requests, send, { refused });
  }

  async #request(request: IntakeRequest, cancel: AbortSignal): Promise<void> {
    const { intake, bytes } = request;
    this.#requests += 1;
    const answer = await this.#outbound.request({
      method: "POST",
      url: this.#urlOf(intake),
      headers: this.#headersOf(request),
      body: bytes,
      msMax: this.#settings.timeout,
      cancel,
    });
    const isClosed = answer.status === FORBIDDEN && (await this.#isClosed(intake, cancel));
    const error = answerError(answer, {
      what: intake,
      nowMs: this.#context.clock.nowMs(),
      waitMs: resetMs(answer.headers),
      ...(isClosed ? CLOSED : {}),
    });
    if (error !== undefined) throw error;
    this.#succeeded += 1;
    this.#bytes += bytes.length;
  }

  /**
   * Whether an intake that forbids what was sent does so though the key is valid. One that the organization does not
   * have would hold up what goes to the others for ever, while a wrong key may be mended.
   */
  async #isClosed(intake: Intake, cancel: AbortSignal): Promise<boolean> {
    const { apiKey, agentUrl, timeout } = this.#settings;
    // An agent is sent no key.
    if (intake === "traces" && agentUrl !== undefined) return false;
    const answer = await this.#outbound.request({
      method: "GET",
      url: this.#addressOf(VALIDATE),
      headers: { "dd-api-key": apiKey },
      msMax: timeout,
      cancel,
    });
    return answer.status >= 200 && answer.status < 300;
  }

  #urlOf(intake: Intake): string {
    const agent = intake === "traces" ? this.#settings.agentUrl : undefined;
    return this.#addressOf(INTAKES[intake], agent);
  }

  /** @param agent What stands in place of Datadog, if anything. */
  #addressOf(at: { readonly host: string; readonly path: string }, agent?: string): string {
    const { site, endpoint } = this.#settings;
    const origin = agent ?? endpoint ?? `https://${at.host}.${site}`;
    return `${origin.replace(/\/+$/, "")}${at.path}`;
  }

  #headersOf({ intake, isCompressed }: IntakeRequest): Record<string, string> {
    const { apiKey, agentUrl, traceMetrics } = this.#settings;
    const isOtlp = intake === "traces" || intake === "histograms";
    const isAgent = intake === "traces" && agentUrl !== undefined;
    return {
      "content-type": isOtlp ? "application/x-protobuf" : "application/json",
      ...(isCompressed ? { "content-encoding": "gzip" } : {}),
      ...(isAgent ? {} : { "dd-api-key": apiKey }),
      ...(intake === "traces" && !isAgent ? { compute_stats: String(traceMetrics) } : {}),
      ...(intake === "histograms"
        ? { "dd-otel-metric-config": '{"histograms":{"mode":"distributions"}}' }
        : {}),
    };
  }
}

/** Seconds until more is let through (https://docs.datadoghq.com/api/latest/rate-limits/), as milliseconds. */
function resetMs(headers: OutboundResponse["headers"]): number | undefined {
  const seconds = headers["x-ratelimit-reset"];
  return seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}
