import { createHash } from "node:crypto";
import type { Signal } from "#core/signal.ts";
import { credentialPackages, credentialSource } from "#pipeline/aws/credentials.ts";
import { amazonOrigin } from "#pipeline/aws/key-settings.ts";
import { SignedRequests } from "#pipeline/aws/signed-requests.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import { RetryAfterError } from "#pipeline/delivery/delivery.ts";
import type { Delivery, DeliveryBounds, Row } from "#pipeline/delivery/delivery.ts";
import { signalOf, timeMsOf } from "#pipeline/delivery/row-facts.ts";
import { partitionOf, WHOLE } from "#pipeline/object-storage/partitions.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound, retryAfterMs } from "#pipeline/outbound/outbound.ts";
import { linesOf, type ObjectBody, parquetOf } from "./object-bodies.ts";
import { type BucketAddress, ObjectRequests } from "./object-requests.ts";
import { s3Settings } from "./settings.ts";
import type { S3Settings } from "./settings.ts";
import { S3Error, upload } from "./upload.ts";

const BYTES_MAX = 33_554_432;
/** What seed 003 calls it, and messages do. */
const WHO = "S3Destination";
const HOUR_MS = 3_600_000;
/** Objects at the same time: while one is compressed or uploaded, lines of another are made. */
const IN_FLIGHT = 3;
/** Characters of a delivery's digest in an object's name: 80 bits. */
const DIGEST_CHARACTERS = 20;

/** What rows of a signal are called in objects' names. */
const NAMES = {
  logs: "events",
  traces: "spans",
  metrics: "points",
} as const satisfies Record<Signal, string>;

/**
 * Keeps rows as objects of Amazon S3 or a service like it. An object's name is made of the delivery that
 * it holds, and its bytes of the rows alone: what is delivered again overwrites itself.
 */
export const s3 = defineComponent({
  kind: "destination",
  type: "s3",
  summary:
    "Archives rows as objects of Amazon S3 and what is compatible with it, each exactly once.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: s3Settings,
  packages: (settings: S3Settings, variable) =>
    credentialPackages({ who: WHO, settings, variable }),
  create: (settings: S3Settings, context) => new S3Destination(settings, context),
});

/** Rows that share an object. */
interface Part {
  readonly partition: string;
  readonly name: string;
  /** Of the oldest row. */
  timeMs: number;
  readonly rows: Row[];
}

