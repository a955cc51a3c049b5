import { QUERY_LIMITS } from "#core/limits.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";
import { z } from "zod";
import { spanId, traceId } from "./parameters.ts";
import { spanIdOut, timeOut, traceIdOut } from "./values.ts";

const index = z.number().int();
const traceParam = traceId.describe("32 hexadecimal digits.");

export const outlineParams = z.strictObject({ traceId: traceParam });

/** An outline has a column for each field: a hundred thousand objects would be several times as large. */
export const outlineAnswer = z
  .object({
    traceId: traceIdOut,
    startTime: timeOut.describe("Of the first span; every `startMs` counts from it."),
    truncated: z
      .boolean()
      .describe(`True when the trace has more than ${QUERY_LIMITS.spansPerTraceMax} spans.`),
    services: z.array(z.string()).describe("Names that `spans.service` points to."),
    names: z.array(z.string()).describe("Names that `spans.name` and `events.name` point to."),
    kinds: z.array(z.enum(SPAN_KINDS)).describe("What `spans.kind` points to."),
    statuses: z.array(z.enum(SPAN_STATUSES)).describe("What `spans.status` points to."),
    spans: z
      .object({
        spanId: z.array(spanIdOut),
        parent: z
          .array(index)
          .describe(
            "The place of the parent among these spans; -1 for a root, -2 when the parent is not in the trace.",
          ),
        service: z.array(index),
        name: z.array(index),
        kind: z.array(index),
        status: z.array(index),
        startMs: z.array(z.number()).describe("From the start of the trace, exact to the ns."),
        durationMs: z.array(z.number()),
      })
      .describe("One array for each field, all of one length; by start time."),
    events: z
      .object({ span: z.array(index), name: z.array(index), atMs: z.array(z.number()) })
      .describe(`Moments of spans, the first ${QUERY_LIMITS.outlineEventsMax} of the trace.`),
    links: z
      .array(z.object({ span: index, traceId: traceIdOut, spanId: spanIdOut }))
      .describe(`What spans link to, the first ${QUERY_LIMITS.outlineLinksMax} of the trace.`),
  })
  .meta({ id: "TraceOutline" });
export type OutlineAnswer = z.infer<typeof outlineAnswer>;

export const spanParams = z.strictObject({
  traceId: traceParam,
  spanId: spanId.describe("16 hexadecimal digits."),
});

export const linkedSpan = z
  .object({
    ofSpanId: spanIdOut.describe("The span of this trace."),
    traceId: traceIdOut.describe("The other trace."),
    spanId: spanIdOut.describe("The span of the other trace."),
    span: z
      .object({
        service: z.string(),
        name: z.string(),
        startTime: timeOut,
        durationMs: z.number(),
        status: z.enum(SPAN_STATUSES),
      })
      .nullable()
      .describe("Null when that span is not stored."),
  })
  .meta({ id: "LinkedSpan" });
export type LinkedSpan = z.infer<typeof linkedSpan>;
export const linkedAnswer = z
  .object({
    incoming: z.array(linkedSpan).describe("Spans of other traces that link to this one."),
    outgoing: z.array(linkedSpan).describe("Spans of other traces that this one links to."),
    searchedTo: timeOut.describe("Incoming links were looked for from the trace's start up to it."),
    truncated: z.boolean().describe("True when there are more links than are given here."),
  })
  .meta({ id: "LinkedTraces" });
export type LinkedAnswer = z.infer<typeof linkedAnswer>;

export const matchesQuery = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(QUERY_LIMITS.traceMatchCharactersMax)
    .describe("Text to look for, whatever its case."),
});
export const matchesAnswer = z
  .object({
    spanIds: z.array(spanIdOut),
    truncated: z.boolean().describe("True when more spans match."),
  })
  .meta({ id: "TraceMatches" });
export type MatchesAnswer = z.infer<typeof matchesAnswer>;
