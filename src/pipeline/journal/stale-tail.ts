import { readFully } from "./files.ts";
import type { JournalFile } from "./files.ts";
import {
  RECORD_HEADER_BYTES,
  RECORD_MAGIC_BYTES,
  SEGMENT_HEADER_BYTES,
  decodeRecordHeader,
} from "./record.ts";
import { SegmentScanner } from "./scan.ts";

// A segment that was written over a freed one has bytes of that earlier life behind its last record.

export interface TailOptions {
  readonly file: JournalFile;
  /** Of the segment. */
  readonly nonce: Buffer;
  readonly size: number;
  readonly readAheadBytesMax: number;
  readonly recordBytesMax: number;
}

/**
 * Whether something of this life was written behind `wholeEnd`, where its last whole record ends: the
 * nonce is in the header of each record, and no earlier life had it. A torn group that left no
 * header behind is not seen, and is none the worse for it: it was never acknowledged.
 */
export async function isTorn(options: TailOptions, wholeEnd: number): Promise<boolean> {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  const read = await readFully(options.file, header, wholeEnd);
  const begins = header.subarray(0, read);
  const isRecord = begins.indexOf(RECORD_MAGIC_BYTES) === 0;
  if (isRecord && decodeRecordHeader(begins) === undefined) return true;
  return holdsNonce(options, wholeEnd);
}

async function holdsNonce(
  { file, nonce, size, readAheadBytesMax }: TailOptions,
  from: number,
): Promise<boolean> {
  // The nonce may lie across the border of two windows, which therefore overlap.
  const overlap = nonce.length - 1;
  const window = Buffer.allocUnsafeSlow(Math.max(readAheadBytesMax, 2 * nonce.length));
  for (let at = from; at + overlap < size; at += window.length - overlap) {
    const read = await readFully(file, window, at);
    if (window.subarray(0, read).includes(nonce)) return true;
  }
  return false;
}

/**
 * Where the record `sequence`, which is the last of a segment that is not written to any more, ends.
 * Undefined when it is not whole: then nobody knows what of the rest is which life's.
 */
export async function endOfRecord(
  options: TailOptions,
  { first, sequence }: { first: number; sequence: number },
): Promise<number | undefined> {
  const scanner = new SegmentScanner({
    ...options,
    offset: SEGMENT_HEADER_BYTES,
    after: first - 1,
  });
  for (;;) {
    const record = await scanner.next(options.size);
    if (record === undefined || record.sequence > sequence) return undefined;
    if (record.sequence === sequence) return record.end;
  }
}
