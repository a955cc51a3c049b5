import { TRACE_VIEW_LIMITS } from "#core/limits.ts";
import { SPAN_STATUSES } from "#core/vocabulary.ts";
import { z } from "zod";
import { durationMs, from, search, spanSet, time, to, wholeNumber } from "./parameters.ts";
import { timeOut, traceIdOut } from "./values.ts";

// Many spans at once, for the Traces page: counts, a heatmap, groups, and how a selection differs.

const searched = {
  from,
  to,
  q: search,
  spans: spanSet,
};

/** How many of the spans in the range were looked at. */
export const scanned = z
  .object({
    share: z
      .number()
      .describe("1 when every span was looked at; else counts are estimates from this share."),
  })
  .meta({
    id: "Scanned",
    description:
      "A range of very many spans is looked at in evenly spread stretches of five minutes, and counts are raised accordingly.",
  });

const count = z.number().describe("Spans, by their sampling weights.");
const errors = z.number().describe("Those of them whose status is error.");

const facetKey = z.string().min(1).max(512);

export const facetsQuery = z.strictObject({
  ...searched,
  key: z
    .array(facetKey)
    .max(TRACE_VIEW_LIMITS.facetKeysMax)
    .optional()
    .describe("Key of an attribute whose values are counted too; repeatable."),
});
export const facetValue = z.object({ value: z.string(), count, errors }).meta({ id: "FacetValue" });
export type FacetValue = z.infer<typeof facetValue>;
export const facet = z
  .object({
    field: z.string().describe("`service`, `operation`, `status`, `kind`, or the attribute's key."),
    isAttribute: z.boolean(),
    values: z
      .array(facetValue)
      .describe(`The most frequent, at most ${TRACE_VIEW_LIMITS.facetValuesMax}.`),
    scanned,
  })
  .meta({ id: "Facet" });
export type Facet = z.infer<typeof facet>;
export const facetsAnswer = z
  .object({ total: count, errors, facets: z.array(facet) })
  .meta({ id: "Facets" });
export type FacetsAnswer = z.infer<typeof facetsAnswer>;

export const heatmapQuery = z.strictObject({
  ...searched,
  columns: wholeNumber(1, TRACE_VIEW_LIMITS.heatmapColumnsMax)
    .optional()
    .describe(`Columns of time at most: ${TRACE_VIEW_LIMITS.heatmapColumnsMax}, 120 by default.`),
});
export const heatmapAnswer = z
  .object({
    startTime: timeOut.describe("Where the first column starts."),
    stepMs: z.number().describe("Milliseconds of a column."),
    columns: z.number().int(),
    boundsMs: z
      .array(z.number())
      .describe("Durations between rows, ascending: row r is from bound r to bound r + 1."),
    column: z.array(z.number().int()).describe("Of each cell that has spans: its column,"),
    row: z.array(z.number().int()).describe("its row,"),
    count: z.array(z.number()).describe("its spans by their sampling weights,"),
    errors: z.array(z.number()).describe("and those of them that failed."),
    scanned,
  })
  .meta({ id: "Heatmap" });
export type HeatmapAnswer = z.infer<typeof heatmapAnswer>;

export const groupsQuery = z.strictObject({
  ...searched,
  by: facetKey.describe(
    "`service`, `operation`, `status`, `kind`, or the key of an attribute (`attr.service` for one named so).",
  ),
});
export const spanGroup = z
  .object({
    value: z.string(),
    count,
    errors,
    errorRate: z.number(),
    p50Ms: z.number(),
    p95Ms: z.number(),
    p99Ms: z.number(),
  })
  .meta({ id: "SpanGroup" });
export type SpanGroup = z.infer<typeof spanGroup>;
export const groupsAnswer = z
  .object({
    data: z.array(spanGroup).describe(`The largest first, at most ${TRACE_VIEW_LIMITS.groupsMax}.`),
    scanned,
  })
  .meta({ id: "SpanGroups" });
export type GroupsAnswer = z.infer<typeof groupsAnswer>;

export const differencesQuery = z.strictObject({
  ...searched,
  selectFrom: time.optional().describe("Start of the selection, `from` by default."),
  selectTo: time.optional().describe("End of the selection, `to` by default."),
  selectMinMs: durationMs.optional().describe("The least duration of a selected span."),
  selectMaxMs: durationMs.optional().describe("The greatest duration of a selected span."),
  selectStatus: z.enum(SPAN_STATUSES).optional().describe("The status of a selected span."),
  baselineFrom: time
    .optional()
    .describe("Start of what the selection is compared with, `from` by default."),
  baselineTo: time.optional().describe("End of it, `to` by default."),
});

const operation = z.object({ service: z.string(), operation: z.string() });
const share = z
  .object({
    traces: z.number().int().describe("Sampled traces that have it,"),
    of: z.number().int().describe("of these that could have it,"),
    share: z.number().describe("as a share."),
  })
  .meta({ id: "DifferenceShare" });

const finding = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("service"), service: z.string() }),
    operation.extend({ kind: z.literal("operation") }),
    operation.extend({ kind: z.literal("error") }),
    z.object({
      kind: z.literal("attribute"),
      service: z.string(),
      level: z.enum(["resource", "span", "event"]),
      key: z.string(),
      value: z.string().optional(),
      above: z.number().optional(),
      atMost: z.number().optional(),
    }),
    operation.extend({
      kind: z.enum(["time", "network"]),
      selectionMs: z.number(),
      baselineMs: z.number(),
      shareOfExtra: z.number().optional(),
    }),
    operation.extend({
      kind: z.literal("calls"),
      callee: operation,
      selectionCalls: z.number(),
      baselineCalls: z.number(),
    }),
    operation.extend({
      kind: z.literal("log"),
      severity: z.number().int(),
      text: z.string(),
    }),
  ])
  .meta({
    id: "DifferenceFinding",
    description:
      "`service`, `operation`: takes part. `error`: errors begin there. `time`: passes in the service itself, apart from what it calls; `network`: on the way to and from it. `calls`: of another operation, for each span. `attribute`: of the service's spans, their resources or events. `log`: a line that it writes, without what changes in it.",
  });
export type DifferenceFinding = z.infer<typeof finding>;

const judged = {
  finding,
  selection: share,
  baseline: share,
  lift: z
    .number()
    .nullable()
    .describe(
      "How many times as frequent it is in the selection; null where the baseline has none.",
    ),
  score: z.number().describe("0 to 1: how surely, how far and how much of the selection."),
  chance: z
    .number()
    .describe("How likely it is by chance, corrected for the number of comparisons."),
  examples: z.array(traceIdOut).describe("Selected traces that show it."),
};
const alike = z.object(judged).meta({ id: "AlikeDifference" });
export const difference = z
  .object({ ...judged, alike: z.array(alike).describe("What says the same, or follows from it.") })
  .meta({ id: "Difference" });
export type Difference = z.infer<typeof difference>;
export type AlikeDifference = z.infer<typeof alike>;

const side = z
  .object({
    traces: z.number().describe("Traces, by their sampling weights."),
    tracesSampled: z.number().int().describe("Traces that were looked at."),
    spansSampled: z.number().int(),
  })
  .meta({ id: "ComparedSide" });
export const differencesAnswer = z
  .object({
    selection: side,
    baseline: side,
    differences: z.array(difference).describe("What sets the selection apart most, first."),
  })
  .meta({ id: "Differences" });
export type DifferencesAnswer = z.infer<typeof differencesAnswer>;
