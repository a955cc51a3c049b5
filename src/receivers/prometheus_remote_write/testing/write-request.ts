import protobuf from "protobufjs";

/**
 * The messages of Prometheus' `prompb/types.proto` and `remote.proto`, and of
 * `io/prometheus/write/v2/types.proto`, without the options of gogoproto.
 */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    enum ResetHint { UNKNOWN = 0; YES = 1; NO = 2; GAUGE = 3; }
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3;
    sint32 schema = 4;
    double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated BucketSpan negative_spans = 8;
    repeated sint64 negative_deltas = 9;
    repeated double negative_counts = 10;
    repeated BucketSpan positive_spans = 11;
    repeated sint64 positive_deltas = 12;
    repeated double positive_counts = 13;
    ResetHint reset_hint = 14;
    int64 timestamp = 15;
    repeated double custom_values = 16;
    int64 start_timestamp = 17;
  }
  message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
  message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
  message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
  message TimeSeries {
    repeated Label labels = 1;
    repeated Sample samples = 2;
    repeated Exemplar exemplars = 3;
    repeated Histogram histograms = 4;
  }
  message Request { repeated string symbols = 4; repeated TimeSeries2 timeseries = 5; }
  message Sample2 { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
  message Exemplar2 { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
  message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  message TimeSeries2 {
    repeated uint32 labels_refs = 1;
    repeated Sample2 samples = 2;
    repeated Histogram histograms = 3;
    repeated Exemplar2 exemplars = 4;
    Metadata metadata = 5;
    int64 created_timestamp = 6;
  }
`,
  { keepCase: true },
);

export type Labels = Readonly<Record<string, string>>;

export interface SeriesSample {
  readonly labels: Labels;
  readonly samples?: readonly { value: number; timestamp: number; start_timestamp?: number }[];
  readonly histograms?: readonly object[];
  readonly exemplars?: readonly { labels: Labels; value: number; timestamp: number }[];
  /** Version 2 only. */
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
  readonly created_timestamp?: number;
}

/** A request of version 1 as the reference encoder writes it, before it is compressed. */
export function encodeVersion1(
  series: readonly SeriesSample[],
  metadata: readonly object[] = [],
): Buffer {
  const pairs = (labels: Labels): object[] =>
    Object.entries(labels).map(([name, value]) => ({ name, value }));
  const timeseries = series.map((one) => ({
    ...one,
    labels: pairs(one.labels),
    exemplars: (one.exemplars ?? []).map((exemplar) => ({
      ...exemplar,
      labels: pairs(exemplar.labels),
    })),
  }));
  return encode("WriteRequest", { timeseries, metadata });
}

/** The same of version 2. */
export function encodeVersion2(series: readonly SeriesSample[]): Buffer {
  const symbols: string[] = [""];
  const symbol = (text: string): number => {
    const known = symbols.indexOf(text);
    return known >= 0 ? known : symbols.push(text) - 1;
  };
  const references = (labels: Labels): number[] => Object.entries(labels).flat().map(symbol);
  const timeseries = series.map(({ labels, exemplars = [], metadata, ...one }) => ({
    ...one,
    labels_refs: references(labels),
    exemplars: exemplars.map((exemplar) => ({
      ...exemplar,
      labels_refs: references(exemplar.labels),
    })),
    ...(metadata === undefined
      ? {}
      : {
          metadata: {
            type: metadata.type,
            help_ref: symbol(metadata.help),
            unit_ref: symbol(metadata.unit),
          },
        }),
  }));
  return encode("Request", { symbols, timeseries });
}

function encode(name: string, message: object): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

/** A request as the reference decoder reads it, with 64-bit integers as numbers. */
export function decodeRequest(version: 1 | 2, body: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(version === 1 ? "WriteRequest" : "Request");
  return type.toObject(type.decode(body), { longs: Number, arrays: true }) as Record<
    string,
    unknown
  >;
}
