import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { reasonOf, writeFully } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import { FreeSpace } from "./free-space.ts";
import type { JournalAppend, JournalEvent, JournalLimits } from "./journal.ts";
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

export interface SegmentWriterOptions {
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly limits: JournalLimits;
  readonly payloadVersion: number;
  readonly random: (bytes: number) => Buffer;
  readonly report: (event: JournalEvent) => void;
}

/** An append with the bytes that it takes in a segment. */
export interface SizedAppend {
  readonly record: JournalAppend;
  readonly bytes: number;
}

interface Target {
  readonly segment: Segment;
  readonly file: JournalFile;
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
  /** A segment found at the start, in which writing can go on. */
  #resumable: Segment | undefined;
  #head: Place;
  #nextSequence: number;

  constructor(options: SegmentWriterOptions, recovered: Recovered) {
    this.#options = options;
    this.#table = recovered.table;
    this.#space = new FreeSpace({ ...options, folder: recovered.table.folder });
    this.#resumable = recovered.newestIsClean ? recovered.table.newest : undefined;
    this.#head = recovered.head;
    this.#nextSequence = recovered.nextSequence;
  }

  /** After the last durable record. */
  get head(): Place {
    return this.#head;
  }

  /** Bytes that a group may have so that it fits one segment, if its first record has `bytes`. */
  roomFor(bytes: number): number {
    const max = this.#options.limits.segmentBytesMax;
    const used = (this.#active?.segment ?? this.#resumable)?.end.offset ?? SEGMENT_HEADER_BYTES;
    return used + bytes <= max ? max - used : max - SEGMENT_HEADER_BYTES;
  }

  /**
   * Makes the group durable. Rejects with `storage_full` when the file system refuses any part of
   * it; the next group then tries anew, so that the journal heals as soon as the disk does.
   */
  async commit(group: readonly SizedAppend[]): Promise<PlacedRecord[]> {
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
      if (target.isNew) await this.#options.files.syncFolder(this.#table.folder);
    } catch (error) {
      await this.#undoSync(target, group.length, error);
      throw this.#refusal(error);
    }
    this.#take(target, placed);
    return placed;
  }

  async close(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    this.#resumable = undefined;
    if (active !== undefined) await this.#closeFile(active);
  }

  async #targetFor(group: readonly SizedAppend[]): Promise<Target> {
    const bytes = group.reduce((total, append) => total + append.bytes, 0);
    if (!(await this.#space.allows(bytes))) throw this.#refusal("the disk is nearly full");
    await this.#resume();
    const active = this.#active;
    if (active !== undefined) {
      const end = active.segment.end.offset;
      if (end + bytes <= this.#options.limits.segmentBytesMax) return active;
      // Left for good: should a new segment that failed come back after a power loss, then its
      // header would void what had been written here since.
      await this.close();
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
      this.#active = { segment, file, isNew: false };
    } catch (error) {
      this.#reportFailure(segment.path, "cannot be opened; writing goes on in a new one", error);
    }
  }

  async #create(): Promise<Target> {
    const first = this.#nextSequence;
    const path = this.#table.pathOf(first);
    let file: JournalFile;
    try {
      file = await this.#options.files.open(path, "create");
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
    return { segment: { first, path, nonce, start, end: start, marks: [] }, file, isNew: true };
  }

  #encode(
    group: readonly SizedAppend[],
    target: Target,
  ): { placed: PlacedRecord[]; buffers: Uint8Array[] } {
    const { segment } = target;
    const headers = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES * group.length);
    const buffers: Uint8Array[] = target.isNew ? [headerOf(segment)] : [];
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
    this.#active = { segment, file, isNew: false };
  }

  async #undoWrite(target: Target, records: number, error: unknown): Promise<void> {
    this.#reportFailure(target.segment.path, "cannot be written", error);
    if (target.isNew) {
      await this.#discard(target, records);
      return;
    }
    try {
      await target.file.truncate(target.segment.end.offset);
      await target.file.sync();
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
      await this.#options.files.remove(target.segment.path);
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

function headerOf({ nonce, first, start }: Segment): Buffer {
  const { sequence: after, accepted, writtenMs: createdMs } = start;
  return encodeSegmentHeader({ nonce, first, after, createdMs, accepted, isWrittenOver: false });
}
