import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds, Row } from "#pipeline/delivery/delivery.ts";
import { encodedOrRefused } from "#pipeline/delivery/encoded-or-refused.ts";
import { PartialRejections } from "#pipeline/delivery/partial-rejections.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { lowerCasedHeaders } from "#pipeline/outbound/header-settings.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import { snappy } from "#pipeline/outbound/snappy.ts";
import { outcomeOf, pointsIn } from "./answers.ts";
import { addsUp, CumulativePoints } from "./cumulative-points.ts";
import { encodeVersion1, encodeVersion2 } from "./encode.ts";
import { LastTold } from "./last-told.ts";
import { remoteWriteSettings } from "./settings.ts";
import type { RemoteWriteSettings } from "./settings.ts";
import { DROP_REASONS, type DropReason, type Translated, Translation } from "./translate.ts";
import type { Family, WriteSeries } from "./write-series.ts";

/** By the journal; what receivers bound is the request after compression, which is far less. */
const BYTES_MAX = 4_194_304;
/** How often what says something about a metric or a resource is sent again. */
const TELL_EVERY_MS = 60_000;
const AGENT = "Sightglass-Remote-Write/1.0";

const CONTENT_TYPES = {
  "1.0": "application/x-protobuf",
  "2.0": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
} as const;
const PROTOCOL_VERSIONS = { "1.0": "0.1.0", "2.0": "2.0.0" } as const;

/** Writes metrics to Prometheus and whatever takes its remote write. */
export const prometheusRemoteWrite = defineComponent({
  kind: "destination",
  type: "prometheus_remote_write",
  summary: "Writes metrics to Prometheus, Mimir, Thanos, VictoriaMetrics and others, 1.0 and 2.0.",
  signals: { metrics: "stable" },
  settings: remoteWriteSettings,
  create: (settings: RemoteWriteSettings, context) => new RemoteWriteDestination(settings, context),
});

type Context = Pick<DestinationContext, "clock" | "log" | "meter">;

export class RemoteWriteDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: RemoteWriteSettings;
  readonly #context: Context;
  readonly #outbound: Outbound;
  readonly #families = new LastTold(TELL_EVERY_MS);
  readonly #targets = new LastTold(TELL_EVERY_MS);
  readonly #cumulative = new CumulativePoints();
  /** Ends when the delivery of deltas that is under way does: others count from what was taken before. */
  #deltas: Promise<unknown> = Promise.resolve();
  readonly #drops: ReturnType<Context["meter"]["counter"]>;
  readonly #rejections: PartialRejections;
  readonly #dropped: Record<DropReason, number> = { delta: 0, scale: 0, name: 0, duplicate: 0 };
  #rows = 0;
  #points = 0;
  #requests = 0;
  #failed = 0;

  constructor(settings: RemoteWriteSettings, context: Context) {
    this.#settings = settings;
    this.#context = context;
    this.bounds = {
      rowsMax: settings.batchSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock: context.clock });
    this.#drops = context.meter.counter({
      name: "destination_points_dropped_total",
      help: "Points that have no form where they would be sent to, by the reason.",
      unit: "{row}",
      labels: ["reason"],
    });
    this.#rejections = new PartialRejections(context);
  }

  /** @throws SightglassError `config_invalid` when the address is not allowed. */
  async start(): Promise<void> {
    destinationUrl(this.#settings.url, this.#settings);
  }

  async stop(): Promise<void> {
    this.#outbound.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    if (this.#settings.deltaTemporality === "drop" || !delivery.rows.some(isDelta))
      return this.#send(delivery, cancel);
    const sending = this.#deltas.then(() => this.#send(delivery, cancel));
    this.#deltas = sending.catch(() => undefined);
    return sending;
  }

  /** `points` are rows, of which one of a histogram is many `samples`. */
  statistics(): Readonly<Record<string, number>> {
    return {
      total_points_sent: this.#rows,
      total_samples_sent: this.#points,
      total_requests_sent: this.#requests,
      total_requests_failed: this.#failed,
      partial_rejections: this.#rejections.count,
      ...Object.fromEntries(
        DROP_REASONS.map((reason) => [`dropped_${reason}`, this.#dropped[reason]]),
      ),
    };
  }

  health(): Readonly<Record<string, unknown>> {
    const { url, version, translation } = this.#settings;
    return { url: new URL(url).origin, version, translation };
  }

  async #send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    cancel.throwIfAborted();
    const settings = this.#settings;
    const cumulative =
      settings.deltaTemporality === "drop" ? undefined : this.#cumulative.begin(delivery.org);
    const isTargetDue = (id: string, timeMs: number): boolean => this.#targets.isDue(id, timeMs);
    const translated = new Translation({ settings, isTargetDue, cumulative }).of(delivery.rows);
    const nowMs = this.#context.clock.nowMs();
    const families =
      this.#settings.version === "1.0" ? this.#dueFamilies(translated.series, nowMs) : [];
    if (translated.series.length > 0) await this.#write(translated.series, families, cancel);
    for (const { name } of families) this.#families.told(name, nowMs);
    for (const [id, timeMs] of translated.targets) this.#targets.told(id, timeMs);
    cumulative?.settle();
    this.#rows += delivery.rows.length;
    this.#noteDrops(translated);
  }

  async #write(
    series: readonly WriteSeries[],
    families: readonly Family[],
    cancel: AbortSignal,
  ): Promise<void> {
    const { url, version, timeout } = this.#settings;
    const points = pointsIn(series);
    this.#requests += 1;
    try {
      const answer = await this.#outbound.request({
        method: "POST",
        url,
        headers: this.#headers(),
        body: snappy(this.#encoded(series, families)),
        msMax: timeout,
        cancel,
      });
      const outcome = outcomeOf(answer, { version, points }, this.#context.clock.nowMs());
      this.#points += points - outcome.rejected;
      if (outcome.rejected > 0) this.#rejections.note("metrics", outcome, url);
    } catch (error) {
      this.#failed += 1;
      throw error;
    }
  }

  #encoded(series: readonly WriteSeries[], families: readonly Family[]): Buffer {
    return encodedOrRefused(() =>
      this.#settings.version === "1.0" ? encodeVersion1(series, families) : encodeVersion2(series),
    );
  }

  #headers(): Record<string, string> {
    const { version, headers, authToken, username, password = "" } = this.#settings;
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    return {
      "content-type": CONTENT_TYPES[version],
      "content-encoding": "snappy",
      "user-agent": AGENT,
      "x-prometheus-remote-write-version": PROTOCOL_VERSIONS[version],
      ...(authToken === undefined ? {} : { authorization: `Bearer ${authToken}` }),
      ...(username === undefined ? {} : { authorization: `Basic ${basic}` }),
      ...lowerCasedHeaders(headers),
    };
  }

  /** Version 1 tells of metrics apart from their series, now and then. */
  #dueFamilies(series: readonly WriteSeries[], nowMs: number): Family[] {
    const byName = new Map(series.map(({ family }) => [family.name, family]));
    return [...byName.values()].filter(({ name }) => this.#families.isDue(name, nowMs));
  }

  #noteDrops({ dropped }: Translated): void {
    for (const reason of DROP_REASONS) {
      const count = dropped[reason];
      if (count === 0) continue;
      this.#dropped[reason] += count;
      this.#drops.add(count, { reason });
      if (reason === "delta")
        this.#context.log.warn("Points of delta temporality have no form in Prometheus", { count });
    }
  }
}

function isDelta({ kind, row }: Row): boolean {
  return (kind === "number_point" || kind === "histogram_point") && addsUp(row.series.metric);
}
