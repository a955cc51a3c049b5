import { SightglassError } from "#core/errors.ts";
import { isDamage, reasonOf } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import type { JournalEvent, JournalLimits } from "./journal.ts";
import { PartedRecord } from "./recent-records.ts";
import type { PlacedRecord } from "./recent-records.ts";
import { SegmentScanner } from "./scan.ts";
import type { ScannedRecord } from "./scan.ts";
import { placeAfter } from "./segments.ts";
import type { Place, Segment, SegmentTable } from "./segments.ts";

export interface StreamReaderOptions {
  readonly table: SegmentTable;
  /** After the last durable record; nothing beyond is read. */
  readonly head: () => Place;
  readonly files: JournalFiles;
  readonly limits: JournalLimits;
  readonly report: (event: JournalEvent) => void;
}

/** The next record, or where to go on when there is no whole one before the end of a segment. */
export type Step = { readonly placed: PlacedRecord } | { readonly skippedTo: Place };

interface OpenSegment {
  readonly segment: Segment;
  readonly file: JournalFile;
  readonly scanner: SegmentScanner;
}

/** Reads committed records back from disk, one after the other, over the borders of segments. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  #open: OpenSegment | undefined;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /**
   * The record after `place`. What the disk cannot read after several tries is skipped like any
   * other damage; other failures (too many open files) reject with `internal` and skip nothing.
   */
  async step(place: Place): Promise<Step> {
    const head = this.#options.head();
    const segment = this.#options.table.holdingAfter(place.sequence);
    if (segment === undefined) return { skippedTo: { ...head } };
    // The newest segment goes on growing while this waits for the disk.
    const { end } = segment;
    for (let attempt = 1; attempt <= this.#options.limits.readAttemptsMax; attempt += 1) {
      try {
        const record = await this.#read(place, segment, end);
        if (record !== undefined) return { placed: asPlaced(segment, record) };
        await this.close();
        return { skippedTo: end };
      } catch (error) {
        await this.close();
        if (reasonOf(error) === "ENOENT") break;
        if (!isDamage(error)) throw unreadable(error);
        this.#report(segment, "read_failed", `a read failed (${reasonOf(error)})`);
      }
    }
    this.#report(segment, "damaged", "the rest of the segment is missing or cannot be read");
    return { skippedTo: end };
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    try {
      await open?.file.close();
    } catch (error) {
      if (open !== undefined) this.#report(open.segment, "read_failed", reasonOf(error));
    }
  }

  async #read(place: Place, segment: Segment, end: Place): Promise<ScannedRecord | undefined> {
    const scanner = await this.#scannerAt(place, segment);
    for (;;) {
      const record = await scanner.next(end.offset);
      if (record === undefined || record.sequence > end.sequence) return undefined;
      if (record.skippedBytes > 0) {
        const message = `${record.skippedBytes} bytes before offset ${record.offset} are no whole record`;
        this.#report(segment, "damaged", message, record.skippedBytes);
      }
      if (record.sequence > place.sequence) return record;
    }
  }

  async #scannerAt(place: Place, segment: Segment): Promise<SegmentScanner> {
    const isInside = place.segment === segment.first;
    const open = this.#open;
    if (open?.segment === segment && isInside && open.scanner.offset === place.offset) {
      return open.scanner;
    }
    await this.close();
    const { files, limits, table } = this.#options;
    const start = isInside ? place : table.placeBefore(place.sequence);
    const offset = start?.segment === segment.first ? start.offset : segment.start.offset;
    const file = await files.open(segment.path, "read");
    const scanner = new SegmentScanner({ ...limits, file, nonce: segment.nonce, offset, after: 0 });
    this.#open = { segment, file, scanner };
    return scanner;
  }

  #report(segment: Segment, kind: JournalEvent["kind"], message: string, bytes?: number): void {
    // What was freed meanwhile may be written over: that is no damage.
    if (this.#options.table.get(segment.first) !== segment) return;
    const event = { kind, file: segment.path, message };
    this.#options.report(bytes === undefined ? event : { ...event, bytes });
  }
}

/** The records `from`..`to` that can be read, in order. */
export async function* walkRecords(
  options: StreamReaderOptions,
  from: number,
  to: number,
): AsyncGenerator<PlacedRecord> {
  const start = options.table.placeBefore(from - 1);
  if (start === undefined) return;
  const last = Math.min(to, options.head().sequence);
  const reader = new StreamReader(options);
  let place: Place = { ...start, sequence: from - 1 };
  try {
    while (place.sequence < last) {
      const step = await reader.step(place);
      if ("skippedTo" in step) {
        place = step.skippedTo;
        continue;
      }
      place = step.placed.place;
      if (place.sequence <= last) yield step.placed;
    }
  } finally {
    await reader.close();
  }
}

function asPlaced(segment: Segment, record: ScannedRecord): PlacedRecord {
  return {
    record: new PartedRecord(record, [record.payload]),
    place: placeAfter(segment, record, record.end),
    bytes: record.end - record.offset,
  };
}

function unreadable(cause: unknown): SightglassError {
  const message = `The journal cannot be read (${reasonOf(cause)})`;
  return new SightglassError("internal", message, { cause });
}
