import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { isFull, reasonOf, writeFully } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import { FreeSpace } from "./free-space.ts";
import type { JournalAppend, JournalEvent, JournalLimits } from "./journal.ts";
import { openNewFile, publishNewFile, removeNewFile } from "./new-segment-file.ts";
import type { NewSegmentFile } from "./new-segment-file.ts";
import { PartedRecord } from "./recent-records.ts";
import type { PlacedRecord } from "./recent-records.ts";
import {
  NONCE_BYTES,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  crcOfParts,
  encodeRecordHeader,
  encodeSegmentHeader,
} from "./record.ts";
import type { RecordHeader } from "./record.ts";
import type { Recovered } from "./recover.ts";
import { addSignalRows } from "./row-counts.ts";
import { SegmentScanner } from "./scan.ts";
import { advance } from "./segments.ts";
import type { Place, Segment, SegmentTable } from "./segments.ts";
import type { SpareSegments } from "./spare-segments.ts";

export interface SegmentWriterOptions {
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly limits: JournalLimits;
  readonly payloadVersion: number;
  readonly random: (bytes: number) => Buffer;
  readonly report: (event: JournalEvent) => void;
  readonly spares: SpareSegments;
}

/** An append with the bytes that it takes in a segment. */
export interface SizedAppend {
  readonly record: JournalAppend;
  readonly bytes: number;
}

/** Its file can be longer than the segment, where it is written over a spare. */
interface Target extends NewSegmentFile {
  readonly segment: Segment;
  /** Its file exists, but nothing of it is written yet. */
  readonly isNew: boolean;
}

