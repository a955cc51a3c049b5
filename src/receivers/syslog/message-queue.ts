import { LogBuilder } from "#core/build/log-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Clock } from "#core/clock.ts";
import type { TimeWindow } from "#core/rejections.ts";
import type { Push, ReceiverContext } from "#pipeline/component.ts";
import type { SyslogRecord } from "./log-record.ts";

export const SYSLOG_QUEUE_LIMITS = {
  /** Messages of one batch. */
  rowsMax: 5_000,
  /** Bytes of messages that wait: from half of it on streams are not read, at all of it datagrams are dropped. */
  bytesMax: 16 * 1024 * 1024,
  /** What a waiting message takes beside its bytes. */
  recordBytes: 1_024,
  retryMsMin: 500,
  retryMsMax: 30_000,
  /** Tries of a batch that fails for no known reason. */
  attemptsMax: 8,
  /** How long a stop goes on pushing what waits. */
  drainMsMax: 10_000,
} as const;

export type DropReason = "queue_full" | "failed" | "stopped" | "rejected";

export interface MessageQueueOptions {
  readonly push: Push;
  readonly timeWindow: () => TimeWindow;
  readonly clock: Clock;
  readonly log: ReceiverContext["log"];
  readonly onDropped: (messages: number, reason: DropReason) => void;
  readonly onAccepted: (messages: number) => void;
  /** There is room again, after {@link MessageQueue.isBusy} was true. */
  readonly onRoom: () => void;
  readonly bytesMax?: number;
}

interface Waiting {
  readonly record: SyslogRecord;
  readonly bytes: number;
}

/**
 * Messages on their way into the pipeline: one batch at a time is pushed, and what comes meanwhile
 * becomes the next. Messages are kept until their batch is durable, so a refused one is pushed again.
 */
export class MessageQueue {
  private readonly options: MessageQueueOptions;
  private readonly bytesMax: number;
  private waiting: Waiting[] = [];
  private bytes = 0;
  private running: Promise<void> | undefined;
  private isStopping = false;
  private isOverdue = false;
  private wake: (() => void) | undefined;

  constructor(options: MessageQueueOptions) {
    this.options = options;
    this.bytesMax = options.bytesMax ?? SYSLOG_QUEUE_LIMITS.bytesMax;
  }

  /** Whether senders that can be made to wait should. */
  get isBusy(): boolean {
    return this.bytes >= this.bytesMax / 2;
  }

  /** Takes a message of `bytes`, or drops and counts it when the queue is full. */
  add(record: SyslogRecord, bytes: number): void {
    const taken = bytes + SYSLOG_QUEUE_LIMITS.recordBytes;
    if (this.bytes + taken > this.bytesMax) {
      this.options.onDropped(1, "queue_full");
      return;
    }
    this.waiting.push({ record, bytes: taken });
    this.bytes += taken;
    this.running ??= this.run();
  }

  /** Pushes what waits, within a bound of time; the rest is dropped and counted. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const timer = this.options.clock.setTimeout(() => {
      this.isOverdue = true;
      this.wake?.();
    }, SYSLOG_QUEUE_LIMITS.drainMsMax);
    await this.running;
    timer.cancel();
  }

  private async run(): Promise<void> {
    // What arrives in the same turn of the event loop goes into the first batch too.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, SYSLOG_QUEUE_LIMITS.rowsMax);
      await this.deliver(batch);
      this.waiting = this.waiting.slice(batch.length);
      const wasBusy = this.isBusy;
      for (const { bytes } of batch) this.bytes -= bytes;
      if (wasBusy && !this.isBusy) this.options.onRoom();
    }
    this.running = undefined;
  }

  /** Resolves when the batch is durable, or was dropped and counted. */
  private async deliver(batch: readonly Waiting[]): Promise<void> {
    for (let attempt = 1; !this.isOverdue; attempt++) {
      try {
        await this.pushOnce(batch);
        return;
      } catch (error) {
        const isKnown = error instanceof SightglassError;
        if (!isKnown && attempt >= SYSLOG_QUEUE_LIMITS.attemptsMax) {
          this.options.log.error("Syslog messages were dropped: their batch cannot be taken", {
            error,
            messages: batch.length,
          });
          this.options.onDropped(batch.length, "failed");
          return;
        }
        this.options.log.warn("Syslog messages wait: the pipeline did not take them", { error });
        await this.wait(error, attempt);
      }
    }
    this.options.log.warn("Syslog messages were dropped: the pipeline did not take them in time", {
      messages: batch.length,
    });
    this.options.onDropped(batch.length, "stopped");
  }

  private async pushOnce(batch: readonly Waiting[]): Promise<void> {
    const { push, timeWindow, clock, onDropped, onAccepted } = this.options;
    const observedNs = BigInt(Math.round(clock.nowMs())) * 1_000_000n;
    const builder = new LogBuilder({ observedNs, window: timeWindow() });
    let sourceBytes = 0;
    for (const { record, bytes } of batch) {
      builder.group(record.resource);
      builder.add(record.input);
      sourceBytes += bytes;
    }
    const rejected = builder.rejections.count;
    const accepted = builder.rows;
    await push(builder.finish(sourceBytes), DEFAULT_ORG);
    if (rejected > 0) onDropped(rejected, "rejected");
    onAccepted(accepted);
  }

  private async wait(error: unknown, attempt: number): Promise<void> {
    const { retryMsMin, retryMsMax } = SYSLOG_QUEUE_LIMITS;
    const asked = error instanceof SightglassError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
    const backoff = retryMsMin * 2 ** Math.min(attempt - 1, 16);
    const waitMs = Math.min(retryMsMax, Math.max(asked, backoff));
    if (this.isOverdue) return;
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.setTimeout(resolve, this.isStopping ? retryMsMin : waitMs);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.wake = undefined;
  }
}
