import { join } from "node:path";
import { SEGMENT_HEADER_BYTES } from "./record.ts";
import type { RecordHeader } from "./record.ts";
import type { RowCounts } from "./row-counts.ts";

/** A place in the stream between two records. */
export interface Place {
  /** Of the last record before it; 0 at the very start. */
  readonly sequence: number;
  /** {@link Segment.first} of the segment of that record; 0 at the very start. */
  readonly segment: number;
  /** Where that record ends in its file. */
  readonly offset: number;
  /** Rows accepted up to here. */
  readonly accepted: RowCounts;
  /** When that record was written, or a time shortly after; Unix milliseconds. */
  readonly writtenMs: number;
}

/** One segment file, as far as it is committed. */
export interface Segment {
  readonly first: number;
  readonly path: string;
  readonly nonce: Buffer;
  /** Before its first record. */
  readonly start: Place;
  /** After its last committed record. Moves while records are appended. */
  end: Place;
  /** Places between the two at which reads and drops can start, oldest first. */
  readonly marks: Place[];
}

/** Far below 2^53, so that a stray file cannot use up the numbers. */
const SEQUENCE_MAX = 2 ** 52;
const SEGMENT_NAME = /^([0-9a-f]{16})\.journal$/;
/** Behind the name of a segment that is not needed any more, whose file is kept to be written over. */
const SPARE_ENDING = ".spare";
const SPARE_NAME = /^[0-9a-f]{16}\.journal\.spare$/;

function segmentName(first: number): string {
  return `${first.toString(16).padStart(16, "0")}.journal`;
}

/** The first sequence that a file name tells, or undefined when it is not a segment's name. */
export function sequenceOfName(name: string): number | undefined {
  const digits = SEGMENT_NAME.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const first = Number.parseInt(digits, 16);
  return first > 0 && first <= SEQUENCE_MAX ? first : undefined;
}

export function sparePathOf(segment: Segment): string {
  return segment.path + SPARE_ENDING;
}

export function isSpareName(name: string): boolean {
  return SPARE_NAME.test(name);
}

export function placeAfter(segment: Segment, header: RecordHeader, offset: number): Place {
  const { sequence, accepted, writtenMs } = header;
  return { sequence, segment: segment.first, offset, accepted, writtenMs };
}

/** Moves a segment's end to `place`, and remembers the place when the last one is far enough back. */
export function advance(segment: Segment, place: Place, markEveryBytes: number): void {
  const last = segment.marks.at(-1) ?? segment.start;
  if (place.offset - last.offset >= markEveryBytes) segment.marks.push(place);
  segment.end = place;
}

/** The segments of one journal, oldest first. It only keeps the books; files are others' work. */
export class SegmentTable {
  readonly folder: string;
  readonly #segments: Segment[] = [];
  /** Payload and header bytes before each segment, counted from an arbitrary zero. */
  readonly #bytesBefore = new Map<number, number>();

  constructor(folder: string) {
    this.folder = folder;
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get newest(): Segment | undefined {
    return this.#segments.at(-1);
  }

  pathOf(first: number): string {
    return join(this.folder, segmentName(first));
  }

  /** Takes a segment that comes after all others; the ones before it do not grow any more. */
  add(segment: Segment): void {
    const last = this.newest;
    const bytesBefore =
      last === undefined ? 0 : this.#bytesBefore.get(last.first)! + bytesIn(last, last.end);
    this.#segments.push(segment);
    this.#bytesBefore.set(segment.first, bytesBefore);
  }

  remove(segment: Segment): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    this.#segments.splice(index, 1);
    this.#bytesBefore.delete(segment.first);
  }

  get(first: number): Segment | undefined {
    return this.#segments.find((segment) => segment.first === first);
  }

  /** The segment in which the record after `sequence` is to be looked for. */
  holdingAfter(sequence: number): Segment | undefined {
    return this.#segments.find((segment) => segment.end.sequence > sequence);
  }

  /** The latest known place at or before `sequence` from which records after it can be read. */
  placeBefore(sequence: number): Place | undefined {
    const segment = this.holdingAfter(sequence) ?? this.newest;
    if (segment === undefined) return undefined;
    if (segment.end.sequence <= sequence) return segment.end;
    return segment.marks.findLast((mark) => mark.sequence <= sequence) ?? segment.start;
  }

  /** The places after `sequence` at which reading can start, oldest first. */
  *placesAfter(sequence: number): Iterable<Place> {
    for (const segment of this.#segments) {
      if (segment.end.sequence <= sequence) continue;
      for (const mark of segment.marks) if (mark.sequence > sequence) yield mark;
      yield segment.end;
    }
  }

  /** Bytes of records between `place` and the end of the stream. */
  bytesAfter(place: Place): number {
    const last = this.newest;
    if (last === undefined) return 0;
    const end = this.#bytesBefore.get(last.first)! + bytesIn(last, last.end);
    return Math.max(0, end - this.#bytesUpTo(place));
  }

  #bytesUpTo(place: Place): number {
    const segment = this.get(place.segment);
    if (segment !== undefined) {
      return this.#bytesBefore.get(segment.first)! + bytesIn(segment, place);
    }
    const next = this.holdingAfter(place.sequence);
    return next === undefined ? Number.POSITIVE_INFINITY : this.#bytesBefore.get(next.first)!;
  }

  /** Bytes of all segments on disk. */
  get bytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.end.offset, 0);
  }
}

function bytesIn(segment: Segment, place: Place): number {
  return Math.max(0, Math.min(place.offset, segment.end.offset) - SEGMENT_HEADER_BYTES);
}
