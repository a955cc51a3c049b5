import type { LogBatch } from "#core/log-batch.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { Signal } from "#core/signal.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";

/** Batches as the decoder makes them, of short descriptions. */

type Values = Readonly<Record<string, string>>;

/** 2025-06-15T15:06:40Z */
export const TIME_NS = 1_750_000_000_000_000_000n;

const attributesOf = (values: Values): unknown[] =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

export interface SpanFields {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly status?: number;
  readonly traceState?: string;
  readonly time?: bigint;
  readonly durationNs?: bigint;
  readonly attributes?: Values;
  /** Attributes of its events, which are all of one name. */
  readonly events?: readonly Values[];
}

const SERVICE = "service.name";
const resourceOf = (service: string, attributes: Values = {}): unknown => ({
  attributes: attributesOf({ [SERVICE]: service, ...attributes }),
});

function decoded(signal: Signal, request: unknown): unknown {
  const decoder = DECODERS[signal]();
  const rejections = decoder.decode(encodeOtlp(signal, request));
  if (rejections.count > 0) throw new Error(rejections.message);
  return decoder.batch;
}

/** Spans of one service. Ids are given in hex, and are filled up with zeros. */
export function spans(service: string, ...list: readonly SpanFields[]): SpanBatch {
  const scopeSpans = [
    {
      scope: { name: "library" },
      spans: list.map((span) => ({
        traceId: "1".padStart(32, "0"),
        spanId: span.spanId.padStart(16, "0"),
        parentSpanId: span.parentSpanId?.padStart(16, "0"),
        name: span.name ?? "GET /",
        kind: span.kind,
        status: { code: span.status },
        traceState: span.traceState,
        startTimeUnixNano: span.time ?? TIME_NS,
        endTimeUnixNano: (span.time ?? TIME_NS) + (span.durationNs ?? 1_000_000n),
        attributes: attributesOf(span.attributes ?? {}),
        events: (span.events ?? []).map((attributes) => ({
          timeUnixNano: span.time ?? TIME_NS,
          name: "event",
          attributes: attributesOf(attributes),
        })),
      })),
    },
  ];
  return decoded("traces", {
    resourceSpans: [{ resource: resourceOf(service), scopeSpans }],
  }) as SpanBatch;
}

/** `count` spans with one attribute each. */
export function manySpans(
  count: number,
  attributes: (row: number) => Values = () => ({}),
): SpanBatch {
  const list = Array.from({ length: count }, (_, row) => ({
    spanId: (row + 1).toString(16),
    attributes: attributes(row),
  }));
  return spans("shop", ...list);
}

export interface LogFields {
  readonly body: string;
  readonly time?: bigint;
  readonly attributes?: Values;
}

export function logs(service: string, ...list: readonly LogFields[]): LogBatch {
  const logRecords = list.map(({ body, time, attributes }) => ({
    timeUnixNano: time ?? TIME_NS,
    body: { stringValue: body },
    attributes: attributesOf(attributes ?? {}),
  }));
  return decoded("logs", {
    resourceLogs: [{ resource: resourceOf(service), scopeLogs: [{ logRecords }] }],
  }) as LogBatch;
}

export interface PointFields {
  readonly metric: string;
  readonly time?: bigint;
  readonly value?: number;
  readonly attributes?: Values;
  /** An attribute of the point's only exemplar; without it there is none. */
  readonly exemplar?: string;
}

/** Points of gauges, each a metric of its own. */
export function points(service: string, ...list: readonly PointFields[]): MetricBatch {
  const metrics = list.map(({ metric, time, value, attributes, exemplar }) => ({
    name: metric,
    gauge: {
      dataPoints: [
        {
          timeUnixNano: time ?? TIME_NS,
          asDouble: value ?? 1,
          attributes: attributesOf(attributes ?? {}),
          exemplars:
            exemplar === undefined
              ? []
              : [
                  {
                    timeUnixNano: TIME_NS,
                    asDouble: 1,
                    filteredAttributes: attributesOf({ exemplar }),
                  },
                ],
        },
      ],
    },
  }));
  return decoded("metrics", {
    resourceMetrics: [{ resource: resourceOf(service), scopeMetrics: [{ metrics }] }],
  }) as MetricBatch;
}
