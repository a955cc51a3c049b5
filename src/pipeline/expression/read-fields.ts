import { METRIC_TYPES, type Resource, type Scope, type Series } from "#core/attributes.ts";
import type { ByteWriter } from "#core/bytes.ts";
import type { DictionaryColumn, StringColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { idAt } from "#core/row-access.ts";
import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Binding, Read, Shared, Source } from "./binding.ts";
import type { Context } from "./fields.ts";
import { readBound, readObjectField } from "./read-objects.ts";
import { intOfBigint, type Value, valueOfText } from "./value.ts";

/** How a field is read, and what rows share it with each other; undefined where each row has its own. */
export interface FieldReader {
  readonly read: Read<Value>;
  readonly shared?: Shared;
  /** Set where the value is a plain number in every row: faster to compare. */
  readonly readNumber?: Read<number>;
}

type MakeReader = (binding: Binding) => FieldReader;

/** Reads of a source that is bound first. */
function reader<S extends Source>(
  binding: Binding,
  read: (source: S, row: number) => Value,
): Read<Value> {
  let bound: S;
  binding.onBind((source) => {
    bound = source as S;
  });
  return (row) => read(bound, row);
}

function own<S extends Source>(read: (source: S, row: number) => Value): MakeReader {
  return (binding) => ({ read: reader(binding, read) });
}

function number<S extends Source>(read: (source: S, row: number) => number): MakeReader {
  return (binding) => {
    let bound: S;
    binding.onBind((source) => {
      bound = source as S;
    });
    const readNumber = (row: number): number => read(bound, row);
    return { read: readNumber, readNumber };
  };
}

function dictionary(name: string, column: (source: Source) => DictionaryColumn): MakeReader {
  return (binding) => {
    const shared = binding.entry(name, column);
    return { read: reader(binding, (source, row) => column(source).text(row)), shared };
  };
}

function text<S extends Source>(column: (source: S) => StringColumn): MakeReader {
  return own<S>((source, row) => column(source).text(row));
}

/** Nanoseconds: beyond 2^53, so that they are exact. */
function time<S extends Source>(column: (source: S, row: number) => ByteWriter): MakeReader {
  return own<S>((source, row) => uint64(column(source, row), at(row)));
}

function uint64({ bytes }: ByteWriter, row: number): Value {
  return intOfBigint(bytes.readBigInt64LE(row * 8));
}

/** A count of nanoseconds as a double: exact up to 104 days. */
function nanosecondsAt({ bytes }: ByteWriter, row: number): number {
  return bytes.readUInt32LE(row * 8 + 4) * 4_294_967_296 + bytes.readUInt32LE(row * 8);
}

/** The place of a point in its own columns. */
function at(row: number): number {
  return row >= 0 ? row : ~row;
}

const SPANS: Readonly<Record<string, MakeReader>> = {
  name: dictionary("name", (source) => (source as SpanBatch).name),
  kind: number<SpanBatch>((batch, row) => batch.kind.bytes[row]!),
  duration: number<SpanBatch>((batch, row) => nanosecondsAt(batch.duration, row)),
  "status.code": number<SpanBatch>((batch, row) => batch.status.bytes[row]!),
  "status.message": text<SpanBatch>((batch) => batch.statusMessage),
  trace_id: own<SpanBatch>((batch, row) => idAt(batch.traceId, row, 16)),
  span_id: own<SpanBatch>((batch, row) => idAt(batch.spanId, row, 8)),
  parent_span_id: own<SpanBatch>((batch, row) => idAt(batch.parentSpanId, row, 8)),
  trace_state: text<SpanBatch>((batch) => batch.traceState),
  flags: number<SpanBatch>((batch, row) => batch.flags.bytes.readUInt32LE(row * 4)),
  start_time_unix_nano: time<SpanBatch>((batch) => batch.time),
  end_time_unix_nano: own<SpanBatch>((batch, row) => {
    const start = batch.time.bytes.readBigInt64LE(row * 8);
    return intOfBigint(start + batch.duration.bytes.readBigInt64LE(row * 8));
  }),
};

const LOGS: Readonly<Record<string, MakeReader>> = {
  body: own<LogBatch>((batch, row) =>
    valueOfText(batch.body.text(row), batch.bodyType.bytes[row]!),
  ),
  severity_number: number<LogBatch>((batch, row) => batch.severity.bytes[row]!),
  severity_text: dictionary("severity_text", (source) => (source as LogBatch).severityText),
  event_name: dictionary("event_name", (source) => (source as LogBatch).eventName),
  trace_id: own<LogBatch>((batch, row) => idAt(batch.traceId, row, 16)),
  span_id: own<LogBatch>((batch, row) => idAt(batch.spanId, row, 8)),
  flags: number<LogBatch>((batch, row) => batch.flags.bytes.readUInt32LE(row * 4)),
  time_unix_nano: time<LogBatch>((batch) => batch.time),
  observed_time_unix_nano: time<LogBatch>((batch) => batch.observedTime),
};

