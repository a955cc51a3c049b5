import type { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS } from "#core/limits.ts";
import { malformed } from "#pipeline/intake/wire.ts";
import { MessageReader, tooMany } from "./message-reader.ts";
import type { FamilyMetadata, SeriesMetadata, WriteSeries } from "./series.ts";

/** Strings of the symbol table of version 2. */
const SYMBOLS_MAX = 1_000_000;
/** Labels of one series. */
const LABELS_MAX = 256;
/** Series of one request, with or without samples. */
const SERIES_MAX = REQUEST_LIMITS.rowsMax;

export interface WriteRequest {
  readonly series: readonly WriteSeries[];
  /** Version 1 only. */
  readonly metadata: readonly FamilyMetadata[];
}

/** Gathers the series of a request. Several messages may be about one series: they are joined. */
class SeriesTable {
  private readonly byLabels = new Map<string, WriteSeries>();
  private rows = 0;

  of(labels: [string, string][]): WriteSeries {
    const key = labels
      .map(([name, value]) => `${name.length}:${name}${value.length}:${value}`)
      .join("");
    let series = this.byLabels.get(key);
    if (series === undefined) {
      if (this.byLabels.size === SERIES_MAX) throw tooMany("series in one request", SERIES_MAX);
      series = { labels, samples: [], histograms: [], exemplars: [], metadata: undefined };
      this.byLabels.set(key, series);
    }
    return series;
  }

  /** Counts a row of the request. */
  row(): void {
    if (++this.rows > REQUEST_LIMITS.rowsMax) {
      throw tooMany("samples, histograms and exemplars in one request", REQUEST_LIMITS.rowsMax);
    }
  }

  get all(): WriteSeries[] {
    return [...this.byLabels.values()];
  }
}

/** `prometheus.WriteRequest`. @throws SightglassError `bad_payload`, or `payload_too_large`. */
export function decodeVersion1(body: Buffer): WriteRequest {
  const reader = new MessageReader();
  const { wire } = reader;
  wire.bytes = body;
  const table = new SeriesTable();
  const metadata: FamilyMetadata[] = [];
  reader.each(body.length, (tag, end) => {
    if (tag === 0x0a) {
      const to = wire.enter(end);
      series1(reader, to, table);
      wire.position = to;
    } else if (tag === 0x1a) {
      if (metadata.length === SERIES_MAX) throw tooMany("metadata in one request", SERIES_MAX);
      metadata.push(familyMetadata(reader, end));
    } else return false;
    return true;
  });
  return { series: table.all, metadata };
}

/** Two passes, since the labels may come after what they are the labels of. */
function series1(reader: MessageReader, end: number, table: SeriesTable): void {
  const { wire } = reader;
  const from = wire.position;
  const labels: [string, string][] = [];
  reader.each(end, (tag, to) => {
    if (tag !== 0x0a) return false;
    label1(reader, to, labels);
    return true;
  });
  const series = table.of(labels);
  wire.position = from;
  const exemplarLabel = (_tag: number, to: number, into: [string, string][]): void => {
    label1(reader, to, into);
  };
  reader.each(end, (tag, to) => {
    if (tag === 0x12) series.samples.push(reader.sample(to));
    else if (tag === 0x1a) series.exemplars.push(reader.exemplar(to, exemplarLabel));
    else if (tag === 0x22) series.histograms.push(reader.histogram(to));
    else return false;
    table.row();
    return true;
  });
}

function label1(reader: MessageReader, end: number, into: [string, string][]): void {
  if (into.length === LABELS_MAX) throw tooMany("labels of one series", LABELS_MAX);
  let name = "";
  let value = "";
  reader.message(end, (tag, to) => {
    if (tag === 0x0a) name = reader.text(to);
    else if (tag === 0x12) value = reader.text(to);
    else return false;
    return true;
  });
  into.push([name, value]);
}

