import { DEFAULT_ORG } from "#core/signal.ts";
import type { MetricKind, Temporality } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { attributesOf, idText, mapColumns, resourceOf, type Values } from "./telemetry-store.ts";
import { type MetricType, Scope, Series } from "#core/attributes.ts";

/** A point of a gauge or sum: a bigint is an integer, a number a double. */
export interface NumberPoint {
  timeNs: bigint;
  startNs?: bigint;
  value: number | bigint;
}

/** A point of a histogram, exponential histogram or summary; what is left out is 0 or empty. */
export interface DistributionPoint {
  timeNs: bigint;
  startNs?: bigint;
  count: number;
  sum?: number | null;
  min?: number | null;
  max?: number | null;
  bounds?: number[];
  buckets?: number[];
  scale?: number;
  zero_count?: number;
  positive_offset?: number;
  positive_buckets?: number[];
  negative_offset?: number;
  negative_buckets?: number[];
  quantiles?: number[];
  quantile_values?: number[];
}

/** One series with its points. */
export interface SeriesInput {
  org?: string;
  metric: string;
  type?: MetricKind;
  temporality?: Temporality;
  monotonic?: boolean;
  unit?: string;
  description?: string;
  service?: string;
  attributes?: Values;
  resource?: Values;
  numbers?: NumberPoint[];
  distributions?: DistributionPoint[];
  exemplars?: {
    timeNs: bigint;
    value: number | bigint;
    trace: string;
    span: string;
    attributes?: Values;
  }[];
}

/** The statements that insert the series with their resources and points. */
export function seriesInserts(inputs: readonly SeriesInput[]): Fragment[] {
  const all = inputs.map((input) => ({ input, series: seriesOf(input) }));
  return [
    resourcesInsert(inputs),
    seriesInsert(all),
    numbersInsert(all),
    distributionsInsert(all),
    exemplarsInsert(all),
  ];
}

interface Known {
  readonly input: SeriesInput;
  readonly series: Series;
}

function seriesOf(input: SeriesInput): Series {
  const type: MetricType = input.type ?? "gauge";
  const temporality = ({ unspecified: 0, delta: 1, cumulative: 2 } as const)[
    input.temporality ?? "unspecified"
  ];
  const { metric: name, description = "", unit = "", monotonic = false } = input;
  return new Series(
    { name, description, unit, type, temporality, monotonic },
    resourceOf(input.service ?? "shop", input.resource),
    new Scope("", ""),
    attributesOf(input.attributes ?? {}),
  );
}

function daysOf(input: SeriesInput): string[] {
  const times = [...(input.numbers ?? []), ...(input.distributions ?? [])].map(
    ({ timeNs }) => timeNs,
  );
  return [
    ...new Set(times.map((ns) => new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 10))),
  ];
}

function seriesInsert(all: readonly Known[]): Fragment {
  const rows = all.flatMap(({ input, series }) =>
    daysOf(input).map((day) => ({
      org: input.org ?? DEFAULT_ORG,
      metric: input.metric,
      id: idText(series),
      day,
      type: input.type ?? "gauge",
      temporality: input.temporality ?? "unspecified",
      monotonic: input.monotonic ?? false,
      unit: input.unit ?? "",
      description: input.description ?? "",
      service: input.service ?? "shop",
      resource_id: idText(series.resource),
      ...mapColumns(input.attributes),
    })),
  );
  return sql`INSERT INTO series (org, metric, series_id, day, type, temporality, monotonic, unit, description, service, resource_id, scope_id, attrs, attr_types)
SELECT org, metric, id, day, type, temporality, monotonic, unit, description, service, resource_id, 0, mapFromArrays(keys, vals), types
FROM format(JSONEachRow, 'org String, metric String, id UInt64, day Date, type String, temporality String, monotonic Bool, unit String, description String, service String, resource_id UInt64, keys Array(String), vals Array(String), types String', ${json(rows)})`;
}

