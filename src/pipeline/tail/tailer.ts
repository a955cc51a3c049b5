import { Buffer } from "node:buffer";
import type { Clock, Timer } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { JournalFiles } from "../journal/files.ts";
import { KnownFiles } from "./known-files.ts";
import { FINGERPRINT_BYTES } from "./place.ts";
import { PlaceFile } from "./place-file.ts";
import type { SplitSettings } from "./split-records.ts";
import type { TailFiles } from "./tail-files.ts";
import type { ReadContext, TailedFile } from "./tailed-file.ts";

export const TAIL_LIMITS = {
  /** Files of one folder that are looked at; those after them are left out, and it is said. */
  filesMax: 10_000,
  /** Files that are open at once. One that is closed is found again by its inode. */
  openFilesMax: 256,
  /** How long a file that does not change stays open. */
  openMsMax: 600_000,
  /** Records, and bytes of them, that are pushed at once. */
  recordsMax: 5_000,
  batchBytesMax: 4 * 1024 * 1024,
  readBytesMin: 256 * 1024,
  /** How long a file that was rotated away may be still before its last line counts as ended. */
  finalMs: 30_000,
  /** How long the place of a file that is gone is kept. */
  forgetMs: 7 * 86_400_000,
  retryMsMin: 1_000,
  retryMsMax: 30_000,
} as const;

/** One record of a file, as text. */
export interface TailedRecord {
  readonly text: string;
  /** The file's name below the folder. */
  readonly path: string;
  /** It was longer than the bound. */
  readonly isCut: boolean;
}

export type TailEvent =
  | { readonly kind: "truncated"; readonly path: string }
  | { readonly kind: "too_many_files"; readonly files: number }
  /** Reading, delivering or noting failed; it is tried again. */
  | {
      readonly kind: "failed";
      readonly what: "read" | "deliver" | "note";
      readonly error: unknown;
    };

export interface TailOptions {
  readonly files: TailFiles;
  /** For the places. */
  readonly stateFiles: JournalFiles;
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly folder: string;
  /** Whether a file, by its name below the folder, is followed. */
  readonly isWanted: (path: string) => boolean;
  /** Whether folders within the folder are looked into. */
  readonly isDeep: boolean;
  readonly split: SplitSettings;
  readonly encoding: "utf8" | "latin1";
  /** Where files begin that are there at the very first start. Any that come later begin at their start. */
  readonly startAt: "beginning" | "end";
  readonly pollMs: number;
  /** After how long without a further line a record of several lines counts as whole. */
  readonly flushMs: number;
  /**
   * Takes records, in order for each file. Resolves when they are durable; when it rejects, they are
   * read and handed over again.
   */
  readonly deliver: (records: readonly TailedRecord[], bytes: number) => Promise<void>;
  readonly report: (event: TailEvent) => void;
}

interface Gathered {
  readonly records: TailedRecord[];
  bytes: number;
  /** Something was read, so there may be more. */
  isMore: boolean;
  /** The batch is to be handed over before anything else is read. */
  isFull: boolean;
}

/**
 * Follows the files of a folder: looks at it now and then, reads what is new, hands it over in
 * batches, and notes durably how far it came once a batch is durable. So each record is handed over at
 * least once, and twice only when it was in the one batch that was durable, but not noted, when the
 * process ended. A file keeps its place when it is renamed; one that is truncated is read from its
 * start, and what was not read before from the copy that rotation made of it.
 */
export class Tailer {
  private readonly options: TailOptions;
  private readonly places: PlaceFile;
  private readonly buffer: Buffer;
  private known: KnownFiles | undefined;
  /** Files that are open, and those that could not be read since the last look. */
  private readonly open = new Set<TailedFile>();
  private readonly unreadable = new Set<TailedFile>();
  private timer: Timer | undefined;
  private wake: (() => void) | undefined;
  private polling: Promise<void> | undefined;
  private isStopping = false;
  private failures = 0;
  /** Until the next look: longer after failures, and as long as was asked for. */
  private nextDelayMs = 0;
  private isFirstLook = false;
  /** Counts reads, so that each file has its turn. */
  private turn = 0;

