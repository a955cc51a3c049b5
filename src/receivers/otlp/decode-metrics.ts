import { Buffer } from "node:buffer";
import type { MetricDescriptor, MetricType, Resource, Scope, Series } from "#core/attributes.ts";
import type { ByteWriter } from "#core/bytes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { ListColumn, MetricBatch } from "#core/metric-batch.ts";
import { AttributeDecoder } from "./decode-attributes.ts";
import { GroupCache, walkGroups } from "./decode-groups.ts";
import { pushId } from "./decode-traces.ts";
import { Rejections, type TimeWindow } from "./intake.ts";
import { type MetricSeries, SeriesCache } from "./series-cache.ts";
import { malformed, WireReader } from "./wire.ts";

const NO_BYTES = Buffer.alloc(0);

/** The `data` oneof of `Metric`, by protobuf tag. */
const DATA_TYPES: Readonly<Record<number, MetricType>> = {
  0x2a: "gauge",
  0x3a: "sum",
  0x4a: "histogram",
  0x52: "exponential_histogram",
  0x5a: "summary",
};

/** Where the fields of a histogram-like point stand: the three kinds number them differently. */
interface PointLayout {
  readonly attributes: number;
  readonly exemplars: number;
  readonly min: number;
  readonly max: number;
  readonly flags: number;
}

const NONE = -1;
const LAYOUTS: Readonly<Record<"histogram" | "exponential_histogram" | "summary", PointLayout>> = {
  histogram: { attributes: 0x4a, exemplars: 0x42, min: 0x59, max: 0x61, flags: 0x50 },
  exponential_histogram: { attributes: 0x0a, exemplars: 0x5a, min: 0x61, max: 0x69, flags: 0x50 },
  summary: { attributes: 0x3a, exemplars: NONE, min: NONE, max: NONE, flags: 0x40 },
};

/** What every point of the request is judged and counted by. */
interface Request {
  readonly batch: MetricBatch;
  readonly window: TimeWindow;
  readonly rejections: Rejections;
  index: number;
}

/** Decodes `ExportMetricsServiceRequest` bytes straight into a {@link MetricBatch}; see `TraceDecoder`. */
export class MetricDecoder {
  private readonly reader = new WireReader(NO_BYTES);
  private readonly attributes = new AttributeDecoder(this.reader);
  private readonly groups = new GroupCache();
  private readonly seriesCache = new SeriesCache();
  private readonly ranges: number[] = [];
  private readonly exemplarRanges: number[] = [];

  decode(body: Buffer, batch: MetricBatch, window: TimeWindow): Rejections {
    const request: Request = { batch, window, rejections: new Rejections(), index: 0 };
    this.reader.bytes = body;
    try {
      walkGroups(this.reader, this.groups, {
        record: (from, to, resource, scope) => this.metric(from, to, resource, scope, request),
        endGroup: () => {},
      });
    } finally {
      this.reader.bytes = NO_BYTES;
    }
    return request.rejections;
  }