const POINTS: Readonly<Record<string, MakeReader>> = {
  value: own<MetricBatch>(({ numbers }, row) => {
    if (row < 0) return null;
    if (numbers.isInt.bytes[row] === 1)
      return intOfBigint(numbers.intValue.bytes.readBigInt64LE(row * 8));
    return numbers.value.bytes.readDoubleLE(row * 8);
  }),
  count: own<MetricBatch>(({ histograms }, row) =>
    row < 0 ? uint64(histograms.count, ~row) : null,
  ),
  sum: own<MetricBatch>(({ histograms: { sum, sumAbsent } }, row) => double(sum, sumAbsent, row)),
  min: own<MetricBatch>(({ histograms: { min, minAbsent } }, row) => double(min, minAbsent, row)),
  max: own<MetricBatch>(({ histograms: { max, maxAbsent } }, row) => double(max, maxAbsent, row)),
  flags: number<MetricBatch>((batch, row) =>
    pointsOf(batch, row).flags.bytes.readUInt32LE(at(row) * 4),
  ),
  time_unix_nano: time<MetricBatch>((batch, row) => pointsOf(batch, row).time),
  start_time_unix_nano: time<MetricBatch>((batch, row) => pointsOf(batch, row).startTime),
};

function pointsOf(
  { numbers, histograms }: MetricBatch,
  row: number,
): MetricBatch["numbers"] | MetricBatch["histograms"] {
  return row >= 0 ? numbers : histograms;
}

function double(column: ByteWriter, absent: ByteWriter, row: number): Value {
  if (row >= 0 || absent.bytes[~row] === 1) return null;
  return column.bytes.readDoubleLE(~row * 8);
}

const OF_RESOURCE: Readonly<Record<string, (resource: Resource) => Value>> = {
  "resource.schema_url": ({ schemaUrl }) => schemaUrl,
};

const OF_SCOPE: Readonly<Record<string, (scope: Scope) => Value>> = {
  "scope.name": ({ name }) => name,
  "scope.version": ({ version }) => version,
  "scope.schema_url": ({ schemaUrl }) => schemaUrl,
};

const OF_SERIES: Readonly<Record<string, (series: Series) => Value>> = {
  "metric.name": ({ metric }) => metric.name,
  "metric.description": ({ metric }) => metric.description,
  "metric.unit": ({ metric }) => metric.unit,
  "metric.type": ({ metric }) => METRIC_TYPES[metric.type],
  "metric.aggregation_temporality": ({ metric }) => metric.temporality,
  "metric.is_monotonic": ({ metric }) => metric.monotonic,
};

const COLUMNS: Readonly<Record<Context, Readonly<Record<string, MakeReader>>>> = {
  traces: SPANS,
  logs: LOGS,
  metrics: POINTS,
  resource: {},
  scope: {},
  series: {},
};

/** The reader of a field that `FIELDS` has for the binding's context; not of attributes. */
export function readField(binding: Binding, name: string): FieldReader {
  if (binding.form === "objects") {
    const read = readObjectField(binding, name);
    if (read !== undefined) return { read };
  } else {
    const make = COLUMNS[binding.context][name];
    if (make !== undefined) return make(binding);
  }
  const origin = readOrigin(binding);
  const ofSeries = OF_SERIES[name];
  if (ofSeries !== undefined) return { ...origin, read: (row) => ofSeries(origin.series(row)) };
  const ofScope = OF_SCOPE[name];
  if (ofScope !== undefined) return { ...origin, read: (row) => ofScope(origin.scope(row)) };
  const ofResource = OF_RESOURCE[name]!;
  return { ...origin, read: (row) => ofResource(origin.resource(row)) };
}

/** What a row came from. Which of the three there are, the context says. */
export interface Origin {
  readonly resource: Read<Resource>;
  readonly scope: Read<Scope>;
  readonly series: Read<Series>;
  readonly shared?: Shared;
}

export function readOrigin(binding: Binding): Origin {
  if (binding.form === "objects") return originOfObject(binding);
  switch (binding.context) {
    case "traces":
    case "logs": {
      const shared = binding.group();
      const { numberOf, groups } = shared;
      return {
        resource: (row) => groups().resources[numberOf(row)]!,
        scope: (row) => groups().scopes[numberOf(row)]!,
        series: noSeries,
        shared,
      };
    }
    case "metrics": {
      const shared = binding.series();
      return { ...ofSeries(shared.seriesOf), shared };
    }
    default:
      return ofSource(binding);
  }
}

function originOfObject(binding: Binding): Origin {
  const bound = readBound(binding);
  if (binding.context === "metrics")
    return ofSeries(() => (bound() as NumberPointRow | HistogramPointRow).series);
  const origin = (): SpanRow | LogRow => bound() as SpanRow | LogRow;
  return { resource: () => origin().resource, scope: () => origin().scope, series: noSeries };
}

function ofSeries(series: Read<Series>): Origin {
  return { series, resource: (row) => series(row).resource, scope: (row) => series(row).scope };
}

function ofSource(binding: Binding): Origin {
  const bound = readBound(binding);
  if (binding.context === "series") return ofSeries(() => bound() as Series);
  return { resource: () => bound() as Resource, scope: () => bound() as Scope, series: noSeries };
}

function noSeries(): never {
  throw new Error("only metric points have a series");
}
