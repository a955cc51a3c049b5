import { join } from "node:path";
import { isDamage, readFully, reasonOf } from "./files.ts";
import type { JournalFile } from "./files.ts";
import { cutOlder, recordsWithin, verifyNewest } from "./recover-tail.ts";
import type { FoundSegment, RecoveryOptions } from "./recover-tail.ts";
import { SEGMENT_HEADER_BYTES, decodeSegmentHeader } from "./record.ts";
import type { SegmentHeader } from "./record.ts";
import { NO_ROWS, addSignalRows, rowsBetween } from "./row-counts.ts";
import { SegmentScanner } from "./scan.ts";
import { SegmentTable, isSpareName, sequenceOfName } from "./segments.ts";
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

/** A file with a segment's name. */
interface Candidate {
  readonly first: number;
  readonly path: string;
  readonly size: number;
  /** Undefined when there is nothing to be read in it. */
  readonly header: SegmentHeader | undefined;
}

/** A stray file's name is not believed when it is further than this from the others. */
const SEQUENCE_JUMP_MAX = 2 ** 32;

/**
 * Reads a folder's segments after any kind of stop. The newest is verified record by record and its
 * torn tail cut off; of the older ones only the headers are read, since their records are verified
 * when they are read. Spares are removed.
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
    (candidate): candidate is FoundSegment => candidate.header !== undefined,
  );
  const table = new SegmentTable(options.folder);
  // Whatever is older than these two was cut, and that was synced, before the last was begun.
  const [beforeLast, last] = [segments.at(-2), segments.at(-1)];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]?.header;
    const isUncut = segment === beforeLast && segment.header.isWrittenOver && next !== undefined;
    const size = isUncut ? await cutOlder(options, segment, next.after) : segment.size;
    table.add(asSegment({ ...segment, size }, next));
  }
  const newest = table.newest;
  const tail =
    newest === undefined || last === undefined
      ? undefined
      : await verifyNewest(options, newest, last);
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

async function openCandidate(
  options: RecoveryOptions,
  name: string,
): Promise<Candidate | undefined> {
  const path = join(options.folder, name);
  if (name === "cursors" || name.endsWith(".damaged")) return undefined;
  if (isSpareName(name)) {
    await removeFile(options, path, "a spare");
    return undefined;
  }
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

/**
 * The header as it is written, or what the first whole record tells when it is damaged. Records of
 * an earlier life are below `first`. That there was one is not known then: its bytes count as torn.
 */
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
    isWrittenOver: false,
    accepted: rowsBetween(addSignalRows(NO_ROWS, record.signal, record.rows), record.accepted),
  };
}

/** Where an older segment ends is in the header of the next one; what it has beyond is void. */
function asSegment(candidate: FoundSegment, next: SegmentHeader | undefined): Segment {
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
    await removeFile(options, join(options.folder, name), "an old damaged file");
  }
}

async function removeFile(options: RecoveryOptions, path: string, what: string): Promise<void> {
  try {
    await options.files.remove(path);
  } catch (error) {
    const message = `${what} cannot be removed (${reasonOf(error)})`;
    options.report({ kind: "write_failed", file: path, message });
  }
}
