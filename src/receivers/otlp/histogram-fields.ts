import type { MetricType } from "#core/attributes.ts";
import type { ByteWriter } from "#core/bytes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { ListColumn, MetricBatch } from "#core/metric-batch.ts";
import { malformed, type WireReader } from "#pipeline/intake/wire.ts";

/** Where the fields of a histogram-like point stand: the three kinds number them differently. */
export interface PointLayout {
  readonly attributes: number;
  readonly exemplars: number;
  readonly min: number;
  readonly max: number;
  readonly flags: number;
}

/** The position of a field that is absent. */
export const NONE = -1;
export const LAYOUTS: Readonly<
  Record<"histogram" | "exponential_histogram" | "summary", PointLayout>
> = {
  histogram: { attributes: 0x4a, exemplars: 0x42, min: 0x59, max: 0x61, flags: 0x50 },
  exponential_histogram: { attributes: 0x0a, exemplars: 0x5a, min: 0x61, max: 0x69, flags: 0x50 },
  summary: { attributes: 0x3a, exemplars: NONE, min: NONE, max: NONE, flags: 0x40 },
};

/** The fields of one histogram-like point, as byte positions, from reading until writing. */
export class HistogramFields {
  private readonly type: MetricType;
  private readonly layout: PointLayout;
  private startAt = NONE;
  private countAt = NONE;
  private sumAt = NONE;
  private minAt = NONE;
  private maxAt = NONE;
  private zeroCountAt = NONE;
  private zeroThresholdAt = NONE;
  private scale = 0;
  private flags = 0;
  /** Bounds of a histogram. */
  private readonly lists: [number, number][] = [];
  /** Bucket counts of a histogram, quantiles of a summary. */
  private readonly packed: [number, number][] = [];
  private positive: [number, number] = [0, 0];
  private negative: [number, number] = [0, 0];
  /** Whether a repeated field has come more often than a row may have values. */
  private isOver = false;

  constructor(type: MetricType, layout: PointLayout) {
    this.type = type;
    this.layout = layout;
  }

  read(tag: number, reader: WireReader, end: number): void {
    const { layout, type } = this;
    if (tag === 0x11) this.startAt = reader.fixed(8, end);
    else if (tag === 0x21) this.countAt = reader.fixed(8, end);
    else if (tag === 0x29) this.sumAt = reader.fixed(8, end);
    else if (tag === layout.min) this.minAt = reader.fixed(8, end);
    else if (tag === layout.max) this.maxAt = reader.fixed(8, end);
    else if (tag === layout.flags) this.flags = reader.varint(end);
    else if (type === "histogram") this.readHistogram(tag, reader, end);
    else if (type === "exponential_histogram") this.readExponential(tag, reader, end);
    else if (tag === 0x32) this.note(this.packed, enter(reader, end));
    else reader.skip(tag, end);
  }

  /**
   * Whether there are more buckets, bounds or quantiles than a row may have. Such a point is refused: with
   * some of its buckets it would say something else.
   */
  hasTooMany(reader: WireReader): boolean {
    if (this.isOver) return true;
    if (this.type === "exponential_histogram")
      return [this.positive, this.negative].some((range) => hasTooManyBuckets(reader, range));
    if (this.type === "summary") return false;
    const bytes = (ranges: readonly [number, number][]): number =>
      ranges.reduce((sum, [from, to]) => sum + to - from, 0);
    return Math.max(bytes(this.lists), bytes(this.packed)) > ROW_LIMITS.bucketsMax * 8;
  }

  /** Notes a range of a repeated field. */
  private note(ranges: [number, number][], range: [number, number]): void {
    if (ranges.length < ROW_LIMITS.bucketsMax) ranges.push(range);
    else this.isOver = true;
  }

  /** `bucket_counts` and `explicit_bounds`: packed, or one at a time as proto2 senders write them. */
  private readHistogram(tag: number, reader: WireReader, end: number): void {
    if (tag === 0x32) this.note(this.packed, enter(reader, end));
    else if (tag === 0x3a) this.note(this.lists, enter(reader, end));
    else if (tag === 0x31) this.note(this.packed, eight(reader, end));
    else if (tag === 0x39) this.note(this.lists, eight(reader, end));
    else reader.skip(tag, end);
  }

  private readExponential(tag: number, reader: WireReader, end: number): void {
    if (tag === 0x30) this.scale = zigzag(reader.varint(end));
    else if (tag === 0x39) this.zeroCountAt = reader.fixed(8, end);
    else if (tag === 0x42) this.positive = enter(reader, end);
    else if (tag === 0x4a) this.negative = enter(reader, end);
    else if (tag === 0x71) this.zeroThresholdAt = reader.fixed(8, end);
    else reader.skip(tag, end);
  }

