import fc from "fast-check";
import type { Batch } from "#core/batch.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { histogramPointRow, logRow, numberPointRow, spanRow } from "#core/row-views.ts";
import type { Signal } from "#core/signal.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { value } from "#receivers/otlp/testing/otlp-samples.ts";
import type { ObjectRow } from "../binding.ts";

// Small batches whose rows have few different keys, names and values, so that expressions meet them.

const common = fc.constantFrom<unknown>(
  { stringValue: "x" },
  { stringValue: "GET /cart" },
  { stringValue: "" },
  { stringValue: '{"k":[1,{"k":"x"}]}' },
  { stringValue: "12" },
  { intValue: "1" },
  { intValue: "-5" },
  { intValue: "9007199254740993" },
  { doubleValue: 1 },
  { doubleValue: 0.5 },
  { boolValue: true },
  { boolValue: false },
  { kvlistValue: { values: [{ key: "k", value: { stringValue: "x" } }] } },
  { arrayValue: { values: [{ intValue: "1" }] } },
  {},
);
const anyValue = fc.oneof(
  { weight: 4, arbitrary: common },
  value.map(({ json }) => json),
);
const attributes = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "k", "é"), anyValue), {
    selector: ([key]) => key,
  })
  .map((list) => list.map(([key, one]) => ({ key, value: one })));
const word = fc.constantFrom("", "x", "GET /cart", "GET /", "warn");
const traceId = fc.constantFrom("", "0af7651916cd43dd8448eb211c80319c");
const spanId = fc.constantFrom("", "b7ad6b7169203331");
const time = fc.constantFrom("1750000000000000000", "1750000000250000000", "1");

const span = fc.record({
  traceId: fc.constant("0af7651916cd43dd8448eb211c80319c"),
  spanId: fc.constant("b7ad6b7169203331"),
  parentSpanId: spanId,
  name: word,
  kind: fc.nat(5),
  status: fc.record({ code: fc.nat(2), message: word }),
  traceState: word,
  startTimeUnixNano: fc.constant("1750000000000000000"),
  endTimeUnixNano: fc.constantFrom(
    "1750000000000000000",
    "1750000000250000000",
    "1750000009000000000",
  ),
  attributes,
});
const log = fc.record({
  timeUnixNano: time,
  severityNumber: fc.nat(24),
  severityText: word,
  body: anyValue,
  eventName: word,
  traceId,
  spanId,
  attributes,
});
const numberPoint = fc.record({ timeUnixNano: time, asDouble: fc.double(), attributes });
const intPoint = fc.record({
  timeUnixNano: time,
  asInt: fc.constantFrom("1", "9007199254740993"),
  attributes,
});
const histogramPoint = fc.record(
  {
    timeUnixNano: time,
    count: fc.constant("3"),
    sum: fc.constantFrom(0.5, 6),
    min: fc.constant(1),
    bucketCounts: fc.constant(["3"]),
    attributes,
  },
  { requiredKeys: ["timeUnixNano", "count", "bucketCounts", "attributes"] },
);
const metric = fc
  .tuple(
    word,
    word,
    fc.oneof(
      fc
        .array(fc.oneof(numberPoint, intPoint), { maxLength: 3 })
        .map((dataPoints) => ({ gauge: { dataPoints } })),
      fc
        .array(histogramPoint, { maxLength: 3 })
        .map((dataPoints) => ({ histogram: { dataPoints, aggregationTemporality: 1 } })),
    ),
  )
  .map(([name, unit, data]) => ({ name: `m.${name}`, unit, ...data }));

const LEVELS = {
  traces: ["resourceSpans", "scopeSpans", "spans"],
  logs: ["resourceLogs", "scopeLogs", "logRecords"],
  metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
} as const;

const RECORDS = { traces: span, logs: log, metrics: metric } as const;

/** OTLP requests of a signal, as JSON. */
export function anyRequest(signal: Signal): fc.Arbitrary<unknown> {
  const [groups, scopes, records] = LEVELS[signal];
  const scope = fc.record({
    scope: fc.record({ name: word, version: word, attributes }),
    [records]: fc.array<unknown>(RECORDS[signal], { maxLength: 4 }),
  });
  const group = fc.record({
    resource: fc.record({ attributes }),
    [scopes]: fc.array(scope, { maxLength: 2 }),
  });
  return fc.record({ [groups]: fc.array(group, { maxLength: 3 }) });
}

/** Batches of a signal, each with columns of its own. */
export function anyBatch(signal: Signal): fc.Arbitrary<Batch> {
  return anyRequest(signal).map((request) => batchOf(signal, request));
}

/** The batch of a request, with columns of its own. */
export function batchOf(signal: Signal, request: unknown): Batch {
  const decoder = DECODERS[signal]();
  decoder.decode(encodeOtlp(signal, request));
  return decoder.batch;
}

/** The numbers of all rows, those of histograms as `~row`. */
export function rowsOf(batch: Batch): number[] {
  if (batch.signal !== "metrics") return Array.from({ length: batch.rows }, (_, row) => row);
  return [
    ...Array.from({ length: batch.numbers.rows }, (_, row) => row),
    ...Array.from({ length: batch.histograms.rows }, (_, row) => ~row),
  ];
}

/** A row as an object, by its number of {@link rowsOf}. */
export function objectOf(batch: Batch, row: number): ObjectRow {
  if (batch.signal === "traces") return spanRow(batch, row);
  if (batch.signal === "logs") return logRow(batch, row);
  return row < 0 ? histogramPointRow(batch, ~row) : numberPointRow(batch, row);
}
