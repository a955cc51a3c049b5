import type { Attribute } from "#core/attributes.ts";
import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import type { Signal } from "#core/signal.ts";
import type { Binding, ObjectRow, Read, Source } from "./binding.ts";
import { intOfBigint, type Value, valueOfText } from "./value.ts";

// Rows that are objects, one after the other: what is read of them is what is read of the same row in columns.

/** Reads what was bound last. */
export function readBound(binding: Binding): () => Source {
  let bound: Source;
  binding.onBind((source) => {
    bound = source;
  });
  return () => bound;
}

/** The reader of a field that a row has of its own; undefined for what it shares with others. */
export function readObjectField(binding: Binding, name: string): Read<Value> | undefined {
  const fields: Fields<ObjectRow> = FIELDS[binding.context as Signal];
  const field = fields[name];
  if (field === undefined) return undefined;
  const bound = readBound(binding);
  return () => field(bound() as ObjectRow);
}

/** The attributes of a span or log record itself. */
export function readOwnAttributes(binding: Binding): Read<readonly Attribute[]> {
  const bound = readBound(binding);
  return () => (bound() as SpanRow | LogRow).attributes;
}

type Fields<Row> = Readonly<Record<string, (row: Row) => Value>>;

const SPANS: Fields<SpanRow> = {
  name: (row) => row.name,
  kind: (row) => row.kind,
  duration: (row) => Number(row.durationNs),
  "status.code": (row) => row.status,
  "status.message": (row) => row.statusMessage,
  trace_id: (row) => idOf(row.traceId),
  span_id: (row) => idOf(row.spanId),
  parent_span_id: (row) => idOf(row.parentSpanId),
  trace_state: (row) => row.traceState,
  flags: (row) => row.flags,
  start_time_unix_nano: (row) => int64(row.time),
  end_time_unix_nano: (row) =>
    intOfBigint(BigInt.asIntN(64, row.time) + BigInt.asIntN(64, row.durationNs)),
};

const LOGS: Fields<LogRow> = {
  body: (row) => valueOfText(row.body, row.bodyType),
  severity_number: (row) => row.severity,
  severity_text: (row) => row.severityText,
  event_name: (row) => row.eventName,
  trace_id: (row) => idOf(row.traceId),
  span_id: (row) => idOf(row.spanId),
  flags: (row) => row.flags,
  time_unix_nano: (row) => int64(row.time),
  observed_time_unix_nano: (row) => int64(row.observedTime),
};

type PointRow = NumberPointRow | HistogramPointRow;

const POINTS: Fields<PointRow> = {
  value: (row) => ("value" in row ? numberOf(row.value) : null),
  count: (row) => ("count" in row ? int64(row.count) : null),
  sum: (row) => ("count" in row ? row.sum : null),
  min: (row) => ("count" in row ? row.min : null),
  max: (row) => ("count" in row ? row.max : null),
  flags: (row) => row.flags,
  time_unix_nano: (row) => int64(row.time),
  start_time_unix_nano: (row) => int64(row.startTime),
};

/** The rows of a signal are its own: the binding's context says which there are. */
const FIELDS = { traces: SPANS, logs: LOGS, metrics: POINTS } as Readonly<
  Record<Signal, Fields<ObjectRow>>
>;

const ANY_ID = /[^0]/;

/** As texts of ids are compared: empty where there is none. */
function idOf(hex: string): string {
  return ANY_ID.test(hex) ? hex : "";
}

/** The 64 bits of a column as a signed number, which is how expressions read them. */
function int64(value: bigint): Value {
  return intOfBigint(BigInt.asIntN(64, value));
}

function numberOf(value: number | bigint): Value {
  return typeof value === "bigint" ? intOfBigint(value) : value;
}