  constructor(options: TailOptions) {
    this.options = options;
    this.places = new PlaceFile(options.stateFiles, options.stateFolder);
    const readBytes = Math.max(TAIL_LIMITS.readBytesMin, 3 * options.split.recordBytesMax);
    this.buffer = Buffer.allocUnsafeSlow(readBytes + FINGERPRINT_BYTES);
  }

  /** Reads the places, and begins to follow. @throws when the places cannot be read or written. */
  async start(): Promise<void> {
    await this.load();
    this.schedule(0);
  }

  /** As {@link start}, but looks only when {@link poll} is called. */
  async load(): Promise<void> {
    const { folder, files, isWanted, clock } = this.options;
    const kept = await this.places.load();
    this.isFirstLook = this.places.isNew;
    const options = { files, folder, isWanted, forgetMs: TAIL_LIMITS.forgetMs };
    this.known = new KnownFiles(options, kept, clock.monotonicMs());
  }

  /** Finishes the batch that is being handed over. Idempotent, and safe before start. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.timer?.cancel();
    this.wake?.();
    await this.polling;
    for (const file of this.known?.all ?? []) await file.close();
    await this.places.close();
  }

  /** Looks at the folder once, and reads all that is new. Never rejects: what fails is reported. */
  async poll(): Promise<void> {
    const { known } = this;
    if (known === undefined) return;
    let what: "read" | "deliver" | "note" = "read";
    try {
      await this.look(known);
      // A file that is known is found again whatever becomes of it, so that comes before its content.
      await this.note(known);
      for (;;) {
        what = "read";
        const gathered = await this.gather(known);
        if (this.isStopping) break;
        what = "deliver";
        if (gathered.records.length > 0) {
          await this.options.deliver(gathered.records, gathered.bytes);
        }
        what = "note";
        await this.note(known);
        if (!gathered.isMore) break;
      }
      await this.closeIdle();
      this.failures = 0;
    } catch (error) {
      this.failures++;
      this.options.report({ kind: "failed", what, error });
      known.rewind();
      this.delayNext(error);
    }
  }

  private delayNext(error: unknown): void {
    const { retryMsMin, retryMsMax } = TAIL_LIMITS;
    const asked = error instanceof SightglassError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
    const backoff = retryMsMin * 2 ** Math.min(this.failures - 1, 16);
    this.nextDelayMs = Math.min(retryMsMax, Math.max(asked, backoff));
  }

  private schedule(delayMs: number): void {
    this.timer = this.options.clock.setTimeout(() => {
      this.nextDelayMs = this.options.pollMs;
      this.polling = this.poll().then(() => {
        if (!this.isStopping) this.schedule(this.nextDelayMs);
      });
    }, delayMs);
  }

  private async look(known: KnownFiles): Promise<void> {
    const { files, folder, isDeep, clock, startAt, report } = this.options;
    const { filesMax } = TAIL_LIMITS;
    const found = await files.list(folder, { isDeep, filesMax });
    if (found.length >= filesMax) report({ kind: "too_many_files", files: filesMax });
    const atEnd = this.isFirstLook && startAt === "end";
    await known.reconcile(found, clock.monotonicMs(), atEnd);
    this.isFirstLook = false;
    this.unreadable.clear();
  }

  /** Reads from file after file, each in its turn, until a batch is full or nothing is new. */
  private async gather(known: KnownFiles): Promise<Gathered> {
    const gathered: Gathered = { records: [], bytes: 0, isMore: false, isFull: false };
    const { recordsMax, batchBytesMax } = TAIL_LIMITS;
    const files = known.all;
    for (let i = 0; i < files.length && !gathered.isFull; i++) {
      const file = files[this.turn++ % files.length]!;
      const context = this.readContext(recordsMax - gathered.records.length);
      try {
        if (this.unreadable.has(file) || !(await file.needsRead(context))) continue;
        await this.readFrom(known, file, context, gathered);
        await this.boundOpen(file);
      } catch (error) {
        // One file that cannot be read does not hold up the others, until the next look.
        this.unreadable.add(file);
        this.options.report({ kind: "failed", what: "read", error });
      }
      gathered.isFull ||= gathered.records.length >= recordsMax || gathered.bytes >= batchBytesMax;
    }
    return gathered;
  }