  write(columns: MetricBatch["histograms"], reader: WireReader): void {
    pushEight(columns.startTime, reader, this.startAt);
    pushEight(columns.count, reader, this.countAt);
    // The sum of a summary is not optional: a sender leaves it out when it is 0.
    columns.sumAbsent.u8(this.sumAt === NONE && this.type !== "summary" ? 1 : 0);
    pushEight(columns.sum, reader, this.sumAt);
    pushOptional(columns.min, columns.minAbsent, reader, this.minAt);
    pushOptional(columns.max, columns.maxAbsent, reader, this.maxAt);
    const isHistogram = this.type === "histogram";
    pushFixed(columns.bounds, reader, isHistogram ? this.lists : []);
    pushFixed(columns.buckets, reader, isHistogram ? this.packed : []);
    columns.scale.u32(this.scale);
    pushEight(columns.zeroCount, reader, this.zeroCountAt);
    pushEight(columns.zeroThreshold, reader, this.zeroThresholdAt);
    pushBuckets(columns.positiveOffset, columns.positiveBuckets, reader, this.positive);
    pushBuckets(columns.negativeOffset, columns.negativeBuckets, reader, this.negative);
    for (const [from, to] of isHistogram ? [] : this.packed)
      pushQuantile(columns, reader, from, to);
    columns.quantiles.endRow();
    columns.quantileValues.endRow();
    columns.flags.u32(this.flags);
  }
}

function enter(reader: WireReader, end: number): [number, number] {
  const to = reader.enter(end);
  const from = reader.position;
  reader.position = to;
  return [from, to];
}

function eight(reader: WireReader, end: number): [number, number] {
  const from = reader.fixed(8, end);
  return [from, from + 8];
}

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** Appends the eight bytes at `at`, or zeros where the field is absent. */
export function pushEight(into: ByteWriter, reader: WireReader, at: number): void {
  if (at === NONE) into.u64(0, 0);
  else into.raw(reader.bytes, at, at + 8);
}

function pushOptional(into: ByteWriter, absent: ByteWriter, reader: WireReader, at: number): void {
  absent.u8(at === NONE ? 1 : 0);
  pushEight(into, reader, at);
}

/** One row of a list of eight-byte values. */
function pushFixed(
  into: ListColumn,
  reader: WireReader,
  ranges: readonly [number, number][],
): void {
  for (const [from, to] of ranges) {
    if ((to - from) % 8 !== 0)
      throw malformed(`a packed list of ${to - from} bytes, not a multiple of 8,`, from);
    into.data.raw(reader.bytes, from, to);
  }
  into.endRow();
}

/** `Buckets` of an exponential histogram: a zigzag offset and varint counts. */
function pushBuckets(
  offsetInto: ByteWriter,
  into: ListColumn,
  reader: WireReader,
  range: [number, number],
): void {
  const offset = walkBuckets(reader, range, (end) => pushVarint(into.data, reader, end));
  offsetInto.u32(offset);
  into.endRow();
}

function hasTooManyBuckets(reader: WireReader, range: [number, number]): boolean {
  const [from, to] = range;
  // A count has a byte at least.
  if (to - from <= ROW_LIMITS.bucketsMax) return false;
  let counts = 0;
  walkBuckets(reader, range, (end) => {
    counts += 1;
    reader.varint64(end);
  });
  return counts > ROW_LIMITS.bucketsMax;
}

/**
 * Goes through `Buckets` of an exponential histogram; returns its offset.
 *
 * @param count is to read the count at the reader's position, which ends before `end`.
 */
function walkBuckets(
  reader: WireReader,
  [from, to]: readonly [number, number],
  count: (end: number) => void,
): number {
  let offset = 0;
  reader.position = from;
  while (reader.position < to) {
    const tag = reader.varint(to);
    if (tag === 0x08) {
      offset = zigzag(reader.varint(to));
    } else if (tag === 0x12) {
      const end = reader.enter(to);
      while (reader.position < end) count(end);
    } else if (tag === 0x10) {
      count(to);
    } else {
      reader.skip(tag, to);
    }
  }
  return offset;
}

function pushVarint(into: ByteWriter, reader: WireReader, end: number): void {
  if (reader.position < end && reader.bytes[reader.position]! < 128) {
    into.u64(reader.bytes[reader.position++]!, 0);
    return;
  }
  const value = reader.varint64(end);
  into.u64(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
}

function pushQuantile(
  columns: MetricBatch["histograms"],
  reader: WireReader,
  from: number,
  to: number,
): void {
  let quantileAt = NONE;
  let valueAt = NONE;
  reader.position = from;
  while (reader.position < to) {
    const tag = reader.varint(to);
    if (tag === 0x09) quantileAt = reader.fixed(8, to);
    else if (tag === 0x11) valueAt = reader.fixed(8, to);
    else reader.skip(tag, to);
  }
  pushEight(columns.quantiles.data, reader, quantileAt);
  pushEight(columns.quantileValues.data, reader, valueAt);
}
