import { SPAN_STATUSES, TRACE_ORDERS } from "#core/vocabulary.ts";
import { z } from "zod";
import {
  cursor,
  durationMs,
  from,
  keyValues,
  limit,
  search,
  spanSet,
  text,
  to,
  traceId,
} from "./parameters.ts";
import { spanKind } from "./services.ts";
import { attributes, nextCursor, scope, spanIdOut, timeOut, traceIdOut } from "./values.ts";

const spanStatus = z.enum(SPAN_STATUSES);

export const tracesQuery = z.strictObject({
  from,
  to,
  q: search,
  spans: spanSet,
  service: text.describe("Name of the service of a span."),
  operation: text.describe("Name of a span."),
  status: spanStatus.optional().describe("Status of a span."),
  minDurationMs: durationMs.optional().describe("The least duration of a span in milliseconds."),
  maxDurationMs: durationMs.optional().describe("The greatest duration of a span in milliseconds."),
  attribute: keyValues.describe(
    "`key=value` of a resource, scope, span, event or link attribute; repeatable, all must match. Values are compared as text. In a value `.*` stands for any text and `\\*` for a star.",
  ),
  order: z
    .enum(TRACE_ORDERS)
    .optional()
    .describe(
      "`newest`, the latest start first, by default; or `slowest`, by the longest of the spans that match.",
    ),
  limit,
  cursor,
});

export const traceSummary = z
  .object({
    traceId: traceIdOut,
    rootService: z
      .string()
      .describe("Service of the root span, or of the first span while no root has arrived."),
    rootOperation: z.string().describe("Name of that span."),
    startTime: timeOut,
    durationMs: z.number().describe("From the first start to the last end."),
    spanCount: z.number().int(),
    errorCount: z.number().int().describe("Spans whose status is error."),
    services: z.array(z.string()),
  })
  .meta({ id: "TraceSummary" });
export type TraceSummary = z.infer<typeof traceSummary>;
export const tracesAnswer = z
  .object({ data: z.array(traceSummary), nextCursor })
  .meta({ id: "Traces" });
export type TracesAnswer = z.infer<typeof tracesAnswer>;

export const traceParams = z.strictObject({
  traceId: traceId.describe("32 hexadecimal digits."),
});
export const spanEvent = z
  .object({ time: timeOut, name: z.string(), attributes })
  .meta({ id: "SpanEvent" });
export type SpanEvent = z.infer<typeof spanEvent>;
export const spanLink = z
  .object({ traceId: traceIdOut, spanId: spanIdOut, traceState: z.string(), attributes })
  .meta({ id: "SpanLink" });
export type SpanLink = z.infer<typeof spanLink>;
export const span = z
  .object({
    spanId: spanIdOut,
    parentSpanId: spanIdOut.nullable().describe("Null for a root span."),
    name: z.string(),
    kind: spanKind,
    service: z.string(),
    startTime: timeOut,
    endTime: timeOut,
    durationMs: z.number(),
    status: z.object({ code: spanStatus, message: z.string() }),
    traceState: z.string(),
    attributes,
    resource: attributes,
    scope,
    events: z.array(spanEvent),
    links: z.array(spanLink),
    droppedAttributes: z.number().int(),
    droppedEvents: z.number().int(),
    droppedLinks: z.number().int(),
  })
  .meta({ id: "Span" });
export type Span = z.infer<typeof span>;
export const traceAnswer = z
  .object({
    traceId: traceIdOut,
    spans: z.array(span).describe("By start time, parents first among equals."),
    truncated: z.boolean().describe("True when the trace has more spans than are given here."),
  })
  .meta({ id: "Trace" });
export type TraceAnswer = z.infer<typeof traceAnswer>;
