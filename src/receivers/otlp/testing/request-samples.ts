import fc from "fast-check";
import type { Signal } from "#core/signal.ts";
import { type Origin, type PlainRows } from "./batch-rows.ts";
import { attributes, name, nanoseconds, type Times } from "./otlp-samples.ts";
import { logRecordAt } from "./log-samples.ts";
import { metricAt } from "./metric-samples.ts";
import { spanAt } from "./span-samples.ts";

/** A request as OTLP/JSON has it, with the rows that decoding it must give. */
export interface RequestSample {
  readonly signal: Signal;
  readonly json: unknown;
  readonly rows: PlainRows;
}

/** One record of a request, with the rows that it becomes in the place where it is sent. */
export interface RecordSample {
  readonly json: unknown;
  readonly rows: (origin: Origin) => Partial<PlainRows>;
}

/** The names that the signals' three levels have in OTLP. */
const LEVELS = {
  traces: { groups: "resourceSpans", scopes: "scopeSpans", records: "spans" },
  logs: { groups: "resourceLogs", scopes: "scopeLogs", records: "logRecords" },
  metrics: { groups: "resourceMetrics", scopes: "scopeMetrics", records: "metrics" },
} as const;

const scopeOf = (record: fc.Arbitrary<RecordSample>) =>
  fc.record({
    name,
    version: name,
    attributes,
    schemaUrl: name,
    records: fc.array(record, { maxLength: 5 }),
  });
const groupOf = (record: fc.Arbitrary<RecordSample>) =>
  fc.record({
    attributes,
    schemaUrl: name,
    scopes: fc.array(scopeOf(record), { maxLength: 2 }),
  });
type GroupSample = ReturnType<typeof groupOf> extends fc.Arbitrary<infer T> ? T : never;

function requestOf(signal: Signal, groups: readonly GroupSample[]): RequestSample {
  const levels = LEVELS[signal];
  const json = {
    [levels.groups]: groups.map((group) => ({
      resource: { attributes: group.attributes.json },
      schemaUrl: group.schemaUrl,
      [levels.scopes]: group.scopes.map((scope) => ({
        scope: { name: scope.name, version: scope.version, attributes: scope.attributes.json },
        schemaUrl: scope.schemaUrl,
        [levels.records]: scope.records.map((record) => record.json),
      })),
    })),
  };
  return { signal, json, rows: joined(groups.flatMap(rowsOfGroup)) };
}

function rowsOfGroup(group: GroupSample): Partial<PlainRows>[] {
  const resource = { attributes: group.attributes.kept, schemaUrl: group.schemaUrl };
  return group.scopes.flatMap((scope) => {
    const { name: scopeName, version, schemaUrl } = scope;
    const kept = { name: scopeName, version, attributes: scope.attributes.kept, schemaUrl };
    return scope.records.map((record) => record.rows({ resource, scope: kept }));
  });
}

function joined(parts: readonly Partial<PlainRows>[]): PlainRows {
  return {
    spans: parts.flatMap((part) => part.spans ?? []),
    logs: parts.flatMap((part) => part.logs ?? []),
    numbers: parts.flatMap((part) => part.numbers ?? []),
    histograms: parts.flatMap((part) => part.histograms ?? []),
    exemplars: parts.flatMap((part) => part.exemplars ?? []),
  };
}

const RECORDS: Readonly<Record<Signal, (times: Times) => fc.Arbitrary<RecordSample>>> = {
  traces: spanAt,
  logs: logRecordAt,
  metrics: metricAt,
};

/** Valid requests of a signal, empty ones included, with records of one of `times`. */
export const requestsAt = (signal: Signal, times: Times): fc.Arbitrary<RequestSample> =>
  fc
    .array(groupOf(RECORDS[signal](times)), { maxLength: 3 })
    .map((groups) => requestOf(signal, groups));

/** Valid requests of each signal at any time. */
export const REQUESTS: Readonly<Record<Signal, fc.Arbitrary<RequestSample>>> = {
  traces: requestsAt("traces", nanoseconds),
  logs: requestsAt("logs", nanoseconds),
  metrics: requestsAt("metrics", nanoseconds),
};
