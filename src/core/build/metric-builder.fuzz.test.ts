import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowsOf } from "#receivers/otlp/testing/batch-rows.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { ANY_TIME } from "#receivers/otlp/testing/otlp-samples.ts";
import { batchPools } from "../batch.ts";
import { ROW_LIMITS } from "../limits.ts";
import { encodeOtlp } from "../otlp/encode.ts";
import { anyAttributes, anyText, otlpAttributes, textNear } from "../testing/attribute-inputs.ts";
import { MetricBuilder } from "./metric-builder.ts";

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom("0", "1", "9", "a", "f"),
    minLength: length,
    maxLength: length,
  });
/** 0 is a missing time. */
const timeNs = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0n) },
  { weight: 9, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 63n }) },
);
const text = (bytes: number): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: anyText }, { weight: 1, arbitrary: textNear(bytes) });
/** Which may be empty or too long, and the metric is refused then. */
const name = text(ROW_LIMITS.nameBytesMax);

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** A list that is longer than is kept now and then. */
const listOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.array(value, { maxLength: 5 }) },
    {
      weight: 1,
      arbitrary: value.map((v) => Array.from({ length: ROW_LIMITS.bucketsMax + 2 }, () => v)),
    },
  );
const exemplar = fc.record({
  timeNs,
  value: fc.oneof(int64, fc.double()),
  traceId: fc.oneof(hex(32), hex(31)),
  spanId: fc.oneof(hex(16), hex(17)),
  attributes: anyAttributes,
});
const shared = {
  timeNs,
  startNs: fc.oneof(fc.constant(0n), uint64),
  flags: fc.nat(2 ** 32 - 1),
  exemplars: fc.array(exemplar, { maxLength: 3 }),
};
const totals = {
  count: uint64,
  sum: optional(fc.double()),
  min: optional(fc.double()),
  max: optional(fc.double()),
};
const metric = {
  name,
  description: text(ROW_LIMITS.descriptionBytesMax),
  unit: name,
  temporality: fc.constantFrom(0, 1, 2),
};
const buckets = fc.record({ offset: int32, buckets: listOf(uint64) });

const point = fc.oneof(
  fc.record({
    kind: fc.constant("number" as const),
    metric: fc.record({
      ...metric,
      type: fc.constantFrom("gauge", "sum"),
      monotonic: fc.boolean(),
    }),
    point: fc.record({ ...shared, value: fc.oneof(int64, fc.double()) }),
  }),
  fc.record({
    kind: fc.constant("histogram" as const),
    metric: fc.record(metric),
    point: fc.record({
      ...shared,
      ...totals,
      bounds: listOf(fc.double()),
      buckets: listOf(uint64),
    }),
  }),
  fc.record({
    kind: fc.constant("exponential" as const),
    metric: fc.record(metric),
    point: fc.record({
      ...shared,
      ...totals,
      scale: int32,
      zeroCount: uint64,
      zeroThreshold: fc.double().filter((v) => v !== 0),
      positive: buckets,
      negative: buckets,
    }),
  }),
);
const request = fc.array(
  fc.record({
    resource: anyAttributes,
    scope: fc.record({ name, version: name }),
    points: fc.array(fc.tuple(point, anyAttributes), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 3 },
);
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;
type Point = typeof point extends fc.Arbitrary<infer T> ? T : never;
type Exemplar = typeof exemplar extends fc.Arbitrary<infer T> ? T : never;

const jsonDouble = (v: number): unknown => (Number.isFinite(v) ? v : String(v));
const jsonNumber = (v: number | bigint): object =>
  typeof v === "bigint" ? { asInt: v } : { asDouble: jsonDouble(v) };
const jsonOptional = (v: number | undefined): unknown => (v === undefined ? null : jsonDouble(v));
const idOf = (id: string): string => (id.length % 16 === 0 ? id : "");

const jsonExemplar = (e: Exemplar): unknown => ({
  timeUnixNano: e.timeNs,
  traceId: idOf(e.traceId),
  spanId: idOf(e.spanId),
  filteredAttributes: otlpAttributes(e.attributes),
  ...jsonNumber(e.value),
});

function jsonMetric(p: Point, labels: Parameters<typeof otlpAttributes>[0]): unknown {
  const common = {
    timeUnixNano: p.point.timeNs,
    startTimeUnixNano: p.point.startNs,
    flags: p.point.flags,
    attributes: otlpAttributes(labels),
    exemplars: p.point.exemplars.map(jsonExemplar),
  };
  const { name: metricName, description, unit, temporality } = p.metric;
  const described = { name: metricName, description, unit };
  if (p.kind === "number") {
    const dataPoints = [{ ...common, ...jsonNumber(p.point.value) }];
    const { monotonic } = p.metric;
    return p.metric.type === "gauge"
      ? { ...described, gauge: { dataPoints } }
      : {
          ...described,
          sum: { dataPoints, aggregationTemporality: temporality, isMonotonic: monotonic },
        };
  }
  const { count, sum, min, max } = p.point;
  const all = {
    ...common,
    count,
    sum: jsonOptional(sum),
    min: jsonOptional(min),
    max: jsonOptional(max),
  };
  if (p.kind === "histogram") {
    const explicitBounds = p.point.bounds.map(jsonDouble);
    const dataPoints = [{ ...all, explicitBounds, bucketCounts: p.point.buckets }];
    return { ...described, histogram: { dataPoints, aggregationTemporality: temporality } };
  }
  const { scale, zeroCount, zeroThreshold, positive, negative } = p.point;
  const sides = [positive, negative].map((side) => ({
    offset: side.offset,
    bucketCounts: side.buckets,
  }));
  const dataPoints = [
    {
      ...all,
      scale,
      zeroCount,
      zeroThreshold: jsonDouble(zeroThreshold),
      positive: sides[0],
      negative: sides[1],
    },
  ];
  return {
    ...described,
    exponentialHistogram: { dataPoints, aggregationTemporality: temporality },
  };
}

const otlpRequest = (groups: Request): unknown => ({
  resourceMetrics: groups.map(({ resource, scope, points }) => ({
    resource: { attributes: otlpAttributes(resource) },
    scopeMetrics: [{ scope, metrics: points.map(([p, labels]) => jsonMetric(p, labels)) }],
  })),
});

/** Without what is absent: an optional field of a builder's input is left out, not undefined. */
function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

describe("MetricBuilder", () => {
  it("gives the rows and rejections that the OTLP decoder gives of the same points", () => {
    const decoder = DECODERS.metrics();
    fc.assert(
      fc.property(request, (groups) => {
        const expected = decoder.decode(encodeOtlp("metrics", otlpRequest(groups)));
        const builder = new MetricBuilder({ window: ANY_TIME });
        for (const { resource, scope, points } of groups) {
          builder.group(resource, scope);
          for (const [p, labels] of points) {
            if (p.kind === "number") builder.number(p.metric, labels, p.point);
            else builder.histogram(p.metric, labels, present(p.point));
          }
        }
        expect(builder.rejections.message).toBe(expected.message);
        const batch = builder.finish(1);
        expect(rowsOf(batch)).toEqual(rowsOf(decoder.batch));
        batchPools.metrics.give(batch);
      }),
    );
  });
});
