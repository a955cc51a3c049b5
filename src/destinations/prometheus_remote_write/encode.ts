import { pushVarint64, writeText, writeUint32, writeZigzag } from "#core/otlp/row-writer.ts";
import { ProtobufWriter } from "#core/otlp/writer.ts";
import type {
  Exemplar,
  Family,
  Label,
  NativeBuckets,
  NativeHistogram,
  Sample,
  WriteSeries,
} from "./write-series.ts";

const TWO_32 = 0x1_0000_0000;
/** The bits of the NaN that Prometheus writes where a series ends, in two halves. */
const STALE_HIGH = 0x7ff0_0000;
const STALE_LOW = 2;
const RESET_HINT_GAUGE = 3;

/** `prometheus.WriteRequest` of version 1 (https://prometheus.io/docs/specs/prw/remote_write_spec/). */
export function encodeVersion1(
  series: readonly WriteSeries[],
  families: readonly Family[],
): Buffer {
  return written((writer) => {
    for (const { labels, samples, exemplars, histograms } of series)
      message(writer, 0x0a, () => {
        for (const label of labels) pushLabel(writer, label);
        for (const sample of samples) pushSample(writer, sample, false);
        for (const exemplar of exemplars) pushExemplar1(writer, exemplar);
        for (const histogram of histograms) pushHistogram(writer, 0x22, histogram, false);
      });
    for (const { name, type, help, unit } of families)
      message(writer, 0x1a, () => {
        writeUint32(writer, 0x08, type);
        writeText(writer, 0x12, name);
        writeText(writer, 0x22, help);
        writeText(writer, 0x2a, unit);
      });
  });
}

/** `io.prometheus.write.v2.Request` (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/). */
export function encodeVersion2(series: readonly WriteSeries[]): Buffer {
  const symbols = new Symbols();
  const messages = written((writer) => {
    for (const one of series) {
      // A message has either samples or histograms: a series with both is two.
      if (one.samples.length > 0) pushSeries2(writer, { ...one, histograms: [] }, symbols);
      if (one.histograms.length === 0) continue;
      const exemplars = one.samples.length > 0 ? [] : one.exemplars;
      pushSeries2(writer, { ...one, samples: [], exemplars }, symbols);
    }
  });
  const table = written((writer) => {
    for (const symbol of symbols.all) {
      writer.tag(0x22);
      writer.string(symbol);
    }
  });
  return Buffer.concat([table, messages]);
}

/** The texts of a request of version 2, each once; the first is the empty one. */
class Symbols {
  private readonly numbers = new Map<string, number>([["", 0]]);

  get all(): Iterable<string> {
    return this.numbers.keys();
  }

  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) this.numbers.set(text, (number = this.numbers.size));
    return number;
  }
}

function pushSeries2(writer: ProtobufWriter, series: WriteSeries, symbols: Symbols): void {
  const { labels, samples, histograms, exemplars, family } = series;
  message(writer, 0x2a, () => {
    pushReferences(writer, labels, symbols);
    for (const sample of samples) pushSample(writer, sample, true);
    for (const histogram of histograms) pushHistogram(writer, 0x1a, histogram, true);
    for (const { labels: own, value, timeMs } of exemplars)
      message(writer, 0x22, () => {
        pushReferences(writer, own, symbols);
        pushDouble(writer, 0x11, value);
        pushInt64(writer, 0x18, timeMs);
      });
    message(writer, 0x2a, () => {
      writeUint32(writer, 0x08, family.type);
      writeUint32(writer, 0x18, symbols.of(family.help));
      writeUint32(writer, 0x20, symbols.of(family.unit));
    });
    // Up to 2.0-rc.3 the start was the series' and not the sample's.
    pushInt64(writer, 0x30, commonStart([...samples, ...histograms]));
  });
}

/** The start that all have; 0 where they differ. */
function commonStart(all: readonly { readonly startMs: number }[]): number {
  const [first] = all;
  return first !== undefined && all.every(({ startMs }) => startMs === first.startMs)
    ? first.startMs
    : 0;
}