export class S3Destination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: S3Settings;
  readonly #context: Pick<DestinationContext, "clock" | "variable">;
  readonly #outbound: Outbound;
  #opening: Promise<ObjectRequests> | undefined;
  #events = 0;
  #batches = 0;
  #bytes = 0;
  #originalBytes = 0;

  constructor(settings: S3Settings, context: Pick<DestinationContext, "clock" | "variable">) {
    this.#settings = settings;
    this.#context = context;
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock: context.clock });
    this.bounds = {
      rowsMax: settings.bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
      inFlight: IN_FLIGHT,
    };
  }

  /** @throws SightglassError `config_invalid` for an endpoint that is not allowed, or without a way to credentials. */
  async start(): Promise<void> {
    destinationUrl(addressOf(this.#settings).origin, this.#settings);
    await this.#open();
  }

  async stop(): Promise<void> {
    this.#outbound.close();
  }

  /**
   * Whatever S3 says may be mended, and is tried again: rows are never the reason. So none becomes a
   * dead letter while others of its delivery are in an object.
   */
  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const requests = await this.#open();
    for (const part of partsOf(delivery.rows, this.#settings)) {
      const body = await this.#bodyOf(part.rows);
      cancel.throwIfAborted();
      const object = {
        key: this.#keyOf(part, delivery.key),
        body: body.bytes,
        headers: this.#headers(),
      };
      try {
        await upload(requests, object, this.#settings.multipartThreshold, cancel);
      } catch (error) {
        throw this.#deliveryError(error);
      }
      this.#count(part, body);
    }
  }

  /** In the names of the event pipeline of old; `compression_ratio` is compressed bytes by original ones, over all objects. */
  statistics(): Readonly<Record<string, number>> {
    const each = (total: number): number => (this.#batches === 0 ? 0 : total / this.#batches);
    return {
      total_events_uploaded: this.#events,
      total_batches_uploaded: this.#batches,
      total_bytes_uploaded: this.#bytes,
      compression_ratio: this.#originalBytes === 0 ? 0 : this.#bytes / this.#originalBytes,
      average_batch_size: each(this.#events),
      average_upload_size_bytes: each(this.#bytes),
    };
  }

  /** What its health says beside what every destination's does. */
  health(): Readonly<Record<string, unknown>> {
    const { bucket, region, prefix, compression, storageClass, partitioning, partitionFormat } =
      this.#settings;
    return { bucket, region, prefix, compression, storageClass, partitioning, partitionFormat };
  }

  #open(): Promise<ObjectRequests> {
    this.#opening ??= this.#opened().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #opened(): Promise<ObjectRequests> {
    const settings = this.#settings;
    const { clock, variable } = this.#context;
    const requests = await SignedRequests.open({
      outbound: this.#outbound,
      clock,
      service: "s3",
      region: settings.region,
      credentials: await credentialSource({ who: WHO, settings, variable }),
    });
    return new ObjectRequests(requests, addressOf(settings));
  }

  #bodyOf(rows: readonly Row[]): Promise<ObjectBody> {
    const { format, compression, compressionLevel } = this.#settings;
    if (format === "parquet") return parquetOf(rows, compression);
    return linesOf(rows, compression ? compressionLevel : undefined);
  }

  #keyOf({ partition, name, timeMs }: Part, deliveryKey: string): string {
    const { format, compression } = this.#settings;
    const digest = createHash("sha256").update(deliveryKey).digest("hex");
    const ending = format === "parquet" ? "parquet" : compression ? "jsonl.gz" : "jsonl";
    const file = `${name}-${timeMs}-${digest.slice(0, DIGEST_CHARACTERS)}.${ending}`;
    const prefix = this.#settings.prefix.replaceAll(/^\/+|\/+$/g, "");
    const folder = this.#settings.partitioning ? partition : "";
    return [prefix, folder, file].filter((segment) => segment !== "").join("/");
  }

  #headers(): Record<string, string> {
    const { format, compression, storageClass, serverSideEncryption, kmsKeyId } = this.#settings;
    return {
      // The ending says that it is compressed: with a Content-Encoding some clients would unpack it unasked.
      "content-type":
        format === "parquet"
          ? "application/vnd.apache.parquet"
          : compression
            ? "application/gzip"
            : "application/x-ndjson",
      "x-amz-storage-class": storageClass,
      ...(serverSideEncryption ? { "x-amz-server-side-encryption": serverSideEncryption } : {}),
      ...(kmsKeyId ? { "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId } : {}),
    };
  }

  #deliveryError(error: unknown): unknown {
    if (!(error instanceof S3Error)) return error;
    const afterMs = retryAfterMs(error.retryAfter, this.#context.clock.nowMs());
    return afterMs === undefined
      ? error
      : new RetryAfterError(error.message, afterMs, { cause: error });
  }

  #count({ rows }: Part, { bytes, originalBytes }: ObjectBody): void {
    this.#events += rows.length;
    this.#batches += 1;
    this.#bytes += bytes.length;
    this.#originalBytes += originalBytes;
  }
}

/** Rows by what they share an object with: those of one partition and name, in order. */
export function partsOf(
  rows: readonly Row[],
  { partitioning, partitionFormat }: Pick<S3Settings, "partitioning" | "partitionFormat">,
): Part[] {
  const parts = new Map<string, Part>();
  // Rows come close together, and no partition is finer than an hour: most go where the one before went.
  let latest: { readonly hour: number; readonly part: Part } | undefined;
  for (const row of rows) {
    const timeMs = timeMsOf(row);
    const hour = Math.floor(timeMs / HOUR_MS);
    const name = NAMES[signalOf(row)];
    if (latest?.hour !== hour || latest.part.name !== name) {
      const partition = partitioning ? partitionOf(timeMs, partitionFormat) : WHOLE;
      const id = `${partition} ${name}`;
      const part = parts.get(id) ?? { partition, name, timeMs, rows: [] };
      parts.set(id, part);
      latest = { hour, part };
    }
    const { part } = latest;
    part.rows.push(row);
    part.timeMs = Math.min(part.timeMs, timeMs);
  }
  return [...parts.values()];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function addressOf({ bucket, region, endpoint, forcePathStyle }: S3Settings): BucketAddress {
  const url = new URL(endpoint ?? amazonOrigin("s3", region));
  const basePath = url.pathname.replace(/\/+$/, "");
  // A certificate for all of a service's names is for none with a further point.
  if (forcePathStyle ?? (endpoint !== undefined || bucket.includes(".")))
    return { origin: url.origin, basePath: `${basePath}/${bucket}` };
  return { origin: `${url.protocol}//${bucket}.${url.host}`, basePath };
}