function familyMetadata(reader: MessageReader, end: number): FamilyMetadata {
  let type = 0;
  let family = "";
  let help = "";
  let unit = "";
  reader.message(end, (tag, to) => {
    if (tag === 0x08) type = reader.wire.varint(to);
    else if (tag === 0x12) family = reader.text(to);
    else if (tag === 0x22) help = reader.text(to);
    else if (tag === 0x2a) unit = reader.text(to);
    else return false;
    return true;
  });
  return { type, family, help, unit };
}

/** `io.prometheus.write.v2.Request`. @throws SightglassError `bad_payload`, or `payload_too_large`. */
export function decodeVersion2(body: Buffer): WriteRequest {
  const reader = new MessageReader();
  const { wire } = reader;
  wire.bytes = body;
  const symbols: string[] = [];
  reader.each(body.length, (tag, end) => {
    if (tag !== 0x22) return false;
    if (symbols.length === SYMBOLS_MAX) throw tooMany("symbols in one request", SYMBOLS_MAX);
    symbols.push(reader.text(end));
    return true;
  });
  const table = new SeriesTable();
  wire.position = 0;
  reader.each(body.length, (tag, end) => {
    if (tag !== 0x2a) return false;
    const to = wire.enter(end);
    new Series2(reader, symbols).read(to, table);
    wire.position = to;
    return true;
  });
  return { series: table.all, metadata: [] };
}

/** One series of version 2, whose texts are places in the table of symbols. */
class Series2 {
  private readonly reader: MessageReader;
  private readonly symbols: readonly string[];

  constructor(reader: MessageReader, symbols: readonly string[]) {
    this.reader = reader;
    this.symbols = symbols;
  }

  read(end: number, table: SeriesTable): void {
    const { reader } = this;
    const from = reader.wire.position;
    const labels: [string, string][] = [];
    let startMs = 0;
    reader.each(end, (tag, to) => {
      if (tag === 0x0a || tag === 0x08) this.labels(tag, to, labels);
      // Up to 2.0-rc.3 the start was the series' and not the sample's.
      else if (tag === 0x30) startMs = reader.int64(to);
      else return false;
      return true;
    });
    const series = table.of(labels);
    reader.wire.position = from;
    reader.each(end, (tag, to) => {
      if (tag === 0x2a) {
        series.metadata = this.metadata(to);
        return true;
      }
      if (tag === 0x12) {
        const sample = reader.sample(to);
        series.samples.push(sample.startMs === 0 ? { ...sample, startMs } : sample);
      } else if (tag === 0x1a) {
        const histogram = reader.histogram(to);
        if (histogram.startMs === 0) histogram.startMs = startMs;
        series.histograms.push(histogram);
      } else if (tag === 0x22) series.exemplars.push(reader.exemplar(to, this.labels));
      else return false;
      table.row();
      return true;
    });
  }

  /** References in pairs of name and value, packed or not. */
  private readonly labels = (tag: number, end: number, into: [string, string][]): void => {
    const { wire } = this.reader;
    if (tag !== 0x0a) throw malformed("label references that are not packed", wire.position);
    const to = wire.enter(end);
    while (wire.position < to) {
      if (into.length === LABELS_MAX) throw tooMany("labels of one series", LABELS_MAX);
      const name = this.symbol(wire.varint(to));
      if (wire.position >= to) {
        throw new SightglassError("bad_payload", "labels_refs: allowed is an even number of them");
      }
      into.push([name, this.symbol(wire.varint(to))]);
    }
  };

  private metadata(end: number): SeriesMetadata {
    const { reader } = this;
    let type = 0;
    let help = "";
    let unit = "";
    reader.message(end, (tag, to) => {
      if (tag === 0x08) type = reader.wire.varint(to);
      else if (tag === 0x18) help = this.symbol(reader.wire.varint(to));
      else if (tag === 0x20) unit = this.symbol(reader.wire.varint(to));
      else return false;
      return true;
    });
    return { type, help, unit };
  }

  private symbol(reference: number): string {
    const symbol = this.symbols[reference];
    if (symbol !== undefined) return symbol;
    throw new SightglassError(
      "bad_payload",
      `symbols: found a reference to number ${reference}, there are ${this.symbols.length}`,
    );
  }
}
