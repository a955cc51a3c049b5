import fc from "fast-check";
import type { MetricDescriptor, MetricType } from "#core/attributes.ts";
import type { PointNumber } from "#core/row-views.ts";
import type { PlainExemplar, PlainHistogram, PlainNumber, SeriesOrigin } from "./batch-rows.ts";
import { attributes, idHex, jsonDouble, name, nanoseconds, type Times } from "./otlp-samples.ts";
import type { RecordSample } from "./request-samples.ts";

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** A field that is not optional is left out when it is zero, whatever its sign. */
const double = fc.double().map((v) => (v === 0 ? 0 : v));
const optionalDouble = fc.option(fc.double());
const flags = fc.nat(2 ** 32 - 1);
const number = fc.oneof<[fc.Arbitrary<PointNumber>, fc.Arbitrary<PointNumber>]>(int64, fc.double());

const jsonNumber = (v: PointNumber): object =>
  typeof v === "bigint" ? { asInt: v } : { asDouble: jsonDouble(v) };
const jsonOptional = (v: number | null): unknown => (v === null ? null : jsonDouble(v));

const exemplarAt = (time: Times) =>
  fc.record({
    time,
    value: number,
    traceId: fc.oneof(fc.constant(""), idHex(16)),
    spanId: fc.oneof(fc.constant(""), idHex(8)),
    attributes,
  });
type ExemplarFields = ReturnType<typeof exemplarAt> extends fc.Arbitrary<infer T> ? T : never;
/** What all kinds of points that have exemplars share. */
const sharedAt = (time: Times) => ({
  time,
  startTime: fc.oneof(nanoseconds, fc.constant(0n)),
  flags,
  attributes,
  exemplars: fc.array(exemplarAt(time), { maxLength: 3 }),
});

function jsonExemplar(e: ExemplarFields): unknown {
  return {
    timeUnixNano: e.time,
    traceId: e.traceId,
    spanId: e.spanId,
    filteredAttributes: e.attributes.json,
    ...jsonNumber(e.value),
  };
}

function plainExemplar(e: ExemplarFields, origin: SeriesOrigin): PlainExemplar {
  return {
    ...origin,
    time: e.time,
    value: e.value,
    traceId: e.traceId || "0".repeat(32),
    spanId: e.spanId || "0".repeat(16),
    attributes: e.attributes.kept,
  };
}

/** One point of a metric: how it is sent, and the rows that it becomes. */
interface PointSample {
  readonly json: unknown;
  readonly seriesAttributes: SeriesOrigin["seriesAttributes"];
  readonly number?: Omit<PlainNumber, keyof SeriesOrigin>;
  readonly histogram?: Omit<PlainHistogram, keyof SeriesOrigin>;
  readonly exemplars: readonly ExemplarFields[];
}

const numberPoint = (times: Times): fc.Arbitrary<PointSample> =>
  fc.record({ ...sharedAt(times), value: fc.option(number) }).map((p) => ({
    json: {
      timeUnixNano: p.time,
      startTimeUnixNano: p.startTime,
      flags: p.flags,
      attributes: p.attributes.json,
      exemplars: p.exemplars.map(jsonExemplar),
      ...(p.value === null ? {} : jsonNumber(p.value)),
    },
    seriesAttributes: p.attributes.kept,
    number: { time: p.time, startTime: p.startTime, value: p.value ?? 0, flags: p.flags },
    exemplars: p.exemplars,
  }));

const NO_BUCKETS = { offset: 0, buckets: [] };
/** What a histogram-like point has where its kind has nothing. */
const ABSENT = {
  min: null,
  max: null,
  bounds: [],
  buckets: [],
  scale: 0,
  zeroCount: 0n,
  zeroThreshold: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  quantiles: [],
};

const histogramPoint = (times: Times): fc.Arbitrary<PointSample> =>
  fc
    .record({
      ...sharedAt(times),
      count: uint64,
      sum: optionalDouble,
      min: optionalDouble,
      max: optionalDouble,
      bounds: fc.array(fc.double(), { maxLength: 5 }),
      buckets: fc.array(uint64, { maxLength: 6 }),
    })
    .map(({ attributes: sent, exemplars: sentExemplars, ...p }) => ({
      json: {
        timeUnixNano: p.time,
        startTimeUnixNano: p.startTime,
        count: p.count,
        sum: jsonOptional(p.sum),
        min: jsonOptional(p.min),
        max: jsonOptional(p.max),
        explicitBounds: p.bounds.map(jsonDouble),
        bucketCounts: p.buckets,
        flags: p.flags,
        attributes: sent.json,
        exemplars: sentExemplars.map(jsonExemplar),
      },
      seriesAttributes: sent.kept,
      histogram: { ...ABSENT, ...p },
      exemplars: sentExemplars,
    }));