  private metric(
    from: number,
    to: number,
    resource: Resource,
    scope: Scope,
    request: Request,
  ): void {
    const reader = this.reader;
    const b = reader.bytes;
    const texts = ["", "", ""];
    let data = 0;
    let dataFrom = 0;
    let dataTo = 0;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if ((tag & 7) !== 2) {
        reader.skip(tag, to);
        continue;
      }
      const end = reader.enter(to);
      if (tag <= 0x1a) texts[(tag >> 3) - 1] = b.toString("utf8", reader.position, end);
      else if (tag in DATA_TYPES) [data, dataFrom, dataTo] = [tag, reader.position, end];
      reader.position = end;
    }
    if (data === 0) return;
    const [name, description, unit] = texts as [string, string, string];
    this.points(
      dataFrom,
      dataTo,
      { name, description, unit, type: DATA_TYPES[data]! },
      resource,
      scope,
      request,
    );
  }

  private points(
    from: number,
    to: number,
    described: Pick<MetricDescriptor, "name" | "description" | "unit" | "type">,
    resource: Resource,
    scope: Scope,
    request: Request,
  ): void {
    const reader = this.reader;
    const points: number[] = [];
    let temporality = 0;
    let monotonic = false;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === 0x0a) {
        const end = reader.enter(to);
        points.push(reader.position, end);
        reader.position = end;
      } else if (tag === 0x10) {
        temporality = reader.varint(to);
      } else if (tag === 0x18) {
        monotonic = reader.varint(to) !== 0;
      } else {
        reader.skip(tag, to);
      }
    }
    const { type, name, unit, description } = described;
    if (name === "" || Buffer.byteLength(name) > ROW_LIMITS.nameBytesMax) {
      for (let i = 0; i < points.length; i += 2) {
        request.rejections.reject(
          `metric name of ${Buffer.byteLength(name)} bytes, allowed: 1 to ${ROW_LIMITS.nameBytesMax}`,
        );
      }
      return;
    }
    const descriptor: MetricDescriptor = {
      ...described,
      temporality: temporalityOf(temporality),
      monotonic,
    };
    const key = `${type}\n${temporality}\n${monotonic}\n${name}\n${unit}\n${description}`;
    const metric = this.seriesCache.metric(resource, scope, key, () => descriptor);
    const isNumber = type === "gauge" || type === "sum";
    for (let i = 0; i < points.length; i += 2) {
      if (isNumber) this.numberPoint(points[i]!, points[i + 1]!, metric, resource, scope, request);
      else
        this.histogramPoint(
          points[i]!,
          points[i + 1]!,
          LAYOUTS[type],
          metric,
          resource,
          scope,
          request,
        );
    }
  }

  private numberPoint(
    from: number,
    to: number,
    metric: MetricSeries,
    resource: Resource,
    scope: Scope,
    request: Request,
  ): void {
    const reader = this.reader;
    const { ranges, exemplarRanges } = this;
    ranges.length = 0;
    exemplarRanges.length = 0;
    let startAt = NONE,
      timeAt = NONE,
      valueAt = NONE,
      flags = 0;
    let isInt = false;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      switch (tag) {
        case 0x11:
          startAt = reader.fixed(8, to);
          break;
        case 0x19:
          timeAt = reader.fixed(8, to);
          break;
        case 0x21:
          valueAt = reader.fixed(8, to);
          isInt = false;
          break;
        case 0x31:
          valueAt = reader.fixed(8, to);
          isInt = true;
          break;
        case 0x40:
          flags = reader.varint(to);
          break;
        case 0x3a:
          this.pushRange(ranges, to);
          break;
        case 0x2a:
          this.pushRange(exemplarRanges, to);
          break;
        default:
          reader.skip(tag, to);
      }
    }
    if (this.invalidTime(timeAt, request)) return;
    const { batch } = request;
    const series = this.seriesCache.series(
      metric,
      resource,
      scope,
      this.attributes,
      reader.bytes,
      ranges,
    );
    const number = batch.seriesNumber(series);
    const { numbers } = batch;
    numbers.rows++;
    numbers.series.push(number);
    pushTime(numbers.time, reader, timeAt);
    pushTime(numbers.startTime, reader, startAt);
    pushNumber(numbers, reader, valueAt, isInt);
    numbers.flags.u32(flags);
    this.exemplars(batch, number);
  }

  private histogramPoint(
    from: number,
    to: number,
    layout: PointLayout,
    metric: MetricSeries,
    resource: Resource,
    scope: Scope,
    request: Request,
  ): void {
    const { batch } = request;
    const reader = this.reader;
    const timeAt = this.findTime(from, to);
    if (this.invalidTime(timeAt, request)) return;
    const point = new HistogramFields(metric.descriptor.type, layout);
    this.ranges.length = 0;
    this.exemplarRanges.length = 0;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === layout.attributes) this.pushRange(this.ranges, to);
      else if (tag === layout.exemplars) this.pushRange(this.exemplarRanges, to);
      else point.read(tag, reader, to);
    }
    const series: Series = this.seriesCache.series(
      metric,
      resource,
      scope,
      this.attributes,
      reader.bytes,
      this.ranges,
    );
    const number = batch.seriesNumber(series);
    const columns = batch.histograms;
    columns.rows++;
    columns.series.push(number);
    pushTime(columns.time, reader, timeAt);
    point.write(columns, reader);
    this.exemplars(batch, number);
  }

  private findTime(from: number, to: number): number {
    const reader = this.reader;
    let at = NONE;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === 0x19) at = reader.fixed(8, to);
      else reader.skip(tag, to);
    }
    return at;
  }

  private pushRange(ranges: number[], to: number): void {
    const end = this.reader.enter(to);
    ranges.push(this.reader.position, end);
    this.reader.position = end;
  }

  private invalidTime(timeAt: number, request: Request): boolean {
    const index = request.index++;
    if (timeAt === NONE) {
      request.rejections.reject(`point ${index}: time_unix_nano is missing`);
      return true;
    }
    return request.rejections.outside(
      request.window,
      this.reader.milliseconds(timeAt),
      "point",
      index,
    );
  }

  private exemplars(batch: MetricBatch, series: number): void {
    const ranges = this.exemplarRanges;
    const end = Math.min(ranges.length, ROW_LIMITS.exemplarsMax * 2);
    for (let i = 0; i < end; i += 2) this.exemplar(ranges[i]!, ranges[i + 1]!, batch, series);
  }

  private exemplar(from: number, to: number, batch: MetricBatch, series: number): void {
    const reader = this.reader;
    const columns = batch.exemplars;
    const attributes: number[] = [];
    const span = [0, 0];
    const trace = [0, 0];
    let timeAt = NONE,
      valueAt = NONE;
    let isInt = false;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      switch (tag) {
        case 0x11:
          timeAt = reader.fixed(8, to);
          break;
        case 0x19:
          valueAt = reader.fixed(8, to);
          isInt = false;
          break;
        case 0x31:
          valueAt = reader.fixed(8, to);
          isInt = true;
          break;
        case 0x22:
          span.length = 0;
          this.pushRange(span, to);
          break;
        case 0x2a:
          trace.length = 0;
          this.pushRange(trace, to);
          break;
        case 0x3a:
          this.pushRange(attributes, to);
          break;
        default:
          reader.skip(tag, to);
      }
    }
    if (timeAt === NONE) return;
    columns.rows++;
    columns.series.push(series);
    pushTime(columns.time, reader, timeAt);
    pushNumber(columns, reader, valueAt, isInt);
    pushId(columns.traceId, reader.bytes, trace[0]!, trace[1]!, 16);
    pushId(columns.spanId, reader.bytes, span[0]!, span[1]!, 8);
    for (let i = 0; i < Math.min(attributes.length, ROW_LIMITS.attributesMax * 2); i += 2) {
      this.attributes.keyValue(columns.attributes, attributes[i]!, attributes[i + 1]!);
    }
    columns.attributes.endRow();
  }
}

