import type { Buffer } from "node:buffer";

const LF = 10;

export interface SplitSettings {
  /** Bytes of a record; a line that is longer is cut, and lines are joined up to it. */
  readonly recordBytesMax: number;
  /** Says of a line whether a record begins with it; without it every line is a record. */
  readonly startsRecord?: (line: Buffer) => boolean;
}

/** Bytes `from` to `to` of what was split, without the line end. */
export interface RecordRange {
  readonly from: number;
  readonly to: number;
  /** It was longer than the bound. */
  readonly isCut: boolean;
}

export interface Split {
  readonly records: readonly RecordRange[];
  /** Where what was not split begins: it waits for more. */
  readonly end: number;
  /** The end is inside a line that is too long. */
  readonly isSkipping: boolean;
}

export interface SplitFrom {
  /** Where in the bytes to begin. */
  readonly from: number;
  /** The bytes begin inside a line that is too long, whose rest is passed over. */
  readonly isSkipping: boolean;
  /**
   * What may be taken though more could follow: `nothing`; `lines`, when no line has come for long
   * enough that the record counts as whole; `all`, when not even the last line will get its end.
   */
  readonly flush: "nothing" | "lines" | "all";
  readonly recordsMax: number;
}

/**
 * Splits bytes of a log file into records: lines, or lines joined with the ones that follow until the
 * next that begins a record. A line without its end is left, unless it is over the bound already: then
 * its start is a record, and the rest of it is passed over when it comes.
 */
export function splitRecords(bytes: Buffer, at: SplitFrom, settings: SplitSettings): Split {
  return new Splitter(bytes, at, settings).run();
}

class Splitter {
  private readonly bytes: Buffer;
  private readonly at: SplitFrom;
  private readonly settings: SplitSettings;
  private readonly records: RecordRange[] = [];
  /** The record whose lines are being joined. */
  private open: { from: number; to: number } | undefined;
  private end: number;

  constructor(bytes: Buffer, at: SplitFrom, settings: SplitSettings) {
    this.bytes = bytes;
    this.at = at;
    this.settings = settings;
    this.end = at.from;
  }

  run(): Split {
    const { bytes, at } = this;
    let from = at.from;
    if (at.isSkipping) {
      const lineEnd = bytes.indexOf(LF, from);
      if (lineEnd < 0) return { records: [], end: bytes.length, isSkipping: true };
      from = lineEnd + 1;
      this.end = from;
    }
    while (this.records.length < at.recordsMax) {
      const lineEnd = bytes.indexOf(LF, from);
      if (lineEnd < 0) return this.finish(from);
      this.addLine(from, lineEnd);
      from = lineEnd + 1;
    }
    return { records: this.records, end: this.end, isSkipping: false };
  }

  private addLine(from: number, lineEnd: number): void {
    const { recordBytesMax, startsRecord } = this.settings;
    const isOver = lineEnd - from > recordBytesMax;
    if (startsRecord === undefined || isOver) {
      this.closeOpen();
      this.push(from, Math.min(lineEnd, from + recordBytesMax), isOver, lineEnd + 1);
      return;
    }
    const { open } = this;
    const isFull = open !== undefined && lineEnd - open.from > recordBytesMax;
    if (open === undefined || isFull || startsRecord(this.bytes.subarray(from, lineEnd))) {
      this.closeOpen();
      this.open = { from, to: lineEnd };
    } else {
      open.to = lineEnd;
    }
  }

  private finish(from: number): Split {
    const { bytes, at } = this;
    const { recordBytesMax } = this.settings;
    const rest = bytes.length - from;
    if (rest > recordBytesMax) {
      this.closeOpen();
      this.push(from, from + recordBytesMax, true, bytes.length);
      return { records: this.records, end: this.end, isSkipping: true };
    }
    if (at.flush === "all" && rest > 0) this.addLine(from, bytes.length);
    if (at.flush !== "nothing") this.closeOpen();
    return { records: this.records, end: Math.min(this.end, bytes.length), isSkipping: false };
  }

  private closeOpen(): void {
    const { open } = this;
    this.open = undefined;
    if (open !== undefined) this.push(open.from, open.to, false, open.to + 1);
  }

  private push(from: number, to: number, isCut: boolean, end: number): void {
    this.records.push({ from, to, isCut });
    this.end = end;
  }
}
