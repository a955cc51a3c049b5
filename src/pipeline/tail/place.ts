import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { TailFile } from "./tail-files.ts";

/** Bytes at the start of a file, and before a place in it, that tell it from another file. */
export const FINGERPRINT_BYTES = 1_024;

/**
 * How far a file has been read, with what is needed to know it again: neither a name nor an inode
 * says that a file is still the one it was, its first bytes and the last that were read do.
 */
export interface Place {
  readonly offset: number;
  /** Digest of the first bytes, at most {@link FINGERPRINT_BYTES}, of what was read. */
  readonly head: string;
  /** Digest of the last bytes, at most {@link FINGERPRINT_BYTES}, of what was read. */
  readonly last: string;
  /** The place is inside a line that is too long, whose rest is passed over. */
  readonly isSkipping: boolean;
}

export const START: Place = { offset: 0, head: "", last: "", isSkipping: false };

/** Bytes before a place that are read again with what follows it, and compared. */
export function overlapOf({ offset }: Place): number {
  return Math.min(offset, FINGERPRINT_BYTES);
}

/** Whether the bytes before the place are the ones that were read; `bytes` begins at the overlap. */
export function isContinuation(place: Place, bytes: Buffer): boolean {
  const overlap = overlapOf(place);
  return bytes.length >= overlap && digest(bytes.subarray(0, overlap)) === place.last;
}

/**
 * The place after `consumed` more bytes of what was read, of which `bytes` begins at the overlap of
 * the place before.
 */
export function advanced(
  place: Place,
  bytes: Buffer,
  consumed: number,
  isSkipping: boolean,
): Place {
  if (consumed === 0 && isSkipping === place.isSkipping) return place;
  const offset = place.offset + consumed;
  const start = place.offset - overlapOf(place);
  const end = offset - start;
  const last = digest(bytes.subarray(end - Math.min(offset, FINGERPRINT_BYTES), end));
  const isHeadWhole = place.offset >= FINGERPRINT_BYTES;
  const head = isHeadWhole
    ? place.head
    : digest(bytes.subarray(0, Math.min(end, FINGERPRINT_BYTES)));
  return { offset, head, last, isSkipping };
}

/** Whether a file begins with what was read of the one that the place is in. */
export async function isPlaceIn(file: TailFile, place: Place): Promise<boolean> {
  const overlap = overlapOf(place);
  const last = await readUpTo(file, place.offset - overlap, overlap);
  if (last.length < overlap || digest(last) !== place.last) return false;
  const head = await readUpTo(file, 0, overlap);
  return digest(head) === place.head;
}

/** The place at an offset of a file; undefined when the file is shorter. */
export async function placeAt(file: TailFile, offset: number): Promise<Place | undefined> {
  if (offset === 0) return START;
  const bytes = Math.min(offset, FINGERPRINT_BYTES);
  const head = await readUpTo(file, 0, bytes);
  const last = await readUpTo(file, offset - bytes, bytes);
  if (head.length < bytes || last.length < bytes) return undefined;
  return { offset, head: digest(head), last: digest(last), isSkipping: false };
}

async function readUpTo(file: TailFile, position: number, bytes: number): Promise<Buffer> {
  const into = Buffer.alloc(bytes);
  if (bytes === 0) return into;
  return into.subarray(0, await file.read(into, position));
}

function digest(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
}