function pushReferences(writer: ProtobufWriter, labels: readonly Label[], symbols: Symbols): void {
  if (labels.length === 0) return;
  message(writer, 0x0a, () => {
    for (const [name, value] of labels) {
      writer.uint32(symbols.of(name));
      writer.uint32(symbols.of(value));
    }
  });
}

function pushLabel(writer: ProtobufWriter, [name, value]: Label): void {
  message(writer, 0x0a, () => {
    writeText(writer, 0x0a, name);
    writeText(writer, 0x12, value);
  });
}

function pushSample(
  writer: ProtobufWriter,
  { value, timeMs, startMs, isStale }: Sample,
  withStart: boolean,
): void {
  message(writer, 0x12, () => {
    if (isStale) pushStale(writer, 0x09);
    else pushDouble(writer, 0x09, value);
    pushInt64(writer, 0x10, timeMs);
    if (withStart) pushInt64(writer, 0x18, startMs);
  });
}

function pushExemplar1(writer: ProtobufWriter, { labels, value, timeMs }: Exemplar): void {
  message(writer, 0x1a, () => {
    for (const label of labels) pushLabel(writer, label);
    pushDouble(writer, 0x11, value);
    pushInt64(writer, 0x18, timeMs);
  });
}

/** `Histogram`, which has the same fields in both versions, but for the start. */
function pushHistogram(
  writer: ProtobufWriter,
  tag: number,
  histogram: NativeHistogram,
  withStart: boolean,
): void {
  message(writer, tag, () => {
    writer.tag(0x08);
    pushVarint64(writer, histogram.count);
    if (histogram.isStale) pushStale(writer, 0x19);
    else pushDouble(writer, 0x19, histogram.sum);
    writeZigzag(writer, 0x20, histogram.schema);
    pushDouble(writer, 0x29, histogram.zeroThreshold);
    writer.tag(0x30);
    pushVarint64(writer, histogram.zeroCount);
    pushBuckets(writer, 8, histogram.negative);
    pushBuckets(writer, 11, histogram.positive);
    if (histogram.isGauge) writeUint32(writer, 0x70, RESET_HINT_GAUGE);
    pushInt64(writer, 0x78, histogram.timeMs);
    if (withStart) pushInt64(writer, 17 * 8, histogram.startMs);
  });
}

/** Spans in the field `field`, deltas in the one after it. */
function pushBuckets(
  writer: ProtobufWriter,
  field: number,
  { spans, deltas }: NativeBuckets,
): void {
  for (const { offset, length } of spans)
    message(writer, field * 8 + 2, () => {
      writeZigzag(writer, 0x08, offset);
      writeUint32(writer, 0x10, length);
    });
  if (deltas.length === 0) return;
  message(writer, (field + 1) * 8 + 2, () => {
    for (const delta of deltas) pushVarint64(writer, zigzag(delta));
  });
}

function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

function pushStale(writer: ProtobufWriter, tag: number): void {
  writer.tag(tag);
  writer.fixed64(STALE_LOW, STALE_HIGH);
}

function pushDouble(writer: ProtobufWriter, tag: number, value: number): void {
  writer.tag(tag);
  writer.double(value);
}

/** Milliseconds, left out where they are 0. */
function pushInt64(writer: ProtobufWriter, tag: number, value: number): void {
  if (value === 0) return;
  writer.tag(tag);
  writer.varint64(value >>> 0, Math.floor(value / TWO_32) >>> 0);
}

function message(writer: ProtobufWriter, tag: number, fields: () => void): void {
  writer.tag(tag);
  const start = writer.begin();
  fields();
  writer.end(start);
}

function written(write: (writer: ProtobufWriter) => void): Buffer {
  const writer = new ProtobufWriter();
  try {
    write(writer);
    return writer.finish();
  } catch (error) {
    writer.release();
    throw error;
  }
}
