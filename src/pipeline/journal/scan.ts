import { crc32 } from "node:zlib";
import { readFully } from "./files.ts";
import type { JournalFile } from "./files.ts";
import {
  NONCE_BYTES,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC_BYTES,
  RECORD_NONCE_OFFSET,
  decodeRecordHeader,
} from "./record.ts";
import type { DecodedRecordHeader } from "./record.ts";

/** A whole record as it lies in its file. */
export interface ScannedRecord extends DecodedRecordHeader {
  readonly payload: Buffer;
  readonly offset: number;
  /** Offset of the byte after it. */
  readonly end: number;
  /** Bytes before it that are no whole record. */
  readonly skippedBytes: number;
}

export interface ScanOptions {
  readonly file: JournalFile;
  /** Undefined takes the nonce of the first whole record. */
  readonly nonce: Buffer | undefined;
  readonly offset: number;
  /** Only records with a greater sequence count. */
  readonly after: number;
  readonly readAheadBytesMax: number;
  readonly recordBytesMax: number;
}

/**
 * Reads the whole records of one segment in order. Bytes that are no whole record are skipped up to
 * the next one, so that a flipped bit costs the record it is in and no other. A header is believed
 * only with its CRC, the segment's nonce and a sequence that goes up; a payload only with its CRC.
 */
export class SegmentScanner {
  readonly #options: ScanOptions;
  #nonce: Buffer | undefined;
  #offset: number;
  #after: number;
  #lastWhole: { header: DecodedRecordHeader; end: number } | undefined;
  #chunk = Buffer.alloc(0);
  #chunkStart = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#nonce = options.nonce;
    this.#offset = options.offset;
    this.#after = options.after;
  }

  get nonce(): Buffer | undefined {
    return this.#nonce;
  }

  /** Where the next record is expected. */
  get offset(): number {
    return this.#offset;
  }

  /** The last record that was written whole, by this release or by one that it cannot read. */
  get lastWhole(): { header: DecodedRecordHeader; end: number } | undefined {
    return this.#lastWhole;
  }

  /** The next whole record that ends at or before `end`; undefined when there is none. */
  async next(end: number): Promise<ScannedRecord | undefined> {
    let at = this.#offset;
    while (at + RECORD_HEADER_BYTES <= end) {
      const header = decodeRecordHeader(await this.#view(at, RECORD_HEADER_BYTES, end));
      if (header === undefined || !this.#belongs(header)) {
        const candidate = await this.#findCandidate(at + 1, end);
        if (candidate === undefined) return undefined;
        at = candidate;
        continue;
      }
      const stop = at + RECORD_HEADER_BYTES + header.payloadBytes;
      if (stop > end) return undefined;
      const payload = await this.#payload(at, header, end);
      if (payload !== undefined) {
        this.#lastWhole = { header, end: stop };
        if (header.readable) return this.#accept(header, payload, at, stop);
      }
      at = stop;
    }
    return undefined;
  }

  #belongs(header: DecodedRecordHeader): boolean {
    return (
      header.sequence > this.#after &&
      header.payloadBytes <= this.#options.recordBytesMax &&
      (this.#nonce === undefined || this.#nonce.equals(header.nonce))
    );
  }

  async #payload(
    at: number,
    header: DecodedRecordHeader,
    end: number,
  ): Promise<Buffer | undefined> {
    const payload = await this.#view(at + RECORD_HEADER_BYTES, header.payloadBytes, end);
    const whole = payload.length === header.payloadBytes && crc32(payload) === header.payloadCrc;
    return whole ? payload : undefined;
  }

  #accept(
    header: DecodedRecordHeader,
    payload: Buffer,
    offset: number,
    end: number,
  ): ScannedRecord {
    const skippedBytes = offset - this.#offset;
    this.#nonce ??= Buffer.from(header.nonce.subarray(0, NONCE_BYTES));
    this.#offset = end;
    this.#after = header.sequence;
    return { ...header, payload, offset, end, skippedBytes };
  }

  /**
   * Where a header of this segment may be. Once the nonce is known its beginning is what is looked
   * for: other segments' records, however many lie here, are passed over without a look at each.
   */
  async #findCandidate(from: number, end: number): Promise<number | undefined> {
    const mark = this.#nonce?.subarray(0, RECORD_MAGIC_BYTES.length) ?? RECORD_MAGIC_BYTES;
    const before = this.#nonce === undefined ? 0 : RECORD_NONCE_OFFSET;
    let at = from;
    while (at + RECORD_HEADER_BYTES <= end) {
      const window = await this.#window(at, end);
      if (window.length < before + mark.length) return undefined;
      const found = window.indexOf(mark, before);
      if (found >= 0) return at + found - before;
      // A mark may lie across the border of two windows.
      at += window.length - before - (mark.length - 1);
    }
    return undefined;
  }

  /** `length` bytes at `at`, fewer only at the end of the file. Views stay valid: chunks are not reused. */
  async #view(at: number, length: number, end: number): Promise<Buffer> {
    const start = at - this.#chunkStart;
    if (start >= 0 && start + length <= this.#chunk.length) {
      return this.#chunk.subarray(start, start + length);
    }
    if (length > this.#options.readAheadBytesMax) {
      const own = Buffer.allocUnsafeSlow(length);
      return own.subarray(0, await readFully(this.#options.file, own, at));
    }
    await this.#fill(at, end);
    return this.#chunk.subarray(0, length);
  }

  /** What is in memory from `at` on, reading more when that is too little to find a header in. */
  async #window(at: number, end: number): Promise<Buffer> {
    const start = at - this.#chunkStart;
    if (start >= 0 && start + RECORD_HEADER_BYTES <= this.#chunk.length) {
      return this.#chunk.subarray(start);
    }
    await this.#fill(at, end);
    return this.#chunk;
  }

  async #fill(at: number, end: number): Promise<void> {
    // No less than a header, or a mark would not fit what is searched for it.
    const bytesMax = Math.max(this.#options.readAheadBytesMax, RECORD_HEADER_BYTES);
    const bytes = Math.min(bytesMax, end - at);
    const chunk = Buffer.allocUnsafeSlow(bytes);
    this.#chunk = chunk.subarray(0, await readFully(this.#options.file, chunk, at));
    this.#chunkStart = at;
  }
}
