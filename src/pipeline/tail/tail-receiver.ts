import { LogBuilder } from "#core/build/log-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Receiver, ReceiverContext } from "../component.ts";
import { nodeFiles } from "../journal/files.ts";
import { nodeTailFiles } from "./tail-files.ts";
import { type TailedRecord, Tailer, type TailEvent, type TailOptions } from "./tailer.ts";

/** Of a receiver whose records come from files. */
export interface TailReceiverOptions {
  readonly context: ReceiverContext;
  readonly tail: Pick<
    TailOptions,
    "folder" | "isWanted" | "isDeep" | "split" | "encoding" | "startAt" | "pollMs" | "flushMs"
  >;
  /** Adds a record to a batch. */
  readonly add: (builder: LogBuilder, record: TailedRecord) => void;
}

/**
 * A receiver that follows the files of a folder. Its places are noted after each push, so a record is
 * pushed at least once; when the process ends between the two, the records of one batch (at most
 * `TAIL_LIMITS.recordsMax`) are pushed again.
 */
export class TailReceiver implements Receiver {
  private readonly options: TailReceiverOptions;
  private readonly tailer: Tailer;
  private readonly counts: ReturnType<typeof countersOf>;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(options: TailReceiverOptions) {
    const { context, tail } = options;
    this.options = options;
    this.counts = countersOf(context);
    this.tailer = new Tailer({
      ...tail,
      files: nodeTailFiles,
      stateFiles: nodeFiles,
      stateFolder: context.stateFolder,
      clock: context.clock,
      deliver: (records, bytes) => this.deliver(records, bytes),
      report: (event) => this.report(event),
    });
  }

  async start(): Promise<void> {
    if (this.stopped !== undefined) {
      throw new SightglassError("stopping", `${this.options.context.name} was stopped`);
    }
    this.started ??= this.tailer.start();
    return this.started;
  }

  async stop(): Promise<void> {
    this.stopped ??= this.close();
    return this.stopped;
  }

  private async close(): Promise<void> {
    await Promise.allSettled([this.started]);
    await this.tailer.stop();
  }

  private async deliver(records: readonly TailedRecord[], bytes: number): Promise<void> {
    const { context, add } = this.options;
    const { clock, timeWindow, push, log } = context;
    const builder = new LogBuilder({
      observedNs: BigInt(Math.round(clock.nowMs())) * 1_000_000n,
      window: timeWindow("logs"),
    });
    for (const record of records) add(builder, record);
    const { count: rejected, message } = builder.rejections;
    const accepted = builder.rows;
    await push(builder.finish(bytes), DEFAULT_ORG);
    this.counts.records.add(accepted);
    this.counts.bytes.add(bytes);
    this.counts.cut.add(records.filter(({ isCut }) => isCut).length);
    if (rejected === 0) return;
    this.counts.rejected.add(rejected);
    log.warn("Records of files were left out", {
      receiver: context.name,
      rejected,
      reason: message,
    });
  }

  private report(event: TailEvent): void {
    const { log, name: receiver } = this.options.context;
    switch (event.kind) {
      case "truncated":
        this.counts.truncated.add(1);
        log.info("A file was truncated and is read from its start", { receiver, path: event.path });
        return;
      case "too_many_files":
        log.warn("A folder has more files than are looked at", { receiver, filesMax: event.files });
        return;
      case "failed":
        this.counts.failures.add(1, { step: event.what });
        log.warn("Following files failed and is tried again", {
          receiver,
          step: event.what,
          error: event.error,
        });
    }
  }
}

function countersOf({ meter }: ReceiverContext) {
  return {
    records: meter.counter({
      name: "tail_records_total",
      help: "Records of files that the pipeline has made durable.",
    }),
    bytes: meter.counter({
      name: "tail_bytes_total",
      help: "Bytes of those records.",
      unit: "By",
    }),
    rejected: meter.counter({
      name: "tail_records_rejected_total",
      help: "Records that were left out for their time or nesting.",
    }),
    cut: meter.counter({
      name: "tail_records_cut_total",
      help: "Records that were longer than the bound.",
    }),
    truncated: meter.counter({
      name: "tail_files_truncated_total",
      help: "Files that were found truncated.",
    }),
    failures: meter.counter({
      name: "tail_failures_total",
      help: "Failures that are tried again: to read a file, to deliver a batch, to note a place.",
      labels: ["step"],
    }),
  };
}
