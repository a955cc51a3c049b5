import { z } from "zod";
import { credentialPackages, credentialSource } from "#pipeline/aws/credentials.ts";
import { amazonOrigin } from "#pipeline/aws/key-settings.ts";
import { SignedRequests } from "#pipeline/aws/signed-requests.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { sendParts, type Refusal } from "#pipeline/delivery/send-parts.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import { batchesOf, type EventBatch, type Naming } from "./batches.ts";
import { LogsApi, LogsApiError } from "./logs-api.ts";
import { nameBy } from "./names.ts";
import { cloudwatchLogsSettings } from "./settings.ts";
import type { CloudwatchLogsSettings } from "./settings.ts";

/** What messages call it. */
const WHO = "CloudWatchDestination";
const BYTES_MAX = 4_194_304;
/** Groups that wait for their retention; the oldest go first, and keep their events for ever. */
const UNRETAINED_MAX = 10_000;

/** Sends rows to Amazon CloudWatch Logs, each as an event of JSON. */
export const cloudwatchLogs = defineComponent({
  kind: "destination",
  type: "cloudwatch_logs",
  summary: "Sends rows as JSON to log groups of Amazon CloudWatch Logs.",
  signals: { traces: "experimental", metrics: "experimental", logs: "stable" },
  settings: cloudwatchLogsSettings,
  packages: (settings: CloudwatchLogsSettings, variable) =>
    credentialPackages({ who: WHO, settings, variable }),
  create: (settings: CloudwatchLogsSettings, context) =>
    new CloudwatchLogsDestination(settings, context),
});

/** The API's answer to `PutLogEvents`: places in the batch that was sent. */
const putAnswer = z.object({
  rejectedLogEventsInfo: z
    .object({
      tooOldLogEventEndIndex: z.int().optional(),
      expiredLogEventEndIndex: z.int().optional(),
      tooNewLogEventStartIndex: z.int().optional(),
    })
    .optional(),
});

export class CloudwatchLogsDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: CloudwatchLogsSettings;
  readonly #context: Pick<DestinationContext, "clock" | "variable">;
  readonly #outbound: Outbound;
  readonly #endpoint: string;
  readonly #naming: Naming;
  /** Groups that were created here and have no retention yet: an attempt may fail between the two. */
  readonly #unretained = new Set<string>();
  #opening: Promise<LogsApi> | undefined;
  #events = 0;
  #batches = 0;
  #rejected = 0;
  #errors = 0;

  constructor(
    settings: CloudwatchLogsSettings,
    context: Pick<DestinationContext, "clock" | "variable">,
  ) {
    this.#settings = settings;
    this.#context = context;
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock: context.clock });
    this.#endpoint = settings.endpoint ?? amazonOrigin("logs", settings.region);
    this.#naming = {
      group: nameBy(settings.logGroup, "group"),
      stream: nameBy(settings.logStream, "stream"),
    };
    this.bounds = {
      rowsMax: settings.bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
  }

  /** @throws SightglassError `config_invalid` for an endpoint that is not allowed, or without a way to credentials. */
  async start(): Promise<void> {
    destinationUrl(this.#endpoint, this.#settings);
    await this.#open();
  }

  async stop(): Promise<void> {
    this.#outbound.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const api = await this.#open();
    const { batches, refused } = batchesOf(delivery, this.#naming);
    this.#rejected += refused.length;
    const put = async (batch: EventBatch): Promise<readonly Refusal[]> => {
      const rejections = await this.#put(api, batch, cancel).catch((error: unknown) => {
        this.#errors += 1;
        throw error;
      });
      this.#events += batch.events.length - rejections.length;
      this.#batches += 1;
      this.#rejected += rejections.length;
      return rejections;
    };
    await sendParts(delivery.rows.length, batches, put, { refused });
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_sent: this.#events,
      total_batches_sent: this.#batches,
      total_events_rejected: this.#rejected,
      total_errors: this.#errors,
    };
  }

  /** What its health says beside what every destination's does. */
  health(): Readonly<Record<string, unknown>> {
    const { region, logGroup, logStream } = this.#settings;
    return { region, logGroup, logStream };
  }

  #open(): Promise<LogsApi> {
    this.#opening ??= this.#opened().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #opened(): Promise<LogsApi> {
    const { clock, variable } = this.#context;
    const settings = this.#settings;
    const { region, timeout } = settings;
    const credentials = await credentialSource({ who: WHO, settings, variable });
    const outbound = this.#outbound;
    const service = "logs";
    const requests = await SignedRequests.open({ outbound, clock, service, region, credentials });
    return new LogsApi({
      requests,
      endpoint: this.#endpoint,
      msMax: timeout,
      nowMs: () => clock.nowMs(),
    });
  }

  /** Returns what the service took no part of. */
  async #put(api: LogsApi, batch: EventBatch, cancel: AbortSignal): Promise<readonly Refusal[]> {
    const { group: logGroupName, stream: logStreamName, events: logEvents } = batch;
    const put = async (): Promise<unknown> => {
      await this.#retain(api, logGroupName, cancel);
      return api.call("PutLogEvents", { logGroupName, logStreamName, logEvents }, cancel);
    };
    let answer: unknown;
    try {
      answer = await put();
    } catch (error) {
      if (!this.#settings.createMissing || !hasCode(error, "ResourceNotFoundException"))
        throw error;
      await this.#create(api, logGroupName, logStreamName, cancel);
      answer = await put();
    }
    return refusalsOf(answer, batch);
  }

  /** Another sender may create them at the same time. */
  async #create(api: LogsApi, group: string, stream: string, cancel: AbortSignal): Promise<void> {
    const create = async (action: string, input: object): Promise<boolean> => {
      try {
        await api.call(action, input, cancel);
        return true;
      } catch (error) {
        if (hasCode(error, "ResourceAlreadyExistsException")) return false;
        throw error;
      }
    };
    const isNew = await create("CreateLogGroup", { logGroupName: group });
    if (isNew) this.#mustRetain(group);
    await this.#retain(api, group, cancel);
    await create("CreateLogStream", { logGroupName: group, logStreamName: stream });
  }

  #mustRetain(group: string): void {
    if (this.#settings.retentionDays === undefined) return;
    this.#unretained.add(group);
    if (this.#unretained.size <= UNRETAINED_MAX) return;
    const [oldest] = this.#unretained;
    this.#unretained.delete(oldest!);
  }

  /** Says how long a group of ours keeps its events, unless that was said before. */
  async #retain(api: LogsApi, group: string, cancel: AbortSignal): Promise<void> {
    if (!this.#unretained.has(group)) return;
    const input = { logGroupName: group, retentionInDays: this.#settings.retentionDays };
    await api.call("PutRetentionPolicy", input, cancel);
    this.#unretained.delete(group);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof LogsApiError && error.code === code;
}

/** The events that the service rejected: ends are exclusive, starts inclusive. */
function refusalsOf(answer: unknown, { places }: EventBatch): Refusal[] {
  const rejected = putAnswer.safeParse(answer).data?.rejectedLogEventsInfo;
  if (rejected === undefined) return [];
  const tooOld = rejected.tooOldLogEventEndIndex ?? 0;
  const expired = rejected.expiredLogEventEndIndex ?? 0;
  const tooNew = rejected.tooNewLogEventStartIndex ?? places.length;
  return places.flatMap((index, place) => {
    if (place < tooOld) return [{ index, reason: "more than 14 days old" }];
    if (place < expired) return [{ index, reason: "older than what the log group retains" }];
    return place >= tooNew ? [{ index, reason: "more than two hours in the future" }] : [];
  });
}