const buckets = fc.record({
  offset: fc.integer(),
  buckets: fc.array(fc.oneof(uint64, fc.nat(200).map(BigInt)), { maxLength: 6 }),
});
type Buckets = typeof buckets extends fc.Arbitrary<infer T> ? T : never;
const jsonBuckets = (b: Buckets): unknown => ({ offset: b.offset, bucketCounts: b.buckets });

const exponentialPoint = (times: Times): fc.Arbitrary<PointSample> =>
  fc
    .record({
      ...sharedAt(times),
      count: uint64,
      sum: optionalDouble,
      min: optionalDouble,
      max: optionalDouble,
      scale: fc.integer(),
      zeroCount: uint64,
      zeroThreshold: double,
      positive: buckets,
      negative: buckets,
    })
    .map(({ attributes: sent, exemplars: sentExemplars, ...p }) => ({
      json: {
        timeUnixNano: p.time,
        startTimeUnixNano: p.startTime,
        count: p.count,
        sum: jsonOptional(p.sum),
        min: jsonOptional(p.min),
        max: jsonOptional(p.max),
        scale: p.scale,
        zeroCount: p.zeroCount,
        zeroThreshold: jsonDouble(p.zeroThreshold),
        positive: jsonBuckets(p.positive),
        negative: jsonBuckets(p.negative),
        flags: p.flags,
        attributes: sent.json,
        exemplars: sentExemplars.map(jsonExemplar),
      },
      seriesAttributes: sent.kept,
      histogram: { ...ABSENT, ...p },
      exemplars: sentExemplars,
    }));

const summaryPoint = (times: Times): fc.Arbitrary<PointSample> =>
  fc
    .record({
      ...sharedAt(times),
      count: uint64,
      sum: double,
      quantiles: fc.array(fc.record({ quantile: double, value: double }), { maxLength: 4 }),
    })
    .map(({ attributes: sent, exemplars: _none, ...p }) => ({
      json: {
        timeUnixNano: p.time,
        startTimeUnixNano: p.startTime,
        count: p.count,
        sum: jsonDouble(p.sum),
        quantileValues: p.quantiles.map((q) => ({
          quantile: jsonDouble(q.quantile),
          value: jsonDouble(q.value),
        })),
        flags: p.flags,
        attributes: sent.json,
      },
      seriesAttributes: sent.kept,
      histogram: { ...ABSENT, ...p },
      exemplars: [],
    }));

const POINTS: Readonly<Record<MetricType, (times: Times) => fc.Arbitrary<PointSample>>> = {
  gauge: numberPoint,
  sum: numberPoint,
  histogram: histogramPoint,
  exponential_histogram: exponentialPoint,
  summary: summaryPoint,
};
const FIELDS: Readonly<Record<MetricType, string>> = {
  gauge: "gauge",
  sum: "sum",
  histogram: "histogram",
  exponential_histogram: "exponentialHistogram",
  summary: "summary",
};

function metricOf(type: MetricType, times: Times): fc.Arbitrary<RecordSample> {
  const hasTemporality = type !== "gauge" && type !== "summary";
  return fc
    .record({
      name: name.filter((n) => n !== ""),
      description: name,
      unit: name,
      temporality: hasTemporality ? fc.constantFrom(0, 1, 2) : fc.constant(0),
      monotonic: type === "sum" ? fc.boolean() : fc.constant(false),
      points: fc.array(POINTS[type](times), { maxLength: 4 }),
    })
    .map(({ points, ...described }) =>
      sampleOf({ type, ...described } as MetricDescriptor, points),
    );
}

function sampleOf(metric: MetricDescriptor, points: readonly PointSample[]): RecordSample {
  const { name: metricName, description, unit, type, temporality, monotonic } = metric;
  const data = {
    dataPoints: points.map((point) => point.json),
    aggregationTemporality: temporality,
    isMonotonic: monotonic,
  };
  return {
    json: { name: metricName, description, unit, [FIELDS[type]]: data },
    rows: (origin) => {
      const at = (point: PointSample): SeriesOrigin => ({
        ...origin,
        metric,
        seriesAttributes: point.seriesAttributes,
      });
      return {
        numbers: points.flatMap((p) => (p.number === undefined ? [] : [{ ...at(p), ...p.number }])),
        histograms: points.flatMap((p) =>
          p.histogram === undefined ? [] : [{ ...at(p), ...p.histogram }],
        ),
        exemplars: points.flatMap((p) => p.exemplars.map((e) => plainExemplar(e, at(p)))),
      };
    },
  };
}

/** A valid metric of any kind, without or with points of one of `times`. */
export const metricAt = (times: Times): fc.Arbitrary<RecordSample> =>
  fc.oneof(
    metricOf("gauge", times),
    metricOf("sum", times),
    metricOf("histogram", times),
    metricOf("exponential_histogram", times),
    metricOf("summary", times),
  );
