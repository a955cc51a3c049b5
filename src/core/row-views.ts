import {
  type Attribute,
  attributesOfRow,
  type Resource,
  type Scope,
  type Series,
} from "./attributes.ts";
import type { ByteWriter } from "./bytes.ts";
import type { LogBatch } from "./log-batch.ts";
import type { ListColumn, MetricBatch } from "./metric-batch.ts";
import type { SpanBatch } from "./span-batch.ts";

/** A span as an object: for destinations that need one, and for tests; never on the way to the store. */
export interface SpanRow {
  readonly resource: Resource;
  readonly scope: Scope;
  /** Unix nanoseconds. */
  readonly time: bigint;
  readonly durationNs: bigint;
  /** Lower-case hex; `parentSpanId` is empty for a root. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly statusMessage: string;
  readonly flags: number;
  readonly weight: number;
  readonly attributes: readonly Attribute[];
  readonly events: readonly { time: bigint; name: string; attributes: Attribute[] }[];
  readonly links: readonly {
    traceId: string;
    spanId: string;
    traceState: string;
    attributes: Attribute[];
  }[];
  readonly droppedAttributes: number;
  readonly droppedEvents: number;
  readonly droppedLinks: number;
}

export function spanRow(batch: SpanBatch, row: number): SpanRow {
  const group = batch.groups.groupOf(row);
  const parent = hex(batch.parentSpanId, row, 8);
  return {
    resource: batch.groups.resources[group]!,
    scope: batch.groups.scopes[group]!,
    time: uint64(batch.time, row),
    durationNs: uint64(batch.duration, row),
    traceId: hex(batch.traceId, row, 16),
    spanId: hex(batch.spanId, row, 8),
    parentSpanId: /^0*$/.test(parent) ? "" : parent,
    traceState: batch.traceState.text(row),
    name: batch.name.text(row),
    kind: batch.kind.bytes[row]!,
    status: batch.status.bytes[row]!,
    statusMessage: batch.statusMessage.text(row),
    flags: uint32(batch.flags, row),
    weight: batch.weight.bytes.readFloatLE(row * 4),
    attributes: attributesOfRow(batch.attributes, row),
    events: eventsOf(batch, row),
    links: linksOf(batch, row),
    droppedAttributes: uint32(batch.droppedAttributes, row),
    droppedEvents: uint32(batch.droppedEvents, row),
    droppedLinks: uint32(batch.droppedLinks, row),
  };
}

function eventsOf({ eventEnds, events }: SpanBatch, row: number): SpanRow["events"] {
  return elements(eventEnds.values, row).map((i) => ({
    time: uint64(events.time, i),
    name: events.name.text(i),
    attributes: attributesOfRow(events.attributes, i),
  }));
}

function linksOf({ linkEnds, links }: SpanBatch, row: number): SpanRow["links"] {
  return elements(linkEnds.values, row).map((i) => ({
    traceId: hex(links.traceId, i, 16),
    spanId: hex(links.spanId, i, 8),
    traceState: links.traceState.text(i),
    attributes: attributesOfRow(links.attributes, i),
  }));
}

/** A log record as an object. */
export interface LogRow {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly time: bigint;
  readonly observedTime: bigint;
  /** Lower-case hex, all zero without a trace. */
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly severity: number;
  readonly severityText: string;
  readonly body: string;
  /** One of `ATTRIBUTE_TYPES`. */
  readonly bodyType: number;
  readonly eventName: string;
  readonly weight: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
}

export function logRow(batch: LogBatch, row: number): LogRow {
  const group = batch.groups.groupOf(row);
  return {
    resource: batch.groups.resources[group]!,
    scope: batch.groups.scopes[group]!,
    time: uint64(batch.time, row),
    observedTime: uint64(batch.observedTime, row),
    traceId: hex(batch.traceId, row, 16),
    spanId: hex(batch.spanId, row, 8),
    flags: uint32(batch.flags, row),
    severity: batch.severity.bytes[row]!,
    severityText: batch.severityText.text(row),
    body: batch.body.text(row),
    bodyType: batch.bodyType.bytes[row]!,
    eventName: batch.eventName.text(row),
    weight: batch.weight.bytes.readFloatLE(row * 4),
    attributes: attributesOfRow(batch.attributes, row),
    droppedAttributes: uint32(batch.droppedAttributes, row),
  };
}

/** A number that was sent as an integer is a bigint, any other a number. */
export type PointNumber = number | bigint;

/** A point of a gauge or sum as an object. */
export interface NumberPointRow {
  readonly series: Series;
  readonly time: bigint;
  readonly startTime: bigint;
  readonly value: PointNumber;
  readonly flags: number;
  readonly exemplars: readonly ExemplarRow[];
}

/** Looks through all exemplars of the batch. */
export function numberPointRow(batch: MetricBatch, row: number): NumberPointRow {
  const { numbers } = batch;
  return {
    series: batch.series[numbers.series.values[row]!]!,
    time: uint64(numbers.time, row),
    startTime: uint64(numbers.startTime, row),
    value: numberAt(numbers, row),
    flags: uint32(numbers.flags, row),
    exemplars: exemplarsOf(batch, row),
  };
}

/** A point of a histogram, exponential histogram or summary as an object. */
export interface HistogramPointRow {
  readonly series: Series;
  readonly time: bigint;
  readonly startTime: bigint;
  readonly count: bigint;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly bounds: readonly number[];
  readonly buckets: readonly bigint[];
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  readonly positive: { readonly offset: number; readonly buckets: readonly bigint[] };
  readonly negative: { readonly offset: number; readonly buckets: readonly bigint[] };
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  readonly flags: number;
  readonly exemplars: readonly ExemplarRow[];
}

/** Looks through all exemplars of the batch. */
export function histogramPointRow(batch: MetricBatch, row: number): HistogramPointRow {
  const points = batch.histograms;
  const values = doubles(points.quantileValues, row);
  return {
    series: batch.series[points.series.values[row]!]!,
    time: uint64(points.time, row),
    startTime: uint64(points.startTime, row),
    count: uint64(points.count, row),
    sum: optional(points.sum, points.sumAbsent, row),
    min: optional(points.min, points.minAbsent, row),
    max: optional(points.max, points.maxAbsent, row),
    bounds: doubles(points.bounds, row),
    buckets: integers(points.buckets, row),
    scale: points.scale.bytes.readInt32LE(row * 4),
    zeroCount: uint64(points.zeroCount, row),
    zeroThreshold: points.zeroThreshold.bytes.readDoubleLE(row * 8),
    positive: {
      offset: points.positiveOffset.bytes.readInt32LE(row * 4),
      buckets: integers(points.positiveBuckets, row),
    },
    negative: {
      offset: points.negativeOffset.bytes.readInt32LE(row * 4),
      buckets: integers(points.negativeBuckets, row),
    },
    quantiles: doubles(points.quantiles, row).map((quantile, i) => ({
      quantile,
      value: values[i]!,
    })),
    flags: uint32(points.flags, row),
    exemplars: exemplarsOf(batch, ~row),
  };
}

/** An exemplar as an object; `series` is that of its point. */
export interface ExemplarRow {
  readonly series: Series;
  readonly time: bigint;
  readonly value: PointNumber;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly Attribute[];
}

export function exemplarRow(batch: MetricBatch, row: number): ExemplarRow {
  const { exemplars } = batch;
  return {
    series: batch.series[exemplars.series.values[row]!]!,
    time: uint64(exemplars.time, row),
    value: numberAt(exemplars, row),
    traceId: hex(exemplars.traceId, row, 16),
    spanId: hex(exemplars.spanId, row, 8),
    attributes: attributesOfRow(exemplars.attributes, row),
  };
}

/** Those of a point as {@link MetricBatch.exemplars} numbers it, in their order. */
function exemplarsOf(batch: MetricBatch, point: number): ExemplarRow[] {
  const { points, rows } = batch.exemplars;
  const all = points.values.subarray(0, rows);
  const found: ExemplarRow[] = [];
  for (let row = all.indexOf(point); row >= 0; row = all.indexOf(point, row + 1))
    found.push(exemplarRow(batch, row));
  return found;
}

function uint64(column: ByteWriter, row: number): bigint {
  return column.bytes.readBigUInt64LE(row * 8);
}

function uint32(column: ByteWriter, row: number): number {
  return column.bytes.readUInt32LE(row * 4);
}

function hex(column: ByteWriter, row: number, width: number): string {
  return column.bytes.toString("hex", row * width, (row + 1) * width);
}

function optional(column: ByteWriter, absent: ByteWriter, row: number): number | null {
  return absent.bytes[row] === 1 ? null : column.bytes.readDoubleLE(row * 8);
}

function numberAt(
  columns: { value: ByteWriter; intValue: ByteWriter; isInt: ByteWriter },
  row: number,
): PointNumber {
  if (columns.isInt.bytes[row] === 1) return columns.intValue.bytes.readBigInt64LE(row * 8);
  return columns.value.bytes.readDoubleLE(row * 8);
}

/** The numbers of the elements that a row's nested columns have. */
function elements(ends: Int32Array, row: number): number[] {
  const from = row === 0 ? 0 : ends[row - 1]!;
  return Array.from({ length: ends[row]! - from }, (_, i) => from + i);
}

function doubles(column: ListColumn, row: number): number[] {
  return elements(column.ends.values, row).map((i) => column.data.bytes.readDoubleLE(i * 8));
}

function integers(column: ListColumn, row: number): bigint[] {
  return elements(column.ends.values, row).map((i) => column.data.bytes.readBigUInt64LE(i * 8));
}