/**
 * Writes groups of records to the newest segment, one group at a time: one write, one sync, and
 * either the whole group is durable or nothing of it counts.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #table: SegmentTable;
  readonly #space: FreeSpace;
  #active: Target | undefined;
  /** Done when the segment before the active one has been cut behind its last record and closed. */
  #leaving: Promise<void> = Promise.resolve();
  /** A segment found at the start, in which writing can go on. */
  #resumable: Segment | undefined;
  #head: Place;
  #nextSequence: number;

  constructor(options: SegmentWriterOptions, recovered: Recovered) {
    this.#options = options;
    this.#table = recovered.table;
    const { folder } = recovered.table;
    this.#space = new FreeSpace({ ...options, folder, reclaim: () => options.spares.removeAll() });
    this.#resumable = recovered.newestIsClean ? recovered.table.newest : undefined;
    this.#head = recovered.head;
    this.#nextSequence = recovered.nextSequence;
  }

  /** After the last durable record. */
  get head(): Place {
    return this.#head;
  }

  /** Bytes that the active segment's file has behind the last record. */
  get unwrittenBytes(): number {
    const active = this.#active;
    return active === undefined ? 0 : Math.max(0, active.fileBytes - active.segment.end.offset);
  }

  /** Bytes that a group may have so that it fits one segment, if its first record has `bytes`. */
  roomFor(bytes: number): number {
    const max = this.#options.limits.segmentBytesMax;
    const used = this.#usedBytes;
    return used + bytes <= max ? max - used : max - SEGMENT_HEADER_BYTES;
  }

  get #usedBytes(): number {
    return (this.#active?.segment ?? this.#resumable)?.end.offset ?? SEGMENT_HEADER_BYTES;
  }

  /** What the disk has to give for a group of `bytes`. */
  #growthFor(bytes: number): number {
    const isInActive =
      this.#active !== undefined && this.#usedBytes + bytes <= this.#options.limits.segmentBytesMax;
    const ahead = isInActive
      ? this.unwrittenBytes
      : this.#options.spares.nextBytes - SEGMENT_HEADER_BYTES;
    return Math.max(0, bytes - Math.max(0, ahead));
  }

  /**
   * Makes the group durable. Rejects with `storage_full` when the file system refuses any part of
   * it; the next group then tries anew, so that the journal heals as soon as the disk does.
   */
  async commit(group: readonly SizedAppend[]): Promise<PlacedRecord[]> {
    try {
      return await this.#tryCommit(group);
    } catch (error) {
      const isForSpace = error instanceof SightglassError && isFull(error.cause);
      if (!isForSpace || !(await this.#options.spares.removeAll())) throw error;
    }
    return this.#tryCommit(group);
  }

  async #tryCommit(group: readonly SizedAppend[]): Promise<PlacedRecord[]> {
    const target = await this.#targetFor(group);
    const { placed, buffers } = this.#encode(group, target);
    try {
      await writeFully(target.file, buffers, target.isNew ? 0 : target.segment.end.offset);
    } catch (error) {
      await this.#undoWrite(target, group.length, error);
      throw this.#refusal(error);
    }
    try {
      await target.file.sync();
      const { files } = this.#options;
      if (target.isNew) await publishNewFile(files, target, target.segment.path);
    } catch (error) {
      await this.#undoSync(target, group.length, error);
      throw this.#refusal(error);
    }
    this.#take(target, placed);
    return placed;
  }

  async close(): Promise<void> {
    this.#resumable = undefined;
    await this.#leave();
    await this.#leaving;
  }

  /**
   * Writes to the active segment no more. Its end is cut off beside what follows, and before the next
   * segment is left: so at most one that is not the newest has bytes of an earlier life at its end.
   */
  async #leave(): Promise<void> {
    await this.#leaving;
    const active = this.#active;
    this.#active = undefined;
    if (active !== undefined) this.#leaving = this.#cutAndClose(active);
  }

  async #cutAndClose(target: Target): Promise<void> {
    const { file, segment, fileBytes } = target;
    try {
      if (fileBytes > segment.end.offset) {
        await file.truncate(segment.end.offset);
        await file.sync();
      }
    } catch (error) {
      this.#reportFailure(segment.path, "cannot be cut behind its last record", error);
    }
    await this.#closeFile(target);
  }

  async #targetFor(group: readonly SizedAppend[]): Promise<Target> {
    const bytes = group.reduce((total, append) => total + append.bytes, 0);
    await this.#resume();
    if (!(await this.#space.allows(() => this.#growthFor(bytes)))) {
      throw this.#refusal("the disk is nearly full");
    }
    const active = this.#active;
    if (active !== undefined) {
      const end = active.segment.end.offset;
      if (end + bytes <= this.#options.limits.segmentBytesMax) return active;
      // Left for good: should a new segment that failed come back after a power loss, then its
      // header would void what had been written here since.
      await this.#leave();
    } else {
      // Otherwise what is being left is still the newest, and so no spare. Now it can be one.
      await this.#leaving;
    }
    try {
      return await this.#create();
    } catch (error) {
      this.#reportFailure(this.#table.pathOf(this.#nextSequence), "cannot be created", error);
      throw this.#refusal(error);
    }
  }

  async #resume(): Promise<void> {
    const segment = this.#resumable;
    this.#resumable = undefined;
    if (segment === undefined) return;
    try {
      const file = await this.#options.files.open(segment.path, "write");
      this.#active = { segment, file, fileBytes: segment.end.offset, isNew: false };
    } catch (error) {
      this.#reportFailure(segment.path, "cannot be opened; writing goes on in a new one", error);
    }
  }

  async #create(): Promise<Target> {
    const first = this.#nextSequence;
    const path = this.#table.pathOf(first);
    const { files, spares } = this.#options;
    let opened: NewSegmentFile;
    try {
      opened = await openNewFile(files, spares, path);
    } catch (error) {
      // What is left of a segment that could not be removed keeps its name for ever.
      if (reasonOf(error) === "EEXIST") this.#nextSequence += 1;
      throw error;
    }
    const start: Place = {
      ...this.#head,
      segment: first,
      offset: SEGMENT_HEADER_BYTES,
      writtenMs: this.#options.clock.nowMs(),
    };
    const nonce = this.#options.random(NONCE_BYTES);
    const segment = { first, path, nonce, start, end: start, marks: [] };
    return { ...opened, segment, isNew: true };
  }

  #encode(
    group: readonly SizedAppend[],
    target: Target,
  ): { placed: PlacedRecord[]; buffers: Uint8Array[] } {
    const { segment } = target;
    const headers = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES * group.length);
    const buffers: Uint8Array[] = target.isNew ? [headerOf(target)] : [];
    const placed: PlacedRecord[] = [];
    const writtenMs = this.#options.clock.nowMs();
    let { offset } = segment.end;
    let { accepted } = this.#head;
    for (const [index, { record, bytes }] of group.entries()) {
      accepted = addSignalRows(accepted, record.signal, record.rows);
      offset += bytes;
      const header: RecordHeader = {
        signal: record.signal,
        sequence: this.#nextSequence + index,
        writtenMs,
        rows: record.rows,
        payloadVersion: this.#options.payloadVersion,
        payloadBytes: bytes - RECORD_HEADER_BYTES,
        payloadCrc: crcOfParts(record.payload),
        accepted,
      };
      const at = index * RECORD_HEADER_BYTES;
      encodeRecordHeader(headers, at, segment.nonce, header);
      buffers.push(headers.subarray(at, at + RECORD_HEADER_BYTES));
      for (const part of record.payload) if (part.byteLength > 0) buffers.push(part);
      const { sequence } = header;
      placed.push({
        record: new PartedRecord(header, record.payload),
        place: { sequence, segment: segment.first, offset, accepted, writtenMs },
        bytes,
      });
    }
    return { placed, buffers };
  }

  #take(target: Target, placed: readonly PlacedRecord[]): void {
    const { segment, file } = target;
    if (target.isNew) this.#table.add(segment);
    for (const { place } of placed) {
      advance(segment, place, this.#options.limits.markEveryBytes);
      this.#head = place;
    }
    this.#nextSequence += placed.length;
    const fileBytes = Math.max(target.fileBytes, segment.end.offset);
    this.#active = { segment, file, fileBytes, isNew: false };
  }

  async #undoWrite(target: Target, records: number, error: unknown): Promise<void> {
    this.#reportFailure(target.segment.path, "cannot be written", error);
    if (target.isNew) {
      await this.#discard(target, records);
      return;
    }
    const fileBytes = target.segment.end.offset;
    try {
      await target.file.truncate(fileBytes);
      await target.file.sync();
      this.#active = { ...target, fileBytes };
    } catch (failure) {
      await this.#seal(target, records, failure);
    }
  }

  /** After a failed sync the kernel may have forgotten what it could not write: the tail is not trusted. */
  async #undoSync(target: Target, records: number, error: unknown): Promise<void> {
    if (target.isNew) {
      this.#reportFailure(target.segment.path, "cannot be synced", error);
      await this.#discard(target, records);
      return;
    }
    try {
      await target.file.truncate(target.segment.end.offset);
    } catch (failure) {
      this.#reportFailure(target.segment.path, "cannot be cut back", failure);
    }
    await this.#seal(target, records, error);
  }

  async #discard(target: Target, records: number): Promise<void> {
    await this.#closeFile(target);
    try {
      await removeNewFile(this.#options.files, target, target.segment.path);
    } catch (error) {
      this.#nextSequence += records;
      this.#reportFailure(target.segment.path, "cannot be removed", error);
    }
  }

  /** Nothing more is written here; the sequences that may lie in its tail are not used again. */
  async #seal(target: Target, records: number, error: unknown): Promise<void> {
    this.#active = undefined;
    this.#nextSequence += records;
    await this.#closeFile(target);
    const { segment } = target;
    const missing = segment.end.offset - (await this.#wholeBytes(segment));
    this.#options.report({
      kind: "segment_sealed",
      file: segment.path,
      message:
        `the disk refused the tail (${reasonOf(error)}); writing goes on in a new segment; ` +
        (missing === 0 ? "every record before is whole" : `${missing} bytes before are damaged`),
      bytes: missing,
    });
  }

  async #wholeBytes(segment: Segment): Promise<number> {
    let file: JournalFile | undefined;
    let offset = SEGMENT_HEADER_BYTES;
    try {
      file = await this.#options.files.open(segment.path, "read");
      const after = segment.first - 1;
      const { limits } = this.#options;
      const scanner = new SegmentScanner({ ...limits, file, nonce: segment.nonce, offset, after });
      while ((await scanner.next(segment.end.offset)) !== undefined) offset = scanner.offset;
    } catch (error) {
      this.#reportFailure(segment.path, "cannot be read again", error);
    } finally {
      if (file !== undefined) await this.#closeFile({ file, segment });
    }
    return offset;
  }

  async #closeFile({ file, segment }: Pick<Target, "file" | "segment">): Promise<void> {
    try {
      await file.close();
    } catch (error) {
      this.#reportFailure(segment.path, "cannot be closed", error);
    }
  }

  #refusal(cause: unknown): SightglassError {
    return new SightglassError(
      "storage_full",
      `The journal cannot be written (${reasonOf(cause)}); nothing of the request was kept`,
      { cause, retryAfterSeconds: this.#options.limits.retryAfterSeconds },
    );
  }

  #reportFailure(file: string, what: string, error: unknown): void {
    const message = `the segment ${what} (${reasonOf(error)})`;
    this.#options.report({ kind: "write_failed", file, message });
  }
}

function headerOf({ segment, sparePath }: Target): Buffer {
  const { nonce, first, start } = segment;
  const { sequence: after, accepted, writtenMs: createdMs } = start;
  const isWrittenOver = sparePath !== undefined;
  return encodeSegmentHeader({ nonce, first, after, createdMs, accepted, isWrittenOver });
}