function resourcesInsert(inputs: readonly SeriesInput[]): Fragment {
  const rows = inputs.flatMap((input) =>
    daysOf(input).map((day) => ({
      org: input.org ?? DEFAULT_ORG,
      id: idText(resourceOf(input.service ?? "shop", input.resource)),
      day,
      service: input.service ?? "shop",
      ...mapColumns({ "service.name": input.service ?? "shop", ...input.resource }),
    })),
  );
  return sql`INSERT INTO resources (org, resource_id, day, service, attrs, attr_types)
SELECT org, id, day, service, mapFromArrays(keys, vals), types
FROM format(JSONEachRow, 'org String, id UInt64, day Date, service String, keys Array(String), vals Array(String), types String', ${json(rows)})`;
}

function numbersInsert(all: readonly Known[]): Fragment {
  const rows = all.flatMap(({ input, series }) =>
    (input.numbers ?? []).map(({ timeNs, startNs, value }) => ({
      org: input.org ?? DEFAULT_ORG,
      metric: input.metric,
      id: idText(series),
      ts: String(timeNs),
      start: String(startNs ?? 0n),
      ...numberColumns(value),
    })),
  );
  return sql`INSERT INTO points (org, metric, series_id, ts, start_ts, value, int_value, is_int)
SELECT org, metric, id, fromUnixTimestamp64Nano(ts), fromUnixTimestamp64Nano(start), toFloat64(value), int_value, is_int
FROM format(JSONEachRow, 'org String, metric String, id UInt64, ts Int64, start Int64, value String, int_value Int64, is_int UInt8', ${json(rows)})`;
}

function numberColumns(value: number | bigint): {
  value: string;
  int_value: string;
  is_int: number;
} {
  const isInt = typeof value === "bigint";
  return { value: String(value), int_value: isInt ? String(value) : "0", is_int: isInt ? 1 : 0 };
}

function distributionsInsert(all: readonly Known[]): Fragment {
  const rows = all.flatMap(({ input, series }) =>
    (input.distributions ?? []).map(({ timeNs, startNs, ...point }) => ({
      org: input.org ?? DEFAULT_ORG,
      metric: input.metric,
      id: idText(series),
      ts: String(timeNs),
      start: String(startNs ?? 0n),
      ...point,
    })),
  );
  return sql`INSERT INTO histograms (org, metric, series_id, ts, start_ts, count, sum, min, max, bounds, buckets, scale, zero_count, positive_offset, positive_buckets, negative_offset, negative_buckets, quantiles, quantile_values)
SELECT org, metric, id, fromUnixTimestamp64Nano(ts), fromUnixTimestamp64Nano(start), count, sum, min, max, bounds, buckets, scale, zero_count, positive_offset, positive_buckets, negative_offset, negative_buckets, quantiles, quantile_values
FROM format(JSONEachRow, 'org String, metric String, id UInt64, ts Int64, start Int64, count UInt64, sum Nullable(Float64), min Nullable(Float64), max Nullable(Float64), bounds Array(Float64), buckets Array(UInt64), scale Int32, zero_count UInt64, positive_offset Int32, positive_buckets Array(UInt64), negative_offset Int32, negative_buckets Array(UInt64), quantiles Array(Float64), quantile_values Array(Float64)', ${json(rows)})`;
}

function exemplarsInsert(all: readonly Known[]): Fragment {
  const rows = all.flatMap(({ input, series }) =>
    (input.exemplars ?? []).map(({ timeNs, value, trace, span, attributes }) => ({
      org: input.org ?? DEFAULT_ORG,
      metric: input.metric,
      id: idText(series),
      ts: String(timeNs),
      trace,
      span,
      ...numberColumns(value),
      ...mapColumns(attributes),
    })),
  );
  return sql`INSERT INTO exemplars (org, metric, series_id, ts, value, int_value, is_int, trace_id, span_id, attrs, attr_types)
SELECT org, metric, id, fromUnixTimestamp64Nano(ts), toFloat64(value), int_value, is_int, unhex(trace), unhex(span), mapFromArrays(keys, vals), types
FROM format(JSONEachRow, 'org String, metric String, id UInt64, ts Int64, value String, int_value Int64, is_int UInt8, trace String, span String, keys Array(String), vals Array(String), types String', ${json(rows)})`;
}

function json(rows: readonly object[]): Fragment {
  return literal.string(rows.map((row) => JSON.stringify(row)).join("\n"));
}
