import { METRIC_TYPES } from "#core/attributes.ts";
import type { Signal } from "#core/signal.ts";
import { SEVERITIES, SPAN_KINDS, SPAN_STATUSES, TEMPORALITIES } from "#core/vocabulary.ts";

/** What a value is, as far as it is known before there is a row; `number` is an int or a double. */
export type Type =
  | "string"
  | "int"
  | "double"
  | "number"
  | "bool"
  | "duration"
  | "list"
  | "map"
  | "any"
  | "nil"
  | "regex";

/**
 * What an expression is evaluated against: the rows of a signal, or one resource, scope or series as a
 * whole, which rows share.
 */
export type Context = Signal | "resource" | "scope" | "series";

export interface Field {
  readonly type: Type;
  /** Whether it can be nil: not every row has it. */
  readonly isNilable: boolean;
}

const TEXT: Field = { type: "string", isNilable: false };
const INT: Field = { type: "int", isNilable: false };
const MAP: Field = { type: "map", isNilable: false };
const MAYBE_DOUBLE: Field = { type: "double", isNilable: true };

const RESOURCE: Readonly<Record<string, Field>> = {
  "resource.attributes": MAP,
  "resource.schema_url": TEXT,
};

const SCOPE: Readonly<Record<string, Field>> = {
  "scope.name": TEXT,
  "scope.version": TEXT,
  "scope.schema_url": TEXT,
  "scope.attributes": MAP,
};

const SERIES: Readonly<Record<string, Field>> = {
  attributes: MAP,
  "metric.name": TEXT,
  "metric.description": TEXT,
  "metric.unit": TEXT,
  "metric.type": INT,
  "metric.aggregation_temporality": INT,
  "metric.is_monotonic": { type: "bool", isNilable: false },
  ...RESOURCE,
  ...SCOPE,
};

/** The fields that rows have, by context. Texts and ids that a row lacks are empty, not nil. */
export const FIELDS: Readonly<Record<Context, Readonly<Record<string, Field>>>> = {
  traces: {
    name: TEXT,
    kind: INT,
    duration: { type: "duration", isNilable: false },
    attributes: MAP,
    "status.code": INT,
    "status.message": TEXT,
    trace_id: TEXT,
    span_id: TEXT,
    parent_span_id: TEXT,
    trace_state: TEXT,
    flags: INT,
    start_time_unix_nano: INT,
    end_time_unix_nano: INT,
    ...RESOURCE,
    ...SCOPE,
  },
  logs: {
    body: { type: "any", isNilable: true },
    severity_number: INT,
    severity_text: TEXT,
    event_name: TEXT,
    attributes: MAP,
    trace_id: TEXT,
    span_id: TEXT,
    flags: INT,
    time_unix_nano: INT,
    observed_time_unix_nano: INT,
    ...RESOURCE,
    ...SCOPE,
  },
  metrics: {
    value: { type: "number", isNilable: true },
    count: { type: "int", isNilable: true },
    sum: MAYBE_DOUBLE,
    min: MAYBE_DOUBLE,
    max: MAYBE_DOUBLE,
    flags: INT,
    time_unix_nano: INT,
    start_time_unix_nano: INT,
    ...SERIES,
  },
  resource: RESOURCE,
  scope: SCOPE,
  series: SERIES,
};

/** What the rows of a context are called in messages. */
export const CONTEXT_NAMES: Readonly<Record<Context, string>> = {
  traces: "spans",
  logs: "log records",
  metrics: "metric points",
  resource: "resources",
  scope: "scopes",
  series: "metric series",
};

/** A field may begin with what its row is called: `span.name` is for spans only, as in OTTL. */
const PREFIXES: Readonly<Record<Context, string>> = {
  traces: "span.",
  logs: "log.",
  metrics: "datapoint.",
  resource: "",
  scope: "",
  series: "datapoint.",
};

/** The name of a field without what OTTL may write before it. */
export function plainFieldName(name: string, context: Context): string {
  const prefix = PREFIXES[context];
  const plain = prefix !== "" && name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return plain.startsWith("instrumentation_scope.")
    ? plain.slice("instrumentation_".length)
    : plain;
}

/** Whether a field begins with what the rows of another context are called. */
export function isOfOther(name: string, context: Context): boolean {
  const prefixes = Object.values(PREFIXES);
  return prefixes.some(
    (prefix) => prefix !== "" && prefix !== PREFIXES[context] && name.startsWith(prefix),
  );
}

/** The names of numbers, as OTTL has them: `SEVERITY_NUMBER_WARN`, `SPAN_KIND_SERVER`, `STATUS_CODE_ERROR` … */
export const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["SEVERITY_NUMBER_UNSPECIFIED", 0],
  ...SEVERITIES.flatMap((level, i) =>
    [1, 2, 3, 4].map((step): [string, number] => [
      `SEVERITY_NUMBER_${level.toUpperCase()}${step === 1 ? "" : step}`,
      i * 4 + step,
    ]),
  ),
  ...SPAN_KINDS.map((kind, i): [string, number] => [`SPAN_KIND_${kind.toUpperCase()}`, i]),
  ...SPAN_STATUSES.map((status, i): [string, number] => [`STATUS_CODE_${status.toUpperCase()}`, i]),
  ...Object.entries(METRIC_TYPES).map(([type, number]): [string, number] => [
    `METRIC_DATA_TYPE_${type.toUpperCase()}`,
    number,
  ]),
  ...TEMPORALITIES.map((temporality, i): [string, number] => [
    `AGGREGATION_TEMPORALITY_${temporality.toUpperCase()}`,
    i,
  ]),
]);
