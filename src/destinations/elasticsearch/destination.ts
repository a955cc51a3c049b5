import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PermanentError } from "#core/errors.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import { PartialDeliveryError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { retryAfterMs } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import { ANSWER_FIELDS, bulkBody, outcomeOf } from "./bulk.ts";
import { Cluster, type Product } from "./cluster.ts";
import { IndexNames } from "./index-names.ts";
import { elasticsearchSettings, indexPatternOf } from "./settings.ts";
import type { ElasticsearchSettings } from "./settings.ts";
import { templateOf } from "./template.ts";

/** In the journal; as documents they are two to three times that, and 5 to 15 MB are advised for a request. */
const BYTES_MAX = 4_194_304;

const compressed = promisify(gzip);

/** Indexes rows in Elasticsearch or OpenSearch, each as one document however often it is sent. */
export const elasticsearch = defineComponent({
  kind: "destination",
  type: "elasticsearch",
  summary: "Indexes rows in Elasticsearch or OpenSearch, each exactly once.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: elasticsearchSettings,
  create: (settings: ElasticsearchSettings, context) =>
    new ElasticsearchDestination(settings, context),
});

type Context = Pick<DestinationContext, "name" | "clock" | "log">;

export class ElasticsearchDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: ElasticsearchSettings;
  readonly #context: Context;
  readonly #cluster: Cluster;
  readonly #names: IndexNames;
  readonly #stopping = new AbortController();
  #preparing: Promise<void> | undefined;
  #product: Product | undefined;
  #sent = 0;
  #repeated = 0;
  #refused = 0;
  #batches = 0;
  #bytes = 0;
  #errors = 0;

  constructor(settings: ElasticsearchSettings, context: Context) {
    this.#settings = settings;
    this.#context = context;
    this.#cluster = new Cluster(settings, context.clock);
    this.#names = new IndexNames(indexPatternOf(settings));
    this.bounds = {
      rowsMax: settings.bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
  }

  /**
   * A cluster that is down stops no start: it is asked who it is now, and again before rows are sent.
   *
   * @throws SightglassError `config_invalid` when an endpoint is not allowed.
   */
  async start(): Promise<void> {
    this.#cluster.check();
    this.#prepared().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#context.log.warn("A cluster is not ready for rows yet", { error });
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopping"));
    this.#cluster.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    try {
      await this.#ready(cancel);
      const answer = await this.#bulk(delivery, cancel);
      this.#settle(delivery, answer);
    } catch (error) {
      this.#errors += 1;
      throw error;
    }
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_sent: this.#sent,
      total_events_repeated: this.#repeated,
      total_events_refused: this.#refused,
      total_batches_sent: this.#batches,
      total_bytes_sent: this.#bytes,
      total_errors: this.#errors,
    };
  }

  health(): Readonly<Record<string, unknown>> {
    return {
      endpoints: this.#settings.endpoints.map((endpoint) => new URL(endpoint).origin),
      index: indexPatternOf(this.#settings),
      product: this.#product?.distribution ?? "unknown",
      version: this.#product?.version ?? "unknown",
    };
  }

  /** Waits until the cluster is known, unless that is cancelled: others may go on waiting for it. */
  async #ready(cancel: AbortSignal): Promise<void> {
    const cancelled = Promise.withResolvers<never>();
    const onAbort = (): void => cancelled.reject(cancel.reason as Error);
    cancel.throwIfAborted();
    cancel.addEventListener("abort", onAbort);
    try {
      await Promise.race([this.#prepared(), cancelled.promise]);
    } finally {
      cancel.removeEventListener("abort", onAbort);
    }
  }

  /** Once it has come about it is done; until then each send tries again. */
  #prepared(): Promise<void> {
    this.#preparing ??= this.#prepare(this.#stopping.signal).catch((error: unknown) => {
      this.#preparing = undefined;
      // Nothing that is said here is about rows: none of them is given up for it.
      throw error instanceof PermanentError ? new Error(error.message, { cause: error }) : error;
    });
    return this.#preparing;
  }

  async #prepare(cancel: AbortSignal): Promise<void> {
    this.#product = await this.#cluster.product(cancel);
    if (this.#settings.installTemplate) await this.#installTemplate(this.#product, cancel);
  }

  /** Makes the template where there is none; one that is there may have been changed by its owner. */
  async #installTemplate({ distribution }: Product, cancel: AbortSignal): Promise<void> {
    const name = `sightglass-${this.#context.name.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "-")}`;
    const path = `/_index_template/${name}`;
    const there = await this.#cluster.request({ method: "GET", path }, cancel);
    if (there.status === 200) return;
    if (there.status !== 404) this.#mustBeAllowed(there, name);
    const template = templateOf(this.#settings, this.#names.wildcard, distribution);
    const made = await this.#cluster.request(
      {
        method: "PUT",
        path: `${path}?create=true`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(template),
      },
      cancel,
    );
    this.#mustBeAllowed(made, name);
  }

  /** @throws Error when the cluster did not do what was asked of it about the template. */
  #mustBeAllowed(answer: OutboundResponse, template: string): void {
    const error = this.#cluster.errorOf(answer, `the index template ${template}`);
    if (error === undefined) return;
    const hint = "installTemplate: false leaves templates to you";
    throw new Error(`${error.message}; ${hint}`, { cause: error });
  }

  async #bulk(delivery: Delivery, cancel: AbortSignal): Promise<OutboundResponse> {
    const { pipeline, compression } = this.#settings;
    const query = new URLSearchParams({
      filter_path: ANSWER_FIELDS,
      ...(pipeline === undefined ? {} : { pipeline }),
    });
    const lines = Buffer.from(await bulkBody(delivery, this.#settings, this.#names));
    const body = compression ? await compressed(lines) : lines;
    cancel.throwIfAborted();
    const answer = await this.#cluster.request(
      {
        method: "POST",
        path: `/_bulk?${query.toString()}`,
        headers: {
          "content-type": "application/x-ndjson",
          ...(compression ? { "content-encoding": "gzip" } : {}),
        },
        body,
      },
      cancel,
    );
    const error = this.#cluster.errorOf(answer, "_bulk");
    if (error !== undefined) throw error;
    this.#bytes += body.length;
    return answer;
  }

  /** @throws PartialDeliveryError when some rows were not taken. */
  #settle({ rows }: Delivery, { body, headers }: OutboundResponse): void {
    const outcome = outcomeOf(body.toString(), rows.length, this.#settings.operation);
    const { again, againReason, refused, repeated } = outcome;
    this.#batches += 1;
    this.#repeated += repeated;
    this.#refused += refused.length;
    this.#sent += rows.length - again.length - refused.length;
    if (again.length === 0 && refused.length === 0) return;
    const message = again.length > 0 ? againReason : refused[0]!.reason;
    const afterMs = retryAfterMs(headers["retry-after"], this.#context.clock.nowMs());
    throw new PartialDeliveryError(
      message,
      { again, refused },
      afterMs === undefined ? {} : { cause: new RetryAfterError(message, afterMs) },
    );
  }
}
