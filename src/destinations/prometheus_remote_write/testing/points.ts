import { encodeOtlp } from "#core/otlp/encode.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { histogramPointRow, numberPointRow } from "#core/row-views.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";

export const TIME_MS = 1_750_000_000_000;

type Values = Readonly<Record<string, string>>;

const attributesOf = (values: Values): unknown[] =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** Nanoseconds, so many milliseconds after {@link TIME_MS}. */
export const ns = (afterMs = 0): bigint => BigInt(TIME_MS + afterMs) * 1_000_000n;

export interface PointsOptions {
  readonly resource?: Values;
  readonly scope?: object;
}

/** The rows of metrics as OTLP/JSON has them, of one resource and scope. */
export function rowsOf(metrics: readonly object[], options: PointsOptions = {}): Row[] {
  const { resource = { "service.name": "shop" }, scope = {} } = options;
  const decoder = DECODERS.metrics();
  const request = {
    resourceMetrics: [
      { resource: { attributes: attributesOf(resource) }, scopeMetrics: [{ scope, metrics }] },
    ],
  };
  const { count, message } = decoder.decode(encodeOtlp("metrics", request));
  if (count > 0) throw new Error(message);
  return rowsOfBatch(decoder.batch as MetricBatch);
}

export function rowsOfBatch(batch: MetricBatch): Row[] {
  const { numbers, histograms } = batch;
  return [
    ...Array.from({ length: numbers.rows }, (_, row) => {
      return { kind: "number_point" as const, row: numberPointRow(batch, row) };
    }),
    ...Array.from({ length: histograms.rows }, (_, row) => {
      return { kind: "histogram_point" as const, row: histogramPointRow(batch, row) };
    }),
  ];
}

/** A gauge with a point for each value, a second apart. */
export function gauge(name: string, values: readonly number[], attributes: Values = {}): object {
  const dataPoints = values.map((asDouble, at) => ({
    timeUnixNano: ns(at * 1_000),
    asDouble,
    attributes: attributesOf(attributes),
  }));
  return { name, gauge: { dataPoints } };
}

/** A counter that began a minute before its points. */
export function counter(name: string, values: readonly number[], more: object = {}): object {
  const dataPoints = values.map((asDouble, at) => ({
    startTimeUnixNano: ns(-60_000),
    timeUnixNano: ns(at * 1_000),
    asDouble,
  }));
  return { name, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints }, ...more };
}

export function delivery(rows: readonly Row[]): Delivery {
  return { org: "default", rows, key: "key", rowKey: (index) => `key-${index}`, attempt: 1 };
}
