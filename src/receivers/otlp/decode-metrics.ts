import { Buffer } from "node:buffer";
import type { MetricDescriptor, MetricType, Resource, Scope } from "#core/attributes.ts";
import type { ByteWriter } from "#core/bytes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { Rejections, type TimeWindow, TOO_MANY_BUCKETS } from "#core/rejections.ts";
import { cutText } from "#core/utf8.ts";
import { AttributeDecoder } from "./decode-attributes.ts";
import { eachField, GroupCache, walkGroups } from "./decode-groups.ts";
import { pushId } from "./decode-traces.ts";
import { HistogramFields, LAYOUTS, NONE, type PointLayout, pushEight } from "./histogram-fields.ts";
import { type ScopedMetric, SeriesCache } from "./series-cache.ts";
import { WireReader } from "#pipeline/intake/wire.ts";

const NO_BYTES = Buffer.alloc(0);

/** Bytes that `name`, `description` and `unit` are cut at; a metric with a name of more is refused. */
const TEXT_BYTES_MAX = [
  ROW_LIMITS.nameBytesMax,
  ROW_LIMITS.descriptionBytesMax,
  ROW_LIMITS.nameBytesMax,
] as const;

/** The `data` oneof of `Metric`, by protobuf tag. */
const DATA_TYPES: Readonly<Record<number, MetricType>> = {
  0x2a: "gauge",
  0x3a: "sum",
  0x4a: "histogram",
  0x52: "exponential_histogram",
  0x5a: "summary",
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
    batch.sourceBytes = body.length;
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
    let nameBytes = 0;
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
      const at = reader.position;
      const text = (tag >>> 3) - 1;
      if (text === 0) nameBytes = end - at;
      if (text < 3)
        texts[text] = b.toString("utf8", at, cutText(b, at, end, TEXT_BYTES_MAX[text]!));
      else if (tag in DATA_TYPES) [data, dataFrom, dataTo] = [tag, at, end];
      reader.position = end;
    }
    if (data === 0) return;
    const [name, description, unit] = texts as [string, string, string];
    if (nameBytes === 0 || nameBytes > ROW_LIMITS.nameBytesMax) {
      this.rejectPoints(dataFrom, dataTo, nameBytes, request);
      return;
    }
    this.points(
      dataFrom,
      dataTo,
      { name, description, unit, type: DATA_TYPES[data]! },
      resource,
      scope,
      request,
    );
  }

  private rejectPoints(from: number, to: number, nameBytes: number, request: Request): void {
    const allowed = `1 to ${ROW_LIMITS.nameBytesMax}`;
    const what = `point ${request.index}: a metric name of ${nameBytes} bytes, allowed: ${allowed}`;
    eachField(this.reader, from, to, 0x0a, () => {
      request.index++;
      request.rejections.reject(what);
    });
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
    let temporality = 0;
    let monotonic = false;
    reader.position = from;
    while (reader.position < to) {
      const tag = reader.varint(to);
      if (tag === 0x10) {
        temporality = reader.varint(to);
      } else if (tag === 0x18) {
        monotonic = reader.varint(to) !== 0;
      } else {
        reader.skip(tag, to);
      }
    }
    const { type, name, unit, description } = described;
    const descriptor: MetricDescriptor = {
      ...described,
      temporality: temporalityOf(temporality),
      monotonic,
    };
    // With the lengths of the texts, so that no two metrics share a key.
    const texts = `${name.length}:${unit.length}:${name}${unit}${description}`;
    const key = `${type}:${descriptor.temporality}:${monotonic}:${texts}`;
    const metric = this.seriesCache.metric(resource, scope, key, descriptor);
    eachField(reader, from, to, 0x0a, (at, end) => {
      if (request.rejections.isOver(request.index)) request.index++;
      else if (type === "gauge" || type === "sum") this.numberPoint(at, end, metric, request);
      else this.histogramPoint(at, end, LAYOUTS[type], metric, request);
    });
  }

  private numberPoint(from: number, to: number, metric: ScopedMetric, request: Request): void {
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
          this.pushRange(ranges, to, ROW_LIMITS.attributesMax);
          break;
        case 0x2a:
          this.pushRange(exemplarRanges, to, ROW_LIMITS.exemplarsMax);
          break;
        default:
          reader.skip(tag, to);
      }
    }
    if (this.invalidTime(timeAt, request)) return;
    const { batch } = request;
    const series = this.seriesCache.series(metric, this.attributes, reader.bytes, ranges);
    const number = batch.seriesNumber(series);
    const { numbers } = batch;
    numbers.rows++;
    numbers.series.push(number);
    pushEight(numbers.time, reader, timeAt);
    pushEight(numbers.startTime, reader, startAt);
    pushNumber(numbers, reader, valueAt, isInt);
    numbers.flags.u32(flags);
    this.exemplars(request, number, numbers.rows - 1);
  }

  private histogramPoint(
    from: number,
    to: number,
    layout: PointLayout,
    metric: ScopedMetric,
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
      if (tag === layout.attributes) this.pushRange(this.ranges, to, ROW_LIMITS.attributesMax);
      else if (tag === layout.exemplars)
        this.pushRange(this.exemplarRanges, to, ROW_LIMITS.exemplarsMax);
      else point.read(tag, reader, to);
    }
    if (point.hasTooMany(reader)) {
      request.rejections.reject(`point ${request.index - 1}: ${TOO_MANY_BUCKETS}`);
      return;
    }
    const series = this.seriesCache.series(metric, this.attributes, reader.bytes, this.ranges);
    const number = batch.seriesNumber(series);
    const columns = batch.histograms;
    columns.rows++;
    columns.series.push(number);
    pushEight(columns.time, reader, timeAt);
    point.write(columns, reader);
    this.exemplars(request, number, ~(columns.rows - 1));
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

  /** Notes a field's range; those after the first `entriesMax` are left out. */
  private pushRange(ranges: number[], to: number, entriesMax: number): void {
    const end = this.reader.enter(to);
    if (ranges.length < entriesMax * 2) ranges.push(this.reader.position, end);
    this.reader.position = end;
  }

  private invalidTime(timeAt: number, request: Request): boolean {
    const index = request.index++;
    const timeMs = timeAt === NONE ? 0 : this.reader.milliseconds(timeAt);
    if (timeMs === 0) {
      request.rejections.reject(`point ${index}: time_unix_nano is missing`);
      return true;
    }
    return request.rejections.outside(request.window, timeMs, "point", index);
  }

  private exemplars(request: Request, series: number, point: number): void {
    const ranges = this.exemplarRanges;
    for (let i = 0; i < ranges.length; i += 2)
      this.exemplar(ranges[i]!, ranges[i + 1]!, request, series, point);
  }

  /** An exemplar without a time, or whose time the store would not keep, is left out. */
  private exemplar(
    from: number,
    to: number,
    { batch, window }: Request,
    series: number,
    point: number,
  ): void {
    const reader = this.reader;
    const columns = batch.exemplars;
    const attributes: number[] = [];
    let spanFrom = 0,
      spanTo = 0,
      traceFrom = 0,
      traceTo = 0;
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
          spanTo = reader.enter(to);
          spanFrom = reader.position;
          reader.position = spanTo;
          break;
        case 0x2a:
          traceTo = reader.enter(to);
          traceFrom = reader.position;
          reader.position = traceTo;
          break;
        case 0x3a:
          this.pushRange(attributes, to, ROW_LIMITS.attributesMax);
          break;
        default:
          reader.skip(tag, to);
      }
    }
    const timeMs = timeAt === NONE ? 0 : reader.milliseconds(timeAt);
    if (timeMs === 0 || timeMs < window.oldestMs || timeMs > window.newestMs) return;
    columns.rows++;
    columns.series.push(series);
    columns.points.push(point);
    pushEight(columns.time, reader, timeAt);
    pushNumber(columns, reader, valueAt, isInt);
    pushId(columns.traceId, reader.bytes, traceFrom, traceTo, 16);
    pushId(columns.spanId, reader.bytes, spanFrom, spanTo, 8);
    for (let i = 0; i < attributes.length; i += 2) {
      this.attributes.keyValue(columns.attributes, attributes[i]!, attributes[i + 1]!);
    }
    columns.attributes.endRow();
  }
}

function temporalityOf(value: number): 0 | 1 | 2 {
  return value === 1 || value === 2 ? value : 0;
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
