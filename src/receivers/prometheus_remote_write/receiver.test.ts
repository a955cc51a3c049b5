import { compressSync } from "snappy";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import {
  startReceiver,
  stopReceivers,
  textsOf,
  type StartedReceiver,
} from "#pipeline/testing/receiver-under-test.ts";
import { prometheusRemoteWrite } from "./receiver.ts";
import { encodeVersion1, encodeVersion2, type SeriesSample } from "./testing/write-request.ts";

afterEach(stopReceivers);

const NOW = Date.now();
const NOW_NS = BigInt(NOW) * 1_000_000n;
const PROTOBUF = "application/x-protobuf";
const VERSION_2 = `${PROTOBUF};proto=io.prometheus.write.v2.Request`;

function write(
  { url }: StartedReceiver,
  body: Buffer,
  contentType: string = PROTOBUF,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/api/v1/write`, {
    method: "POST",
    body: new Uint8Array(compressSync(body)),
    headers: { "content-type": contentType, "content-encoding": "snappy", ...headers },
  });
}

const ENCODERS = [
  [1, PROTOBUF, (series: readonly SeriesSample[]) => encodeVersion1(series)],
  [2, VERSION_2, encodeVersion2],
] as const;

/** The NaN of a stale marker, which no encoder here can write, in the place of a value. */
const MARK = 12_345.678;
function withStaleMarker(body: Buffer): Buffer {
  const mark = Buffer.alloc(8);
  mark.writeDoubleLE(MARK);
  Buffer.from("020000000000f07f", "hex").copy(body, body.indexOf(mark));
  return body;
}

const NATIVE = {
  count_int: 21,
  sum: 18.4,
  schema: 1,
  zero_threshold: 0.001,
  zero_count_int: 2,
  // Buckets 1, 2, 4 and 5; with their deltas, counts of 1, 3, 2 and 1.
  positive_spans: [
    { offset: 1, length: 2 },
    { offset: 1, length: 2 },
  ],
  positive_deltas: [1, 2, -1, -1],
  negative_spans: [{ offset: -2, length: 1 }],
  negative_deltas: [12],
  timestamp: NOW,
};

describe.each(ENCODERS)("remote write of version %i", (version, contentType, encode) => {
  it("makes series of samples in any order, by OpenTelemetry's names", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const labels = {
      __name__: "http_requests_total",
      job: "shop/api",
      instance: "a:80",
      code: "200",
      empty: "",
    };
    const samples = [
      { value: 7.5, timestamp: NOW },
      { value: 7, timestamp: NOW - 15_000 },
    ];
    const up = { labels: { __name__: "up", job: "api" }, samples: [{ value: 1, timestamp: NOW }] };
    const answer = await write(door, encode([{ labels, samples }, up]), contentType);
    expect(answer.status).toBe(204);
    const [first, second, third] = door.pushed.numbers;
    expect([first!.value, first!.time]).toEqual([7.5, NOW_NS]);
    expect([second!.value, second!.time]).toEqual([7, NOW_NS - 15_000_000_000n]);
    expect(second!.series.id).toEqual(first!.series.id);
    expect(first!.series.metric).toMatchObject({ type: "sum", monotonic: true, temporality: 2 });
    expect(textsOf(first!.series.attributes)).toEqual({ code: "200" });
    expect(textsOf(first!.series.resource.attributes)).toEqual({
      "service.namespace": "shop",
      "service.name": "api",
      "service.instance.id": "a:80",
    });
    expect(third!.series.metric).toMatchObject({ name: "up", type: "gauge" });
  });

  it("keeps a stale marker as a point without a value, and other NaN as they are", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const labels = { __name__: "up" };
    const samples = [
      { value: MARK, timestamp: NOW },
      { value: Number.NaN, timestamp: NOW - 1 },
    ];
    await write(door, withStaleMarker(encode([{ labels, samples }])), contentType);
    expect(door.pushed.numbers.map(({ value, flags }) => [value, flags])).toEqual([
      [0, 1],
      [Number.NaN, 0],
    ]);
  });

  it("makes exponential histograms of native ones, with the exemplar beside them", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const trace = { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };
    const labels = { __name__: "latency" };
    const exemplars = [{ labels: { ...trace, user: "7" }, value: 0.5, timestamp: NOW }];
    const series = [
      { labels, histograms: [NATIVE] },
      { labels, exemplars },
    ];
    const answer = await write(door, encode(series), contentType);
    expect(answer.status).toBe(204);
    const [point] = door.pushed.histograms;
    expect(point).toMatchObject({
      time: NOW_NS,
      count: 21n,
      sum: 18.4,
      scale: 1,
      zeroCount: 2n,
      zeroThreshold: 0.001,
      // Prometheus' bucket 1, up to 2^(1/2), is OpenTelemetry's 0, from 1 on.
      positive: { offset: 0, buckets: [1n, 3n, 0n, 2n, 1n] },
      negative: { offset: -3, buckets: [12n] },
      flags: 0,
    });
    expect(point!.series.metric).toMatchObject({ type: "exponential_histogram", temporality: 2 });
    expect(point!.exemplars).toMatchObject([
      { traceId: trace.trace_id, spanId: trace.span_id, value: 0.5 },
    ]);
    expect(textsOf(point!.exemplars[0]!.attributes)).toEqual({ user: "7" });
    expect(answer.headers.get("x-prometheus-remote-write-exemplars-written")).toBe(
      version === 2 ? "1" : null,
    );
  });

  it("takes histograms of floats, with limits of their own, stale ones and gauges", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const histograms = [
      {
        count_float: 3,
        sum: 1,
        schema: 0,
        positive_spans: [{ offset: 0, length: 2 }],
        positive_counts: [1, 2],
        timestamp: NOW,
      },
      {
        count_int: 5,
        sum: 9,
        schema: -53,
        custom_values: [0.5, 1],
        positive_spans: [
          { offset: 0, length: 1 },
          { offset: 1, length: 1 },
        ],
        positive_deltas: [2, 1],
        timestamp: NOW - 1,
      },
      { count_int: 0, sum: MARK, schema: 0, reset_hint: 3, timestamp: NOW - 2 },
    ];
    const body = withStaleMarker(encode([{ labels: { __name__: "h" }, histograms }]));
    expect((await write(door, body, contentType)).status).toBe(204);
    const [floats, custom, stale] = door.pushed.histograms;
    expect(floats).toMatchObject({
      count: 3n,
      scale: 0,
      positive: { offset: -1, buckets: [1n, 2n] },
    });
    expect(custom).toMatchObject({ count: 5n, bounds: [0.5, 1], buckets: [2n, 0n, 3n] });
    expect(custom!.series.metric.type).toBe("histogram");
    expect(stale).toMatchObject({ flags: 1, sum: null });
    expect(stale!.series.metric.temporality).toBe(0);
  });

  it("keeps what is valid, and answers 400 for what never will be", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const series = [
      { labels: { job: "nameless" }, samples: [{ value: 1, timestamp: NOW }] },
      {
        labels: { __name__: "old" },
        samples: [
          { value: 1, timestamp: 1 },
          { value: 2, timestamp: NOW },
        ],
      },
      {
        labels: { __name__: "h" },
        histograms: [
          { ...NATIVE, schema: 99 },
          { ...NATIVE, positive_deltas: [1] },
        ],
      },
    ];
    const answer = await write(door, encode(series), contentType);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toBe("a series without __name__ (and 3 more)\n");
    expect(door.pushed.numbers.map(({ value }) => value)).toEqual([2]);
    expect(answer.headers.get("x-prometheus-remote-write-samples-written")).toBe(
      version === 2 ? "1" : null,
    );
    expect(answer.headers.get("x-prometheus-remote-write-histograms-written")).toBe(
      version === 2 ? "0" : null,
    );
  });

  it("answers an overload so that it is sent again, and says nothing was written", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    door.pushed.beforeAnswer = () => {
      throw new SightglassError("overloaded", "later");
    };
    const series = [{ labels: { __name__: "up" }, samples: [{ value: 1, timestamp: NOW }] }];
    const answer = await write(door, encode(series), contentType);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  });
});

describe("the prometheus_remote_write receiver", () => {
  it("takes type, unit, help and start from version 2", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const metadata = { type: 1, help: "Requests.", unit: "requests" };
    const series = [
      {
        labels: { __name__: "odd_name" },
        metadata,
        samples: [{ value: 1, timestamp: NOW }],
        created_timestamp: NOW - 9,
      },
      {
        labels: { __name__: "newer" },
        samples: [{ value: 1, timestamp: NOW, start_timestamp: NOW - 7 }],
      },
      {
        labels: { __name__: "is_a_total" },
        metadata: { ...metadata, type: 2 },
        samples: [{ value: 1, timestamp: NOW }],
      },
    ];
    await write(door, encodeVersion2(series), VERSION_2);
    const [odd, newer, gauge] = door.pushed.numbers;
    expect(odd!.series.metric).toMatchObject({
      type: "sum",
      unit: "requests",
      description: "Requests.",
    });
    expect(odd!.startTime).toBe(NOW_NS - 9_000_000n);
    expect(newer!.startTime).toBe(NOW_NS - 7_000_000n);
    expect(gauge!.series.metric.type).toBe("gauge");
  });

  it("remembers what version 1 tells of its families apart", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const family = { type: 3, metric_family_name: "latency", help: "Latencies.", unit: "" };
    expect((await write(door, encodeVersion1([], [family]))).status).toBe(204);
    const series = {
      labels: { __name__: "latency_bucket", le: "1" },
      samples: [{ value: 1, timestamp: NOW }],
    };
    await write(door, encodeVersion1([series]));
    expect(door.pushed.numbers[0]!.series.metric.description).toBe("Latencies.");
    expect(door.pushed.pushes).toBe(1);
  });

  it("makes a histogram coarser that is wider than a row may be", async () => {
    const door = await startReceiver(prometheusRemoteWrite);
    const histogram = {
      count_int: 3,
      schema: 8,
      positive_spans: [
        { offset: -5_000, length: 1 },
        { offset: 9_998, length: 2 },
      ],
      positive_deltas: [1, 0, 0],
      timestamp: NOW,
    };
    await write(door, encodeVersion1([{ labels: { __name__: "h" }, histograms: [histogram] }]));
    const [point] = door.pushed.histograms;
    // From -5000 to 5000 by upper limits: two halvings to 2501 buckets.
    expect(point).toMatchObject({ scale: 6, positive: { offset: -1_251 } });
    expect(point!.positive.buckets).toHaveLength(2_501);
    expect(point!.positive.buckets.filter((count) => count > 0n)).toEqual([1n, 2n]);
  });

  it.each([
    ["another message", `${PROTOBUF};proto=io.prometheus.write.v9.Request`, {}, 415],
    ["another media type", "application/json", {}, 415],
    ["another compression", PROTOBUF, { "content-encoding": "br" }, 415],
    ["what is no Snappy", PROTOBUF, { "content-encoding": "gzip" }, 400],
  ])("refuses %s", async (_name, type, headers, status) => {
    const door = await startReceiver(prometheusRemoteWrite);
    expect((await write(door, Buffer.from([0x0a, 0]), type, headers)).status).toBe(status);
  });

  it.each([
    ["a symbol that is not there", Buffer.from([0x2a, 4, 0x0a, 2, 7, 8])],
    ["an odd number of references", Buffer.from([0x22, 0, 0x2a, 3, 0x0a, 1, 0])],
    ["a message that is cut off", Buffer.from([0x2a, 99, 1])],
    ["field number 0", Buffer.from([0x2a, 1, 0])],
  ])("refuses %s with 400", async (_name, body) => {
    const door = await startReceiver(prometheusRemoteWrite);
    const answer = await write(door, body, VERSION_2);
    expect(answer.status).toBe(400);
    expect(door.pushed.pushes).toBe(0);
  });

  it("asks for its token", async () => {
    const door = await startReceiver(prometheusRemoteWrite, { token: "secret" });
    expect((await write(door, encodeVersion1([]))).status).toBe(401);
    const basic = { authorization: `Basic ${btoa("prometheus:secret")}` };
    expect((await write(door, encodeVersion1([]), PROTOBUF, basic)).status).toBe(204);
  });
});
