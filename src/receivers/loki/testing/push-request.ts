import protobuf from "protobufjs";

/** Loki's `pkg/push/push.proto`, without gogoproto's options. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package logproto;
  message PushRequest { repeated StreamAdapter streams = 1; }
  message StreamAdapter { string labels = 1; repeated EntryAdapter entries = 2; uint64 hash = 3; }
  message EntryAdapter {
    Timestamp timestamp = 1;
    string line = 2;
    repeated LabelPairAdapter structuredMetadata = 3;
    repeated LabelPairAdapter parsed = 4;
  }
  message LabelPairAdapter { string name = 1; string value = 2; }
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
`);
const type = root.lookupType("logproto.PushRequest");

export interface StreamSample {
  readonly labels: string;
  readonly entries: readonly {
    readonly time: bigint;
    readonly line: string;
    readonly metadata?: Readonly<Record<string, string>>;
  }[];
}

/** A push as the reference encoder writes it, before it is compressed. */
export function encodePush(streams: readonly StreamSample[]): Buffer {
  const message = {
    streams: streams.map(({ labels, entries }) => ({
      labels,
      entries: entries.map(({ time, line, metadata = {} }) => ({
        timestamp: { seconds: Number(time / 1_000_000_000n), nanos: Number(time % 1_000_000_000n) },
        line,
        structuredMetadata: Object.entries(metadata).map(([name, value]) => ({ name, value })),
      })),
    })),
  };
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}
