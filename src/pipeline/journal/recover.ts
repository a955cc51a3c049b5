import { join } from "node:path";
import { isDamage, readFully, reasonOf } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import type { JournalEvent, JournalLimits } from "./journal.ts";
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, decodeSegmentHeader } from "./record.ts";
import type { SegmentHeader } from "./record.ts";
import { NO_ROWS, addSignalRows, rowsBetween } from "./row-counts.ts";
import { SegmentScanner } from "./scan.ts";
import { SegmentTable, advance, placeAfter, sequenceOfName } from "./segments.ts";
import type { Place, Segment } from "./segments.ts";

/** What was found in a folder. */
export interface Recovered {
  readonly table: SegmentTable;
  /** After the last whole record. */
  readonly head: Place;
  /** Above every sequence that was ever acknowledged, as far as the segments tell. */
  readonly nextSequence: number;
  /** Whether writing can go on in the newest segment. */
  readonly newestIsClean: boolean;
}

export interface RecoveryOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly limits: JournalLimits;
  readonly report: (event: JournalEvent) => void;
}

/** A file with a segment's name. */
interface Candidate {
  readonly first: number;
  readonly path: string;
  readonly size: number;
  /** Undefined when there is nothing to be read in it. */
  readonly header: SegmentHeader | undefined;
}

type Whole = Candidate & { readonly header: SegmentHeader };

/** A stray file's name is not believed when it is further than this from the others. */
const SEQUENCE_JUMP_MAX = 2 ** 32;

/**
 * Reads a folder's segments after any kind of stop. The newest is verified record by record and its
 * torn tail cut off; of the older ones only the headers are read, since their records are verified
 * when they are read.
 */
export async function recoverSegments(options: RecoveryOptions): Promise<Recovered> {
  const names = (await options.files.list(options.folder)).toSorted();
  const candidates: Candidate[] = [];
  for (const name of names) {
    const candidate = await openCandidate(options, name);
    if (candidate !== undefined) candidates.push(candidate);
  }
  await removeOldDamaged(options);
  const segments = candidates.filter(
    (candidate): candidate is Whole => candidate.header !== undefined,
  );
  const table = new SegmentTable(options.folder);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    table.add(asSegment(segment, next?.header));
  }
  const newest = table.newest;
  const size = segments.at(-1)?.size ?? 0;
  const tail = newest === undefined ? undefined : await verifyNewest(options, newest, size);
  const lastSequence = tail?.lastSequence ?? 0;
  return {
    table,
    head: newest?.end ?? { sequence: 0, segment: 0, offset: 0, accepted: NO_ROWS, writtenMs: 0 },
    nextSequence: Math.max(lastSequence + 1, sequenceAfterLost(candidates, lastSequence)),
    newestIsClean: tail?.isClean ?? false,
  };
}

/** The sequences of what was put aside are not used again: a consumer may remember them. */
function sequenceAfterLost(candidates: readonly Candidate[], lastSequence: number): number {
  const lost = candidates
    .filter(({ header, first }) => header === undefined && first - lastSequence < SEQUENCE_JUMP_MAX)
    .map(({ first, size }) => first + recordsWithin(size));
  return Math.max(1, ...lost);
}

function recordsWithin(bytes: number): number {
  return Math.ceil(bytes / RECORD_HEADER_BYTES);
}

async function openCandidate(
  options: RecoveryOptions,
  name: string,
): Promise<Candidate | undefined> {
  const path = join(options.folder, name);
  if (name === "cursors" || name.endsWith(".damaged")) return undefined;
  const first = sequenceOfName(name);
  if (first === undefined) {
    options.report({ kind: "ignored_file", file: path, message: "the file is no segment" });
    return undefined;
  }
  try {
    return await readCandidate(options, first, path);
  } catch (error) {
    // Too many open files or a wrong owner is for the operator to mend: nothing is put aside then.
    if (!isDamage(error)) throw error;
    await quarantine(options, path, `it cannot be read (${reasonOf(error)})`);
    return { first, path, size: options.limits.segmentBytesMax, header: undefined };
  }
}

