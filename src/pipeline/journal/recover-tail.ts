import { reasonOf } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import type { JournalEvent, JournalLimits } from "./journal.ts";
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from "./record.ts";
import type { SegmentHeader } from "./record.ts";
import { SegmentScanner } from "./scan.ts";
import { advance, placeAfter } from "./segments.ts";
import type { Segment } from "./segments.ts";
import { endOfRecord, isTorn } from "./stale-tail.ts";

// Where the segments of a folder end, after any kind of stop.

export interface RecoveryOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly limits: JournalLimits;
  readonly report: (event: JournalEvent) => void;
}

/** A segment's file as it was found. */
export interface FoundSegment {
  readonly first: number;
  readonly path: string;
  readonly size: number;
  readonly header: SegmentHeader;
}

export interface Tail {
  /** No record at or below it may be written again. */
  readonly lastSequence: number;
  readonly isClean: boolean;
}

/**
 * Verifies the newest segment record by record and cuts off what is behind the last whole one. Never
 * rejects: what cannot be read or cut is left as it is, and told.
 */
export async function verifyNewest(
  options: RecoveryOptions,
  segment: Segment,
  found: FoundSegment,
): Promise<Tail> {
  const { size } = found;
  let file: JournalFile | undefined;
  try {
    file = await options.files.open(segment.path, "read");
    const wholeEnd = await scanToEnd(options, segment, { file, size });
    const tail = { ...options.limits, file, nonce: segment.nonce, size };
    // A segment gets its name with its first record: one without any has lost it.
    const mayBeFree = found.header.isWrittenOver && wholeEnd > SEGMENT_HEADER_BYTES;
    const isFree = mayBeFree && !(await isTorn(tail, wholeEnd));
    return await cutTail(options, segment, { wholeEnd, size, isFree });
  } catch (error) {
    return keepUnread(options, segment, { size, reason: reasonOf(error) });
  } finally {
    await file?.close();
  }
}

/** Moves the segment's end over every whole record, and returns the offset after the last one. */
async function scanToEnd(
  options: RecoveryOptions,
  segment: Segment,
  { file, size }: { file: JournalFile; size: number },
): Promise<number> {
  const scanner = new SegmentScanner({
    ...options.limits,
    file,
    nonce: segment.nonce,
    offset: SEGMENT_HEADER_BYTES,
    after: segment.first - 1,
  });
  for (;;) {
    const record = await scanner.next(size);
    if (record === undefined) break;
    if (record.skippedBytes > 0) {
      options.report({
        kind: "damaged",
        file: segment.path,
        message: `${record.skippedBytes} bytes before offset ${record.offset} are no whole record`,
        bytes: record.skippedBytes,
      });
    }
    advance(segment, placeAfter(segment, record, record.end), options.limits.markEveryBytes);
  }
  const last = scanner.lastWhole;
  if (last === undefined) return SEGMENT_HEADER_BYTES;
  advance(segment, placeAfter(segment, last.header, last.end), options.limits.markEveryBytes);
  return last.end;
}

/**
 * Cuts off what is torn, which was never acknowledged unless the disk damaged it: its sequences are
 * left out. What is free, since only an earlier life left it, goes without a word. What stays is
 * synced, since a process that was killed may not have come to it, and what is handed out from here
 * on must not vanish.
 */
async function cutTail(
  options: RecoveryOptions,
  segment: Segment,
  { wholeEnd, size, isFree }: { wholeEnd: number; size: number; isFree: boolean },
): Promise<Tail> {
  const torn = isFree ? 0 : Math.max(0, size - wholeEnd);
  if (torn > 0) {
    options.report({
      kind: "torn_tail",
      file: segment.path,
      message: `the last ${torn} bytes are no whole record and are cut off`,
      bytes: torn,
    });
  }
  const lastSequence = segment.end.sequence + recordsWithin(torn);
  try {
    await cutFile(options, segment.path, size > wholeEnd ? wholeEnd : undefined);
    return { lastSequence, isClean: true };
  } catch (error) {
    options.report({
      kind: "write_failed",
      file: segment.path,
      message: `the segment cannot be cut and synced (${reasonOf(error)}); writing goes on in a new one`,
    });
    return { lastSequence, isClean: false };
  }
}

/** Cuts a file to `length`, when one is given, and syncs it. */
async function cutFile(
  { files }: RecoveryOptions,
  path: string,
  length: number | undefined,
): Promise<void> {
  const file = await files.open(path, "write");
  try {
    if (length !== undefined) await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A disk that does not read now may read later: what was not seen still counts as committed. */
function keepUnread(
  options: RecoveryOptions,
  segment: Segment,
  { size, reason }: { size: number; reason: string },
): Tail {
  const unread = Math.max(0, size - segment.end.offset);
  options.report({
    kind: "read_failed",
    file: segment.path,
    message: `the last ${unread} bytes cannot be read (${reason}); writing goes on in a new segment`,
    bytes: unread,
  });
  segment.end = {
    ...segment.end,
    sequence: segment.end.sequence + recordsWithin(unread),
    offset: size,
  };
  return { lastSequence: segment.end.sequence, isClean: false };
}

export function recordsWithin(bytes: number): number {
  return Math.ceil(bytes / RECORD_HEADER_BYTES);
}

/**
 * Cuts an older segment that was written over behind `last`, its last committed record: a stop can
 * have come between the first record of the next segment and this cut. Returns the file's size then.
 * A segment in which that record is not whole is left as it is, like any other damage.
 */
export async function cutOlder(
  options: RecoveryOptions,
  found: FoundSegment,
  last: number,
): Promise<number> {
  const { path, size } = found;
  try {
    const end = await endInOlder(options, found, last);
    if (end === undefined || end === size) return size;
    await cutFile(options, path, end);
    return end;
  } catch (error) {
    const message = `the segment cannot be cut (${reasonOf(error)})`;
    options.report({ kind: "write_failed", file: path, message });
    return size;
  }
}

async function endInOlder(
  { files, limits }: RecoveryOptions,
  { first, path, size, header }: FoundSegment,
  sequence: number,
): Promise<number | undefined> {
  const file = await files.open(path, "read");
  try {
    return await endOfRecord({ ...limits, file, nonce: header.nonce, size }, { first, sequence });
  } finally {
    await file.close();
  }
}
