import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { JournalAppend, JournalCommit, JournalLimits } from "./journal.ts";
import type { PlacedRecord } from "./recent-records.ts";
import { RECORD_HEADER_BYTES } from "./record.ts";
import type { SegmentWriter, SizedAppend } from "./segment-writer.ts";

export interface AppendQueueOptions {
  readonly writer: SegmentWriter;
  readonly clock: Clock;
  readonly limits: JournalLimits;
  readonly onCommit: (commit: JournalCommit, placed: readonly PlacedRecord[]) => void;
}

/** The header has 32 bits for them. */
const ROWS_MAX = 0xffff_ffff;

interface Waiting extends SizedAppend {
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: while one group is being written and synced the next appends gather here, bounded in
 * bytes, and then go together. Each group that the disk refuses is rejected as a whole, and the next
 * one is the probe that finds out whether the disk has healed.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #draining: Promise<void> | undefined;
  #failures = 0;
  #refused = 0;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
  }

  /** Bytes that wait or are being written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Groups that the disk refused. */
  get failures(): number {
    return this.#failures;
  }

  /** Appends refused because too many bytes waited. */
  get refused(): number {
    return this.#refused;
  }

  append(record: JournalAppend): Promise<number> {
    const { limits } = this.#options;
    const payloadBytes = record.payload.reduce((total, part) => total + part.byteLength, 0);
    if (payloadBytes > limits.recordBytesMax) {
      const message = `a journal record of ${payloadBytes} bytes; at most ${limits.recordBytesMax} are allowed`;
      return Promise.reject(new SightglassError("payload_too_large", message));
    }
    if (!Number.isInteger(record.rows) || record.rows < 0 || record.rows > ROWS_MAX) {
      const message = `a journal record of ${record.rows} rows; 0 to ${ROWS_MAX} are allowed`;
      return Promise.reject(new SightglassError("internal", message));
    }
    const bytes = payloadBytes + RECORD_HEADER_BYTES;
    if (this.#bytes > 0 && this.#bytes + bytes > limits.appendQueueBytesMax) {
      this.#refused += 1;
      const { retryAfterSeconds } = limits;
      const message = "The journal's write queue is full";
      return Promise.reject(new SightglassError("overloaded", message, { retryAfterSeconds }));
    }
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, bytes, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async flushed(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // The appends of one turn of the event loop share the first sync.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      const bytes = group.reduce((total, append) => total + append.bytes, 0);
      await this.#commit(group, bytes);
    }
    this.#draining = undefined;
  }

  #takeGroup(): Waiting[] {
    const room = this.#options.writer.roomFor(this.#waiting[0]!.bytes);
    let bytes = 0;
    const over = this.#waiting.findIndex((append, index) => {
      bytes += append.bytes;
      return index > 0 && bytes > room;
    });
    return this.#waiting.splice(0, over < 0 ? this.#waiting.length : over);
  }

  async #commit(group: readonly Waiting[], bytes: number): Promise<void> {
    const { writer, clock, onCommit } = this.#options;
    const startMs = clock.monotonicMs();
    let placed: PlacedRecord[];
    try {
      placed = await writer.commit(group);
    } catch (error) {
      this.#failures += 1;
      this.#bytes -= bytes;
      for (const append of group) append.reject(error);
      return;
    }
    this.#bytes -= bytes;
    const durationMs = clock.monotonicMs() - startMs;
    onCommit({ records: group.length, bytes, durationMs }, placed);
    for (const [index, append] of group.entries()) append.resolve(placed[index]!.place.sequence);
  }
}