async function readCandidate(
  options: RecoveryOptions,
  first: number,
  path: string,
): Promise<Candidate> {
  const file = await options.files.open(path, "read");
  let size: number;
  let header: SegmentHeader | undefined;
  try {
    size = await file.size();
    header = await readHeader(options, file, { first, path, size });
  } finally {
    await file.close();
  }
  if (header !== undefined && header.first === first) return { first, path, size, header };
  await quarantine(
    options,
    path,
    header === undefined
      ? "it has no header and no whole record"
      : `it says that it is the segment from ${header.first} on`,
  );
  return { first, path, size, header: undefined };
}

/** The header as it is written, or what the first whole record tells when it is damaged. */
async function readHeader(
  options: RecoveryOptions,
  file: JournalFile,
  segment: { first: number; path: string; size: number },
): Promise<SegmentHeader | undefined> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const read = await readFully(file, bytes, 0);
  const header = decodeSegmentHeader(bytes.subarray(0, read));
  if (header !== undefined) return header;
  const scanner = new SegmentScanner({
    ...options.limits,
    file,
    nonce: undefined,
    offset: SEGMENT_HEADER_BYTES,
    after: segment.first - 1,
  });
  const record = await scanner.next(segment.size);
  if (record === undefined) return undefined;
  options.report({
    kind: "damaged",
    file: segment.path,
    message: "the segment's header is damaged; its records are read without it",
    bytes: SEGMENT_HEADER_BYTES,
  });
  return {
    nonce: Buffer.from(record.nonce),
    first: segment.first,
    after: segment.first - 1,
    createdMs: record.writtenMs,
    accepted: rowsBetween(addSignalRows(NO_ROWS, record.signal, record.rows), record.accepted),
  };
}

/** Where an older segment ends is in the header of the next one; what it has beyond is void. */
function asSegment(candidate: Whole, next: SegmentHeader | undefined): Segment {
  const { first, path, size, header } = candidate;
  const start: Place = {
    sequence: header.after,
    segment: first,
    offset: SEGMENT_HEADER_BYTES,
    accepted: header.accepted,
    writtenMs: header.createdMs,
  };
  const end =
    next === undefined
      ? start
      : {
          sequence: next.after,
          segment: first,
          offset: size,
          accepted: next.accepted,
          writtenMs: next.createdMs,
        };
  return { first, path, nonce: header.nonce, start, end, marks: [] };
}

interface Tail {
  /** No record at or below it may be written again. */
  readonly lastSequence: number;
  readonly isClean: boolean;
}

async function verifyNewest(
  options: RecoveryOptions,
  segment: Segment,
  size: number,
): Promise<Tail> {
  let file: JournalFile | undefined;
  try {
    file = await options.files.open(segment.path, "read");
    const wholeEnd = await scanToEnd(options, segment, { file, size });
    return await cutTail(options, segment, { wholeEnd, size });
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
 * left out. What stays is synced, since a process that was killed may not have come to it, and what
 * is handed out from here on must not vanish.
 */
async function cutTail(
  options: RecoveryOptions,
  segment: Segment,
  { wholeEnd, size }: { wholeEnd: number; size: number },
): Promise<Tail> {
  const torn = Math.max(0, size - wholeEnd);
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
    const file = await options.files.open(segment.path, "write");
    try {
      if (torn > 0) await file.truncate(wholeEnd);
      await file.sync();
    } finally {
      await file.close();
    }
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

async function quarantine(options: RecoveryOptions, path: string, reason: string): Promise<void> {
  let outcome = "it was renamed to *.damaged";
  try {
    await options.files.rename(path, `${path}.damaged`);
  } catch (error) {
    outcome = `it could not be renamed either (${reasonOf(error)})`;
  }
  options.report({ kind: "quarantined", file: path, message: `${reason}; ${outcome}` });
}

async function removeOldDamaged(options: RecoveryOptions): Promise<void> {
  const names = await options.files.list(options.folder);
  const damaged = names.filter((name) => name.endsWith(".damaged")).toSorted();
  for (const name of damaged.slice(0, -options.limits.damagedFilesMax)) {
    const path = join(options.folder, name);
    try {
      await options.files.remove(path);
    } catch (error) {
      const message = `an old damaged file cannot be removed (${reasonOf(error)})`;
      options.report({ kind: "write_failed", file: path, message });
    }
  }
}
