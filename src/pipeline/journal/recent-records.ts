import type { JournalRecord } from "./journal.ts";
import type { RecordHeader } from "./record.ts";
import type { Place } from "./segments.ts";

/** A record whose payload is joined only for those who ask for it in one piece. */
export class PartedRecord implements JournalRecord {
  readonly sequence: number;
  readonly signal: JournalRecord["signal"];
  readonly rows: number;
  readonly writtenMs: number;
  readonly payloadVersion: number;
  #parts: readonly Uint8Array[];

  constructor(header: RecordHeader, parts: readonly Uint8Array[]) {
    this.sequence = header.sequence;
    this.signal = header.signal;
    this.rows = header.rows;
    this.writtenMs = header.writtenMs;
    this.payloadVersion = header.payloadVersion;
    this.#parts = parts;
  }

  get parts(): readonly Uint8Array[] {
    return this.#parts;
  }

  get payload(): Buffer {
    const only = this.#parts.length === 1 ? this.#parts[0] : undefined;
    if (Buffer.isBuffer(only)) return only;
    const joined =
      only === undefined
        ? Buffer.concat(this.#parts)
        : Buffer.from(only.buffer, only.byteOffset, only.byteLength);
    this.#parts = [joined];
    return joined;
  }
}

/** A record with where it ends and what it takes. */
export interface PlacedRecord {
  readonly record: JournalRecord;
  readonly place: Place;
  /** Header and payload. */
  readonly bytes: number;
}

/** The newest records in memory, for consumers that are in step; bounded in bytes. */
export class RecentRecords {
  readonly #bytesMax: number;
  #records: (PlacedRecord | undefined)[] = [];
  #from = 0;
  #bytes = 0;
  /** Every committed record after this sequence is here. */
  #floor: number;

  constructor(bytesMax: number, floor: number) {
    this.#bytesMax = bytesMax;
    this.#floor = floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(placed: PlacedRecord): void {
    this.#records.push(placed);
    this.#bytes += placed.bytes;
    while (this.#bytes > this.#bytesMax) this.#shift();
  }

  /** The record that follows `sequence`, or undefined when it is not in memory. */
  after(sequence: number): PlacedRecord | undefined {
    if (sequence < this.#floor) return undefined;
    let low = this.#from;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#records[middle]!.place.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#records[low];
  }

  /** Forgets the records up to and including `sequence`: every consumer has them. */
  release(sequence: number): void {
    while (this.#from < this.#records.length) {
      if (this.#records[this.#from]!.place.sequence > sequence) return;
      this.#shift();
    }
  }

  #shift(): void {
    const placed = this.#records[this.#from]!;
    this.#records[this.#from] = undefined;
    this.#from += 1;
    this.#bytes -= placed.bytes;
    this.#floor = placed.place.sequence;
    // The array is cut in large steps, since each cut copies what is left.
    if (this.#from * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#from);
      this.#from = 0;
    }
  }
}
