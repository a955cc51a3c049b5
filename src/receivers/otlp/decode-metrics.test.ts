import { describe, expect, it } from "vitest";
import { DECODER_LIMITS, REQUEST_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { type TimeWindow, TOO_MANY_BUCKETS } from "#core/rejections.ts";
import { type PlainRows, rowsOf } from "./testing/batch-rows.ts";
import { DECODERS } from "./testing/decoder-under-test.ts";
import {
  attribute,
  double,
  field,
  fixed64,
  repeated,
  request,
  TIME,
  varint,
  varintField,
} from "./testing/protobuf.ts";

interface Decoded extends PlainRows {
  readonly rejected: number;
  readonly message: string;
}

function decodeBody(body: Buffer, window?: TimeWindow): Decoded {
  const decoder = DECODERS.metrics();
  const { count, message } = decoder.decode(body, window);
  return { ...rowsOf(decoder.batch), rejected: count, message };
}

const decodeJson = (metrics: readonly object[], window?: TimeWindow): Decoded =>
  decodeBody(encodeOtlp("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }), window);

const NUMBER = { timeUnixNano: TIME, asDouble: 1 };
const decodeNumber = (point: object, window?: TimeWindow): Decoded =>
  decodeJson([{ name: "m", gauge: { dataPoints: [{ ...NUMBER, ...point }] } }], window);

/** The fields of `Metric` for its kinds. */
const [GAUGE, SUM, HISTOGRAM, EXPONENTIAL, SUMMARY] = [5, 7, 9, 10, 11];
const time = fixed64(3, TIME);
const metric = (kind: number, ...data: readonly Buffer[]): Buffer =>
  field(2, field(1, "m"), field(kind, ...data));
const point = (...fields: readonly Buffer[]): Buffer => field(1, time, ...fields);
const decodePoint = (kind: number, ...fields: readonly Buffer[]): Decoded =>
  decodeBody(request(metric(kind, point(...fields))));

const TOO_MANY = { rejected: 1, message: `point 0: ${TOO_MANY_BUCKETS}` };

const eights = (...values: readonly bigint[]): Buffer =>
  Buffer.concat(values.map((value) => fixed64(1, value).subarray(1)));

describe("numbers", () => {
  it.each([0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)])(
    "keep the integer %d exactly, with its nearest double beside it",
    (asInt) => {
      const decoder = DECODERS.metrics();
      decoder.decode(request(metric(SUM, point(fixed64(6, asInt)))));
      expect(rowsOf(decoder.batch).numbers).toMatchObject([{ value: asInt }]);
      const { numbers } = decoder.batch as MetricBatch;
      expect(numbers.value.bytes.readDoubleLE()).toBe(Number(asInt));
    },
  );

  it.each([Number.NaN, Infinity, -Infinity, -0, 5e-324])("keep the double %d", (asDouble) => {
    expect(decodePoint(GAUGE, double(4, asDouble)).numbers).toMatchObject([{ value: asDouble }]);
  });

  it("take the last of two values, and none as 0", () => {
    expect(decodePoint(GAUGE, double(4, 1.5), fixed64(6, 7n)).numbers).toMatchObject([
      { value: 7n },
    ]);
    expect(decodePoint(GAUGE, fixed64(6, 7n), double(4, 1.5)).numbers).toMatchObject([
      { value: 1.5 },
    ]);
    expect(decodePoint(GAUGE, varintField(8, 1)).numbers).toMatchObject([{ value: 0, flags: 1 }]);
  });

  it("read what describes a sum after its points as well as before", () => {
    const described = [varintField(2, 2), varintField(3, 1)];
    for (const data of [
      [point(), ...described],
      [...described, point()],
    ]) {
      expect(decodeBody(request(metric(SUM, ...data))).numbers).toMatchObject([
        { metric: { type: "sum", temporality: 2, monotonic: true } },
      ]);
    }
  });

  it("take an unknown temporality as unspecified", () => {
    expect(decodeBody(request(metric(SUM, point(), varintField(2, 9)))).numbers).toMatchObject([
      { metric: { temporality: 0 } },
    ]);
  });
});

describe("what is left out", () => {
  it.each([
    ["without a time", field(1, double(4, 1))],
    ["with a time of 0", field(1, fixed64(3, 0n), double(4, 1))],
  ])("is a point %s, of every kind", (_, sent) => {
    for (const kind of [GAUGE, SUM, HISTOGRAM, EXPONENTIAL, SUMMARY]) {
      expect(decodeBody(request(metric(kind, sent)))).toMatchObject({
        rejected: 1,
        message: "point 0: time_unix_nano is missing",
        numbers: [],
        histograms: [],
      });
    }
  });

  it("is a point outside of the times that are kept", () => {
    const ms = Number(TIME / 1_000_000n);
    expect(decodeNumber({}, { oldestMs: ms, newestMs: ms }).rejected).toBe(0);
    expect(decodeNumber({}, { oldestMs: ms + 1, newestMs: ms + 2 }).message).toContain(
      "older than",
    );
    expect(decodeNumber({}, { oldestMs: 0, newestMs: ms - 1 }).message).toContain("in the future");
  });

  it.each([
    ["no name", "", 0],
    [
      "a name over the limit",
      "é".repeat(ROW_LIMITS.nameBytesMax / 2 + 1),
      ROW_LIMITS.nameBytesMax + 2,
    ],
  ])("are the points of a metric with %s, while others are kept", (_, name, bytes) => {
    const gauge = { dataPoints: [NUMBER, NUMBER] };
    const { rejected, message, numbers } = decodeJson([
      { name: "first", gauge },
      { name, gauge },
      { name: "last", gauge },
    ]);
    expect(rejected).toBe(2);
    expect(message).toContain(`point 2: a metric name of ${bytes} bytes, allowed: 1 to`);
    expect(numbers.map((row) => row.metric.name)).toEqual(["first", "first", "last", "last"]);
  });

  it("is a metric without data, which is no error", () => {
    expect(decodeJson([{ name: "m" }])).toMatchObject({ rejected: 0, numbers: [] });
  });

  it("are the points beyond the limit of a request", () => {
    const over = 5;
    const body = request(
      metric(GAUGE, repeated(point(), (REQUEST_LIMITS.rowsMax + over) * point().length)),
    );
    const decoder = DECODERS.metrics();
    expect(decoder.decode(body).count).toBe(over);
    expect(decoder.batch.rows).toBe(REQUEST_LIMITS.rowsMax);
  });
});

describe("texts of a metric", () => {
  it("are cut at their limits, and mended", () => {
    const long = "é".repeat(10_000);
    const gauge = { dataPoints: [NUMBER] };
    const [row] = decodeJson([{ name: "m", unit: `x${long}`, description: long, gauge }]).numbers;
    expect(Buffer.byteLength(row!.metric.unit)).toBe(ROW_LIMITS.nameBytesMax - 1);
    expect(Buffer.byteLength(row!.metric.description)).toBe(ROW_LIMITS.descriptionBytesMax);
    const bad = field(2, field(1, [0x6d, 0xff]), field(GAUGE, point()));
    expect(decodeBody(request(bad)).numbers[0]!.metric.name).toBe("m\ufffd");
  });

  it("are never taken for those of another, wherever one ends and the next begins", () => {
    const texts = [
      ["a", "b", "c"],
      ["a\nb", "", "c"],
      ["a", "b", "\nc"],
      ["a", "b\nc", ""],
      ["ab", "", "c"],
      ["a", "bc", ""],
      ["1:1:a", "b", "c"],
    ] as const;
    const sent = texts.map(([name, unit, description]) => ({
      name,
      unit,
      description,
      gauge: { dataPoints: [NUMBER] },
    }));
    const kept = decodeJson([...sent, ...sent]).numbers.map((row) => row.metric);
    expect(kept.map(({ name, unit, description }) => [name, unit, description])).toEqual([
      ...texts,
      ...texts,
    ]);
  });
});

describe("resources and scopes", () => {
  it("are never taken for those of another, wherever the schema's URL ends", () => {
    const attributes = attribute(1, "k", field(1, "\n"));
    const resource = field(1, attributes);
    // Followed by a line break, as one might put it between the two, it is the other's bytes.
    const schemaUrl = `\n${attributes.subarray(0, -1).toString("latin1")}`;
    const group = (url: string, ...fields: readonly Buffer[]): Buffer =>
      field(1, ...fields, field(2, metric(GAUGE, point())), field(3, url));
    const decoder = DECODERS.metrics();
    decoder.decode(Buffer.concat([group(schemaUrl), group("", resource), group("\n", resource)]));
    const origins = rowsOf(decoder.batch).numbers.map(({ resource: found }) => [
      found.schemaUrl,
      found.attributes.length,
    ]);
    expect(origins).toEqual([
      [schemaUrl, 0],
      ["", 1],
      ["\n", 1],
    ]);
  });

  it("may stand after what they describe, and more than once: the last counts", () => {
    const named = (value: string): Buffer =>
      field(1, attribute(1, "service.name", field(1, value)));
    const scope = (name: string): Buffer => field(1, field(1, name));
    const scoped = field(2, scope("first"), metric(GAUGE, point()), scope("last"));
    const { numbers } = decodeBody(field(1, named("first"), scoped, named("last")));
    expect(numbers).toMatchObject([
      { resource: { attributes: [{ value: "last" }] }, scope: { name: "last" } },
    ]);
  });

  it("are remembered, the same object for the same bytes, unless they are large or too many", () => {
    const decoder = DECODERS.metrics();
    const resourceAfter = (value: string): unknown => {
      const resource = field(1, attribute(1, "k", field(1, value)));
      decoder.decode(field(1, resource, field(2, metric(GAUGE, point()))));
      return (decoder.batch as MetricBatch).series[0]!.resource;
    };
    const before = resourceAfter("first");
    expect(resourceAfter("first")).toBe(before);
    const large = "x".repeat(DECODER_LIMITS.groupBytesMax);
    expect(resourceAfter(large)).not.toBe(resourceAfter(large));
    expect(resourceAfter("first")).toBe(before);
    const fits = large.slice(0, -100);
    const many = Math.ceil(DECODER_LIMITS.groupBytesRememberedMax / fits.length);
    for (let i = 0; i < many; i++) resourceAfter(`${i}${fits}`);
    expect(resourceAfter("first")).not.toBe(before);
    expect(resourceAfter("first")).toEqual(before);
  });

  it("are bounded in number", () => {
    const scoped = field(2, metric(GAUGE, point()));
    const body = field(1, repeated(scoped, (REQUEST_LIMITS.groupsMax + 1) * scoped.length));
    expect(() => decodeBody(body)).toThrow(
      expect.objectContaining({
        code: "bad_payload",
        message: expect.stringContaining(`more than ${REQUEST_LIMITS.groupsMax} groups`) as string,
      }),
    );
  });

  it("of none of which anything is sent cost nothing", () => {
    const body = repeated(field(1, field(2)), (REQUEST_LIMITS.groupsMax + 1) * 4);
    expect(decodeBody(body)).toMatchObject({ numbers: [], rejected: 0 });
  });
});

describe("histograms", () => {
  it("read bounds and buckets that are packed, not packed, or both", () => {
    const expected = [{ bounds: [1, 2], buckets: [3n, 4n, 5n] }];
    const bounds = [1, 2].map((v) => double(7, v));
    const buckets = [3n, 4n, 5n].map((v) => fixed64(6, v));
    const packedBounds = field(7, ...bounds.map((b) => b.subarray(1)));
    expect(
      decodePoint(HISTOGRAM, packedBounds, field(6, eights(3n, 4n, 5n))).histograms,
    ).toMatchObject(expected);
    expect(decodePoint(HISTOGRAM, ...bounds, ...buckets).histograms).toMatchObject(expected);
    const mixed = [buckets[0]!, field(6, eights(4n)), field(6), buckets[2]!];
    expect(decodePoint(HISTOGRAM, packedBounds, ...mixed).histograms).toMatchObject(expected);
  });

  it("tell an absent sum, minimum and maximum from 0", () => {
    expect(decodePoint(HISTOGRAM).histograms).toMatchObject([{ sum: null, min: null, max: null }]);
    const zeros = [5, 11, 12].map((number) => double(number, 0));
    expect(decodePoint(HISTOGRAM, ...zeros).histograms).toMatchObject([{ sum: 0, min: 0, max: 0 }]);
  });

  it("refuse a packed list that does not hold whole numbers", () => {
    expect(() => decodePoint(HISTOGRAM, field(6, Buffer.alloc(12)))).toThrow(
      /packed list of 12 bytes/,
    );
    expect(() => decodePoint(HISTOGRAM, field(7, Buffer.alloc(7)))).toThrow(/not a multiple of 8/);
  });

  it("with more buckets or bounds than a row may have are refused, packed or not, and no others", () => {
    const { bucketsMax } = ROW_LIMITS;
    const forms = (number: number, count: number): Buffer[] => [
      field(number, Buffer.alloc(count * 8)),
      Buffer.concat([field(number, Buffer.alloc(8)), field(number, Buffer.alloc((count - 1) * 8))]),
      repeated(fixed64(number, 1n), count * 9),
    ];
    for (const number of [6, 7]) {
      for (const sent of forms(number, bucketsMax))
        expect(decodePoint(HISTOGRAM, sent)).toMatchObject({ rejected: 0, histograms: [{}] });
      for (const sent of forms(number, bucketsMax + 1))
        expect(decodePoint(HISTOGRAM, sent)).toMatchObject({ ...TOO_MANY, histograms: [] });
    }
  });

  it("that are refused leave the others of the request as they are", () => {
    const wide = point(field(6, Buffer.alloc((ROW_LIMITS.bucketsMax + 1) * 8)));
    const plain = point(field(6, eights(1n, 2n)), field(7, eights(0n)));
    const { histograms, rejected, message } = decodeBody(
      request(metric(HISTOGRAM, plain, wide, plain)),
    );
    expect(histograms).toMatchObject([{ buckets: [1n, 2n] }, { buckets: [1n, 2n] }]);
    expect([rejected, message]).toEqual([1, `point 1: ${TOO_MANY_BUCKETS}`]);
  });
});

describe("exponential histograms", () => {
  const zigzag = (value: number): number => (value << 1) ^ (value >> 31);

  it.each([0, 1, -1, 63, -64, 2 ** 31 - 1, -(2 ** 31)])("read the offset and scale %d", (value) => {
    const sent = varintField(1, zigzag(value) >>> 0);
    const { histograms } = decodePoint(
      EXPONENTIAL,
      varintField(6, zigzag(value) >>> 0),
      field(8, sent),
      field(9, sent),
    );
    expect(histograms).toMatchObject([
      { scale: value, positive: { offset: value }, negative: { offset: value } },
    ]);
  });

  it("read bucket counts of any size, packed or not", () => {
    const counts = [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
    const packed = field(2, ...counts.map(varint));
    const single = counts.map((count) => varintField(2, count));
    const { histograms } = decodePoint(EXPONENTIAL, field(8, packed), field(9, ...single));
    expect(histograms).toMatchObject([
      { positive: { buckets: counts }, negative: { buckets: counts } },
    ]);
  });

  it.each([8, 9])("with more buckets than a row may have are refused (%d)", (number) => {
    const { bucketsMax } = ROW_LIMITS;
    const packed = (count: number): Buffer => field(number, field(2, Buffer.alloc(count, 1)));
    const wide = field(number, field(2, ...Array.from({ length: bucketsMax }, () => varint(300n))));
    for (const sent of [packed(bucketsMax), wide])
      expect(decodePoint(EXPONENTIAL, sent)).toMatchObject({ rejected: 0, histograms: [{}] });
    const single = field(number, repeated(varintField(2, 1), (bucketsMax + 1) * 2));
    for (const sent of [packed(bucketsMax + 1), single])
      expect(decodePoint(EXPONENTIAL, sent)).toMatchObject({ ...TOO_MANY, histograms: [] });
  });

  it("refuse a bucket count that does not end", () => {
    expect(() =>
      decodePoint(EXPONENTIAL, field(8, field(2, [1, 0x80]), varintField(1, 4))),
    ).toThrow(/varint/);
  });
});

describe("summaries", () => {
  it("have a sum of 0 when none is sent: it is not optional", () => {
    expect(decodePoint(SUMMARY).histograms).toMatchObject([{ sum: 0, min: null, max: null }]);
  });

  it("read quantiles and values that are absent as 0", () => {
    const quantiles = [field(6, double(1, 0.5), double(2, 9)), field(6, double(2, 3)), field(6)];
    expect(decodePoint(SUMMARY, ...quantiles).histograms).toMatchObject([
      {
        quantiles: [
          { quantile: 0.5, value: 9 },
          { quantile: 0, value: 3 },
          { quantile: 0, value: 0 },
        ],
      },
    ]);
  });

  it("with more quantiles than a row may have are refused", () => {
    const some = repeated(field(6), ROW_LIMITS.bucketsMax * 2);
    expect(decodePoint(SUMMARY, some)).toMatchObject({ rejected: 0, histograms: [{}] });
    expect(decodePoint(SUMMARY, some, field(6))).toMatchObject({ ...TOO_MANY, histograms: [] });
  });
});

describe("exemplars", () => {
  const exemplar = (...fields: readonly Buffer[]): Buffer => field(5, ...fields);
  const at = (ns: bigint): Buffer => fixed64(2, ns);

  it("without a time, or with one that the store would not keep, are left out", () => {
    const ms = Number(TIME / 1_000_000n);
    const sent = [
      exemplar(double(3, 1)),
      exemplar(at(0n)),
      exemplar(at(1n)),
      exemplar(at(TIME + 10n ** 15n)),
      exemplar(at(TIME)),
    ];
    const body = request(metric(GAUGE, point(...sent)));
    const { exemplars, rejected } = decodeBody(body, { oldestMs: ms - 1, newestMs: ms + 1 });
    expect(exemplars.map((row) => row.time)).toEqual([TIME]);
    expect(rejected).toBe(0);
  });

  it("are bounded in number, and so are their attributes", () => {
    const filtered = Array.from({ length: ROW_LIMITS.attributesMax + 5 }, (_, i) =>
      attribute(7, `k${i}`, field(1, "v")),
    );
    const many = Array.from({ length: ROW_LIMITS.exemplarsMax + 5 }, () =>
      exemplar(at(TIME), ...filtered),
    );
    const { exemplars } = decodePoint(GAUGE, ...many);
    expect(exemplars).toHaveLength(ROW_LIMITS.exemplarsMax);
    expect(exemplars[0]!.attributes).toHaveLength(ROW_LIMITS.attributesMax);
  });

  it("know the point that they go with, so that they are dropped with it", () => {
    const decoder = DECODERS.metrics();
    const sent = exemplar(at(TIME));
    const histogramExemplar = field(8, at(TIME));
    decoder.decode(
      request(
        metric(GAUGE, point(), point(sent, sent)),
        metric(HISTOGRAM, point(histogramExemplar), point(histogramExemplar)),
      ),
    );
    const { points, rows } = (decoder.batch as MetricBatch).exemplars;
    expect([...points.values.subarray(0, rows)]).toEqual([1, 1, ~0, ~1]);
  });
});

describe("series", () => {
  const labelled = (...attributes: readonly Buffer[]): Buffer => point(...attributes);
  const [a, b] = [attribute(7, "a", field(1, "1")), attribute(7, "b", field(1, "2"))];
  const seriesOf = (...bodies: readonly Buffer[]): string[][] => {
    const decoder = DECODERS.metrics();
    return bodies.map((body) => {
      decoder.decode(body);
      const { series, numbers } = decoder.batch as MetricBatch;
      return Array.from({ length: numbers.rows }, (_, row) => {
        const { low, high } = series[numbers.series.values[row]!]!.id;
        return `${low}:${high}`;
      });
    });
  };

  it("are one for equal attributes in whatever order, and another for others", () => {
    const [ids] = seriesOf(
      request(metric(GAUGE, labelled(a, b), labelled(b, a), labelled(a), labelled(a, b))),
    );
    expect(ids![1]).toBe(ids![0]);
    expect(ids![3]).toBe(ids![0]);
    expect(ids![2]).not.toBe(ids![0]);
  });

  it("stay apart where only the borders of their attributes differ", () => {
    // One attribute whose key and value stand twice: the same bytes as two, but for their lengths.
    const joined = field(7, a.subarray(2), b.subarray(2));
    const [ids] = seriesOf(request(metric(GAUGE, labelled(joined), labelled(a, b), labelled(b))));
    expect(ids![1]).not.toBe(ids![0]);
    expect(ids![2]).toBe(ids![0]);
  });

  it("are remembered over requests, also after one that was malformed", () => {
    const good = request(metric(GAUGE, labelled(a, b)));
    const bad = request(metric(GAUGE, labelled(a), labelled(attribute(7, "a", [0x0a, 9]))));
    const decoder = DECODERS.metrics();
    decoder.decode(good);
    const [before] = (decoder.batch as MetricBatch).series;
    expect(() => decoder.decode(bad)).toThrow(/protobuf/);
    expect(() => decoder.decode(bad)).toThrow(/protobuf/);
    decoder.decode(good);
    expect((decoder.batch as MetricBatch).series).toEqual([before]);
    expect((decoder.batch as MetricBatch).series[0]).toBe(before);
  });

  it("are forgotten when they take too much memory, and are the same when they come again", () => {
    const decoder = DECODERS.metrics();
    const first = request(metric(GAUGE, labelled(a, b)));
    const seriesAfter = (body: Buffer): MetricBatch["series"][number] => {
      decoder.decode(body);
      return (decoder.batch as MetricBatch).series[0]!;
    };
    const before = seriesAfter(first);
    expect(seriesAfter(first)).toBe(before);
    const value = "x".repeat(ROW_LIMITS.attributeValueBytesMax);
    const many = Math.ceil(DECODER_LIMITS.seriesBytesRememberedMax / (value.length * 3));
    for (let i = 0; i < many; i++)
      decoder.decode(request(metric(GAUGE, labelled(attribute(7, "k", field(1, `${i}${value}`))))));
    const after = seriesAfter(first);
    expect(after).not.toBe(before);
    expect(after).toEqual(before);
  });

  it("of more attributes than a row may have keep the first", () => {
    const many = Array.from({ length: ROW_LIMITS.attributesMax + 1 }, (_, i) =>
      attribute(7, `k${i}`, field(1, "v")),
    );
    const { numbers } = decodePoint(GAUGE, ...many);
    expect(numbers[0]!.seriesAttributes).toHaveLength(ROW_LIMITS.attributesMax);
  });
});
