import type { LogBatch } from "#core/log-batch.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { CaseLog, CaseSpan } from "#core/search/testing/search-cases.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { TIME_NS } from "../../testing/batches.ts";

type Values = Readonly<Record<string, string | number | boolean>>;

/** The rows of shared search cases as a batch, each with a resource and scope of its own, in their order. */
export function spanBatch(rows: readonly CaseSpan[]): SpanBatch {
  const resourceSpans = rows.map((row) => ({
    resource: resourceOf(row),
    scopeSpans: [
      {
        scope: scopeOf(row),
        spans: [
          {
            traceId: row.trace,
            spanId: row.span,
            name: row.name,
            kind: SPAN_KINDS.indexOf(row.kind),
            status: { code: SPAN_STATUSES.indexOf(row.status), message: row.statusMessage },
            startTimeUnixNano: TIME_NS,
            endTimeUnixNano: TIME_NS + row.durationNs,
            attributes: attributesOf(row.attributes),
            events: (row.events ?? []).map(({ name, attributes }) => ({
              timeUnixNano: TIME_NS,
              name,
              attributes: attributesOf(attributes),
            })),
          },
        ],
      },
    ],
  }));
  const decoder = DECODERS.traces();
  decoder.decode(encodeOtlp("traces", { resourceSpans }));
  return decoder.batch as SpanBatch;
}

export function logBatch(rows: readonly CaseLog[]): LogBatch {
  const resourceLogs = rows.map((row) => ({
    resource: resourceOf(row),
    scopeLogs: [
      {
        scope: scopeOf(row),
        logRecords: [
          {
            timeUnixNano: TIME_NS,
            severityNumber: row.severity,
            severityText: row.severityText,
            body: { stringValue: row.body },
            traceId: row.trace,
            spanId: row.span,
            attributes: attributesOf(row.attributes),
          },
        ],
      },
    ],
  }));
  const decoder = DECODERS.logs();
  decoder.decode(encodeOtlp("logs", { resourceLogs }));
  return decoder.batch as LogBatch;
}

function resourceOf({ service, resource }: CaseSpan | CaseLog): object {
  return { attributes: attributesOf({ "service.name": service, ...resource }) };
}

function scopeOf({ scope }: CaseSpan | CaseLog): object | undefined {
  if (scope === undefined) return undefined;
  const { name, version, attributes } = scope;
  return { name, version, attributes: attributesOf(attributes) };
}

function attributesOf(values: Values = {}): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}
