import { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { malformed, WireReader } from "#pipeline/intake/wire.ts";
import type { Exemplar, NativeBuckets, NativeHistogram, Sample } from "./series.ts";

const NO_BYTES = Buffer.alloc(0);
/** The bits of the NaN that Prometheus writes where a series ends, in two halves. */
const STALE_HIGH = 0x7ff0_0000;
const STALE_LOW = 2;
/** Entries of one repeated number field of a histogram: more buckets than any has. */
const NUMBERS_MAX = ROW_LIMITS.bucketsMax * 4;
const RESET_HINT_GAUGE = 3;

/**
 * Reads what the messages of both versions of remote write have in common
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/ and …/remote_write_spec_2_0/).
 */
export class MessageReader {
  readonly wire = new WireReader(NO_BYTES);

  /** Walks the fields of the message that ends at `end`: `field` takes what it knows, and says so. */
  each(end: number, field: (tag: number, end: number) => boolean): void {
    const { wire } = this;
    while (wire.position < end) {
      const tag = wire.varint(end);
      if (!field(tag, end)) wire.skip(tag, end);
    }
  }

  /** Enters a message, walks its fields and leaves it. */
  message(end: number, field: (tag: number, end: number) => boolean): void {
    const to = this.wire.enter(end);
    this.each(to, field);
    this.wire.position = to;
  }

  text(end: number): string {
    const { wire } = this;
    const to = wire.enter(end);
    const text = wire.bytes.toString("utf8", wire.position, to);
    wire.position = to;
    return text;
  }

  double(end: number): number {
    const { wire } = this;
    return wire.bytes.readDoubleLE(wire.fixed(8, end));
  }

  /** An int64 as a number, exact up to 2⁵³. */
  int64(end: number): number {
    const { wire } = this;
    let value = 0;
    let factor = 1;
    const from = wire.position;
    for (let read = 0; read < 7 && wire.position < end; read++) {
      const byte = wire.bytes[wire.position++]!;
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return value;
    }
    wire.position = from;
    return Number(wire.varint64(end));
  }

  /** A sint64 (zigzag) as a number. */
  sint64(end: number): number {
    const bits = BigInt.asUintN(64, this.wire.varint64(end));
    return Number((bits >> 1n) ^ -(bits & 1n));
  }

  sint32(end: number): number {
    const bits = this.wire.varint(end);
    return (bits >>> 1) ^ -(bits & 1);
  }

  /** One number, or, packed, a run of them. */
  repeated(tag: number, end: number, into: number[], read: (end: number) => number): void {
    const isPacked = (tag & 7) === 2;
    const to = isPacked ? this.wire.enter(end) : end;
    do {
      if (isPacked && this.wire.position >= to) return;
      if (into.length === NUMBERS_MAX) throw tooMany("numbers in a histogram", NUMBERS_MAX);
      into.push(read(to));
    } while (isPacked);
  }

  /** A `Sample`; field 3 is there in version 2 only. */
  sample(end: number): Sample {
    const { wire } = this;
    let value = 0;
    let timeMs = 0;
    let startMs = 0;
    let isStale = false;
    this.message(end, (tag, to) => {
      if (tag === 0x09) {
        isStale = this.isStaleAt(wire.position, to);
        value = this.double(to);
      } else if (tag === 0x10) timeMs = this.int64(to);
      else if (tag === 0x18) startMs = this.int64(to);
      else return false;
      return true;
    });
    return { value, timeMs, startMs, isStale };
  }

  /** An `Exemplar`, whose labels `label` reads. */
  exemplar(
    end: number,
    label: (tag: number, end: number, into: [string, string][]) => void,
  ): Exemplar {
    const labels: [string, string][] = [];
    let value = 0;
    let timeMs = 0;
    this.message(end, (tag, to) => {
      if (tag === 0x0a || tag === 0x08) label(tag, to, labels);
      else if (tag === 0x11) value = this.double(to);
      else if (tag === 0x18) timeMs = this.int64(to);
      else return false;
      return true;
    });
    return { labels, value, timeMs };
  }

  /** A `Histogram`, which has the same fields in both versions. */
  histogram(end: number): NativeHistogram {
    const histogram = emptyHistogram();
    const { positive, negative } = histogram;
    const { wire } = this;
    this.message(end, (tag, to) => {
      switch (tag >>> 3) {
        case 1:
          histogram.count = this.int64(expect(tag, 0, to, wire));
          return true;
        case 2:
          histogram.count = this.double(expect(tag, 1, to, wire));
          return true;
        case 3:
          expect(tag, 1, to, wire);
          histogram.isStale = this.isStaleAt(wire.position, to);
          histogram.sum = this.double(to);
          return true;
        case 4:
          histogram.schema = this.sint32(expect(tag, 0, to, wire));
          return true;
        case 5:
          histogram.zeroThreshold = this.double(expect(tag, 1, to, wire));
          return true;
        case 6:
          histogram.zeroCount = this.int64(expect(tag, 0, to, wire));
          return true;
        case 7:
          histogram.zeroCount = this.double(expect(tag, 1, to, wire));
          return true;
        case 14:
          histogram.isGauge = wire.varint(expect(tag, 0, to, wire)) === RESET_HINT_GAUGE;
          return true;
        case 15:
          histogram.timeMs = this.int64(expect(tag, 0, to, wire));
          return true;
        case 16:
          this.repeated(tag, to, histogram.customValues, this.nextDouble);
          return true;
        case 17:
          histogram.startMs = this.int64(expect(tag, 0, to, wire));
          return true;
        default:
          return (
            this.buckets(tag, to, (tag >>> 3) - 8, negative) ||
            this.buckets(tag, to, (tag >>> 3) - 11, positive)
          );
      }
    });
    return histogram;
  }

  /** The three fields of the buckets of one sign, counted from the first. */
  private buckets(tag: number, end: number, field: number, into: NativeBuckets): boolean {
    if (field === 0) this.span(expect(tag, 2, end, this.wire), into);
    else if (field === 1) this.repeated(tag, end, into.deltas, this.nextSint64);
    else if (field === 2) this.repeated(tag, end, into.counts, this.nextDouble);
    else return false;
    return true;
  }

  private span(end: number, into: NativeBuckets): void {
    if (into.spans.length === NUMBERS_MAX) throw tooMany("spans in a histogram", NUMBERS_MAX);
    let offset = 0;
    let length = 0;
    this.message(end, (tag, to) => {
      if (tag === 0x08) offset = this.sint32(to);
      else if (tag === 0x10) length = this.wire.varint(to);
      else return false;
      return true;
    });
    into.spans.push({ offset, length });
  }

  private readonly nextDouble = (end: number): number => this.double(end);
  private readonly nextSint64 = (end: number): number => this.sint64(end);

  private isStaleAt(at: number, end: number): boolean {
    const { wire } = this;
    return at + 8 <= end && wire.u32(at) === STALE_LOW && wire.u32(at + 4) === STALE_HIGH;
  }
}

/** Requires a field to have its wire type; gives `end` for the caller's convenience. */
function expect(tag: number, type: number, end: number, wire: WireReader): number {
  if ((tag & 7) === type) return end;
  throw malformed(`field ${tag >>> 3} with wire type ${tag & 7}`, wire.position);
}

export function tooMany(what: string, max: number): SightglassError {
  return new SightglassError("payload_too_large", `found more than ${max} ${what}`);
}

function emptyHistogram(): NativeHistogram {
  return {
    timeMs: 0,
    startMs: 0,
    count: 0,
    sum: 0,
    isStale: false,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    negative: { spans: [], deltas: [], counts: [] },
    positive: { spans: [], deltas: [], counts: [] },
    isGauge: false,
    customValues: [],
  };
}
