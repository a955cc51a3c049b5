import { crc32 } from "node:zlib";
import { SIGNALS } from "#core/signal.ts";
import type { Signal } from "#core/signal.ts";
import type { RowCounts } from "./row-counts.ts";

// The bytes of a segment. docs/formats/journal.md has the field tables.

/** The format that is written, and the oldest that is read. */
const FORMAT_VERSION = 1;
const FORMAT_VERSION_MIN = 1;

export const RECORD_HEADER_BYTES = 72;
export const SEGMENT_HEADER_BYTES = 64;
export const NONCE_BYTES = 8;
export const RECORD_NONCE_OFFSET = 8;

/** "SGR1" and "SGS1". */
const RECORD_MAGIC = 0x31524753;
const SEGMENT_MAGIC = 0x31534753;
/** The first bytes of every record, to look for where none is whole. */
export const RECORD_MAGIC_BYTES = Buffer.from("SGR1", "latin1");

const RECORD_CRC_OFFSET = 68;
const SEGMENT_CRC_OFFSET = 60;
/** A flag of byte 5 of a segment's header, which earlier releases do not look at. */
const WRITTEN_OVER = 1;
const TWO_POW_32 = 0x1_0000_0000;

/** What is known of a record without its payload. */
export interface RecordHeader {
  readonly signal: Signal;
  readonly sequence: number;
  readonly writtenMs: number;
  readonly rows: number;
  /** Version of the payload's encoding, which is the pipeline's and not the journal's. */
  readonly payloadVersion: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
  /** Rows ever accepted, this record's included. */
  readonly accepted: RowCounts;
}

export interface DecodedRecordHeader extends RecordHeader {
  /** Random bytes of the segment: telemetry that contains journal records is never taken for one. */
  readonly nonce: Buffer;
  /** Whether this release can read the record; its length is trustworthy either way. */
  readonly readable: boolean;
}

/** Writes the header's {@link RECORD_HEADER_BYTES} at `offset`. */
export function encodeRecordHeader(
  into: Buffer,
  offset: number,
  nonce: Buffer,
  header: RecordHeader,
): void {
  into.writeUInt32LE(RECORD_MAGIC, offset);
  into[offset + 4] = FORMAT_VERSION;
  into[offset + 5] = SIGNALS.indexOf(header.signal) + 1;
  into[offset + 6] = header.payloadVersion;
  into[offset + 7] = 0;
  nonce.copy(into, offset + 8);
  writeUint64(into, offset + 16, header.sequence);
  writeUint64(into, offset + 24, header.writtenMs);
  into.writeUInt32LE(header.rows, offset + 32);
  into.writeUInt32LE(header.payloadBytes, offset + 36);
  writeCounts(into, offset + 40, header.accepted);
  into.writeUInt32LE(header.payloadCrc, offset + 64);
  into.writeUInt32LE(
    crc32(into.subarray(offset, offset + RECORD_CRC_OFFSET)),
    offset + RECORD_CRC_OFFSET,
  );
}

/** The header at the start of `bytes`, or undefined when there is no whole and valid one. */
export function decodeRecordHeader(bytes: Buffer): DecodedRecordHeader | undefined {
  if (bytes.length < RECORD_HEADER_BYTES || bytes.readUInt32LE(0) !== RECORD_MAGIC)
    return undefined;
  if (bytes.readUInt32LE(RECORD_CRC_OFFSET) !== crc32(bytes.subarray(0, RECORD_CRC_OFFSET))) {
    return undefined;
  }
  const version = bytes[4]!;
  const signal = SIGNALS[bytes[5]! - 1];
  const sequence = readUint64(bytes, 16);
  if (!Number.isSafeInteger(sequence)) return undefined;
  return {
    signal: signal ?? "traces",
    sequence,
    writtenMs: readUint64(bytes, 24),
    rows: bytes.readUInt32LE(32),
    payloadVersion: bytes[6]!,
    payloadBytes: bytes.readUInt32LE(36),
    payloadCrc: bytes.readUInt32LE(64),
    accepted: readCounts(bytes, 40),
    nonce: bytes.subarray(RECORD_NONCE_OFFSET, RECORD_NONCE_OFFSET + NONCE_BYTES),
    readable:
      version >= FORMAT_VERSION_MIN &&
      version <= FORMAT_VERSION &&
      signal !== undefined &&
      bytes[7] === 0,
  };
}

/** CRC-32 over the parts as if they were one. */
export function crcOfParts(parts: readonly Uint8Array[]): number {
  let crc = 0;
  for (const part of parts) crc = crc32(part, crc);
  return crc;
}

/** What a segment file says of itself and of what went before it. */
export interface SegmentHeader {
  readonly nonce: Buffer;
  /** Lowest sequence that a record of this segment can have; also the file's name. */
  readonly first: number;
  /** The last committed sequence before it. What an older segment has beyond it was never acknowledged. */
  readonly after: number;
  readonly createdMs: number;
  /** Rows accepted before this segment. */
  readonly accepted: RowCounts;
  /** Whether its file was another segment before, whose bytes may lie behind the last record. */
  readonly isWrittenOver: boolean;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.writeUInt32LE(SEGMENT_MAGIC, 0);
  bytes[4] = FORMAT_VERSION;
  bytes[5] = header.isWrittenOver ? WRITTEN_OVER : 0;
  header.nonce.copy(bytes, 8);
  writeUint64(bytes, 16, header.first);
  // `after` is below `first`, by less than a segment can hold: 32 bits of difference are plenty.
  bytes.writeUInt32LE(header.first - header.after, 24);
  writeUint64(bytes, 28, header.createdMs);
  writeCounts(bytes, 36, header.accepted);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SEGMENT_CRC_OFFSET)), SEGMENT_CRC_OFFSET);
  return bytes;
}

export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.readUInt32LE(0) !== SEGMENT_MAGIC) {
    return undefined;
  }
  if (bytes.readUInt32LE(SEGMENT_CRC_OFFSET) !== crc32(bytes.subarray(0, SEGMENT_CRC_OFFSET))) {
    return undefined;
  }
  const first = readUint64(bytes, 16);
  const after = first - bytes.readUInt32LE(24);
  if (!Number.isSafeInteger(first) || after < 0) return undefined;
  return {
    nonce: Buffer.from(bytes.subarray(8, 8 + NONCE_BYTES)),
    first,
    after,
    createdMs: readUint64(bytes, 28),
    accepted: readCounts(bytes, 36),
    isWrittenOver: (bytes[5]! & WRITTEN_OVER) !== 0,
  };
}

// Counts stay below 2^53, and a BigInt for each would be garbage on the hot path.
export function writeUint64(into: Buffer, offset: number, value: number): void {
  into.writeUInt32LE(value % TWO_POW_32, offset);
  into.writeUInt32LE(Math.floor(value / TWO_POW_32), offset + 4);
}

export function readUint64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * TWO_POW_32;
}

export function writeCounts(into: Buffer, offset: number, counts: RowCounts): void {
  for (const [index, signal] of SIGNALS.entries()) {
    writeUint64(into, offset + 8 * index, counts[signal]);
  }
}

export function readCounts(bytes: Buffer, offset: number): RowCounts {
  return {
    traces: readUint64(bytes, offset),
    logs: readUint64(bytes, offset + 8),
    metrics: readUint64(bytes, offset + 16),
  };
}
