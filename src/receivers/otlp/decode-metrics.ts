import { Buffer } from "node:buffer";
import type { MetricDescriptor, MetricType, Resource, Scope, Series } from "#core/attributes.ts";
import type { ByteWriter } from "#core/bytes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { AttributeDecoder } from "./decode-attributes.ts";
import { GroupCache, walkGroups } from "./decode-groups.ts";
import { pushId } from "./decode-traces.ts";
import { Rejections, type TimeWindow } from "./intake.ts";
import { HistogramFields, LAYOUTS, NONE, type PointLayout, pushEight } from "./histogram-fields.ts";
import { type MetricSeries, SeriesCache } from "./series-cache.ts";
import { WireReader } from "./wire.ts";

const NO_BYTES = Buffer.alloc(0);

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
    pushEight(numbers.time, reader, timeAt);
    pushEight(numbers.startTime, reader, startAt);
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
    pushEight(columns.time, reader, timeAt);
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
    pushEight(columns.time, reader, timeAt);
    pushNumber(columns, reader, valueAt, isInt);
    pushId(columns.traceId, reader.bytes, trace[0]!, trace[1]!, 16);
    pushId(columns.spanId, reader.bytes, span[0]!, span[1]!, 8);
    for (let i = 0; i < Math.min(attributes.length, ROW_LIMITS.attributesMax * 2); i += 2) {
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