/** The fields of one histogram-like point, as byte positions, from reading until writing. */
class HistogramFields {
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
  private readonly lists: [number, number][] = [];
  private readonly packed: [number, number][] = [];
  private positive: [number, number] = [0, 0];
  private negative: [number, number] = [0, 0];

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
    else if (tag === 0x32) this.packed.push(enter(reader, end));
    else reader.skip(tag, end);
  }

  /** `bucket_counts` and `explicit_bounds`: packed, or one at a time as proto2 senders write them. */
  private readHistogram(tag: number, reader: WireReader, end: number): void {
    if (tag === 0x32) this.packed.push(enter(reader, end));
    else if (tag === 0x3a) this.lists.push(enter(reader, end));
    else if (tag === 0x31) this.packed.push(eight(reader, end));
    else if (tag === 0x39) this.lists.push(eight(reader, end));
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
    pushTime(columns.startTime, reader, this.startAt);
    pushEight(columns.count, reader, this.countAt);
    pushOptional(columns.sum, columns.sumAbsent, reader, this.sumAt);
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

function temporalityOf(value: number): 0 | 1 | 2 {
  return value === 1 || value === 2 ? value : 0;
}

function pushTime(into: ByteWriter, reader: WireReader, at: number): void {
  pushEight(into, reader, at);
}

function pushEight(into: ByteWriter, reader: WireReader, at: number): void {
  if (at === NONE) into.u64(0, 0);
  else into.raw(reader.bytes, at, at + 8);
}

function pushOptional(into: ByteWriter, absent: ByteWriter, reader: WireReader, at: number): void {
  absent.u8(at === NONE ? 1 : 0);
  pushEight(into, reader, at);
}

/** A number of either type: the double always, the integer exactly where it is one. */
function pushNumber(
  into: { value: ByteWriter; intValue: ByteWriter; isInt: ByteWriter },
  reader: WireReader,
  at: number,
  isInt: boolean,
): void {
  into.isInt.u8(isInt ? 1 : 0);
  if (!isInt) {
    pushEight(into.value, reader, at);
    into.intValue.u64(0, 0);
    return;
  }
  into.value.f64(reader.u32(at) + (reader.u32(at + 4) | 0) * 4_294_967_296);
  pushEight(into.intValue, reader, at);
}

/** One row of a list of eight-byte values, bounded by ROW_LIMITS.bucketsMax. */
function pushFixed(
  into: ListColumn,
  reader: WireReader,
  ranges: readonly [number, number][],
): void {
  let left = ROW_LIMITS.bucketsMax;
  for (const [from, to] of ranges) {
    if ((to - from) % 8 !== 0)
      throw malformed(`a packed list of ${to - from} bytes, not a multiple of 8,`, from);
    const kept = Math.min(left, (to - from) / 8);
    into.data.raw(reader.bytes, from, from + kept * 8);
    left -= kept;
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
  const [from, to] = range;
  let offset = 0;
  let left = ROW_LIMITS.bucketsMax;
  const count = (end: number): void => {
    const value = reader.varint64(end);
    if (left-- > 0)
      into.data.u64(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
  };
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
  offsetInto.u32(offset);
  into.endRow();
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