  private async boundOpen(file: TailedFile): Promise<void> {
    if (!file.isOpen) return;
    this.open.add(file);
    if (this.open.size <= TAIL_LIMITS.openFilesMax || file.isMissing) return;
    this.open.delete(file);
    await file.close();
  }

  private async readFrom(
    known: KnownFiles,
    file: TailedFile,
    context: ReadContext,
    gathered: Gathered,
  ): Promise<void> {
    const { offset } = file.next;
    const outcome = await file.read(context);
    if (outcome.kind === "unreachable") return;
    if (outcome.kind === "replaced") {
      await this.handleTruncated(known, file, context, gathered);
      return;
    }
    gathered.isMore ||= file.next.offset !== offset;
    for (const { from, to, isCut } of outcome.split.records) {
      const isStart = offset === 0 && from === 0;
      const text = this.textOf(outcome.bytes.subarray(from, to), isStart);
      gathered.bytes += to - from;
      if (text !== "") gathered.records.push({ text, path: file.path, isCut });
    }
  }

  /** What is found out is noted with this batch, before a copy that was found is read. */
  private async handleTruncated(
    known: KnownFiles,
    file: TailedFile,
    { nowMs }: ReadContext,
    gathered: Gathered,
  ): Promise<void> {
    gathered.isMore = true;
    gathered.isFull = true;
    const { files, folder, isDeep, report } = this.options;
    report({ kind: "truncated", path: file.path });
    const found = await files.list(folder, { isDeep, filesMax: TAIL_LIMITS.filesMax });
    await known.truncated(file, found, nowMs);
  }

  /** Without the mark at a file's start, CR before a line's end, and the holes that truncation leaves. */
  private textOf(bytes: Buffer, isStart: boolean): string {
    let from = 0;
    while (from < bytes.length && bytes[from] === 0) from++;
    const text = bytes.toString(this.options.encoding, from).replaceAll(/\r(?=\n|$)/g, "");
    return isStart && text.startsWith("\uFEFF") ? text.slice(1) : text;
  }

  private readContext(recordsMax: number): ReadContext {
    const { files, folder, split, clock, flushMs } = this.options;
    const { finalMs } = TAIL_LIMITS;
    const nowMs = clock.monotonicMs();
    return { files, folder, buffer: this.buffer, split, recordsMax, nowMs, flushMs, finalMs };
  }

  /**
   * What was handed over is durable now. Until that is noted nothing else is handed over, so that no
   * more than one batch can come twice; a failure to note is not one to deliver, so nothing is rewound.
   */
  private async note(known: KnownFiles): Promise<void> {
    const changes = known.changes();
    while (changes.size > 0) {
      try {
        await this.places.save(changes);
        known.markNoted(changes);
        return;
      } catch (error) {
        if (this.isStopping) throw error;
        this.failures++;
        this.options.report({ kind: "failed", what: "note", error });
        this.delayNext(error);
        await this.pause(this.nextDelayMs);
      }
    }
  }

  private async pause(delayMs: number): Promise<void> {
    if (this.isStopping) return;
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.setTimeout(resolve, delayMs);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.wake = undefined;
  }

  private async closeIdle(): Promise<void> {
    const context = this.readContext(1);
    for (const file of this.open) {
      const isIdle = !file.isMissing && context.nowMs - file.grownMs >= TAIL_LIMITS.openMsMax;
      if (!isIdle && !file.isDone(context)) continue;
      this.open.delete(file);
      await file.close();
    }
  }
}
