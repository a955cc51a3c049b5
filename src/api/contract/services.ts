import { QUERY_LIMITS } from "#core/limits.ts";
import { SPAN_KINDS } from "#core/vocabulary.ts";
import { z } from "zod";
import { from, text, to, wholeNumber } from "./parameters.ts";
import { attributes, timeOut } from "./values.ts";

const perSecond = z.number().describe("Requests a second, over the minutes that have passed.");

const kpis = {
  requests: z
    .number()
    .describe(
      "Requests, weighted by sampling: server and consumer spans, or all spans of a service without any.",
    ),
  requestsPerSecond: perSecond,
  errors: z.number().describe("Those of the requests whose status is error."),
  errorRate: z.number().describe("errors / requests, 0 to 1."),
  avgMs: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
};

/** Requests, errors and latency of a service or an operation. */
export const serviceKpis = z.object(kpis).meta({ id: "ServiceKpis" });
export type ServiceKpis = z.infer<typeof serviceKpis>;

const previous = serviceKpis
  .nullable()
  .optional()
  .describe(
    "With `compare=previous`: the same of the equal range right before; null when it had no requests then.",
  );

export const rangeQuery = z.strictObject({ from, to });

const compare = z
  .enum(["previous"])
  .optional()
  .describe("`previous`: with the figures of the equal range right before, as `previous`.");

export const servicesQuery = z.strictObject({
  from,
  to,
  compare,
  service: text.describe("Only this service."),
});
export const operationsQuery = z.strictObject({ from, to, compare });

export const serviceSummary = z
  .object({ service: z.string(), ...kpis, previous })
  .meta({ id: "ServiceSummary" });
export type ServiceSummary = z.infer<typeof serviceSummary>;
export const servicesAnswer = z.object({ data: z.array(serviceSummary) }).meta({ id: "Services" });
export type ServicesAnswer = z.infer<typeof servicesAnswer>;

export const spanKind = z.enum(SPAN_KINDS).meta({ id: "SpanKind" });

export const serviceParams = z.strictObject({
  service: z.string().min(1).describe("Name of the service (`service.name`)."),
});
export const operationSummary = z
  .object({
    operation: z.string().describe("Span name."),
    kind: spanKind,
    ...kpis,
    requests: z.number().describe("Spans of this operation and kind, weighted by sampling."),
    previous,
  })
  .meta({ id: "OperationSummary" });
export type OperationSummary = z.infer<typeof operationSummary>;
export const operationsAnswer = z
  .object({ data: z.array(operationSummary) })
  .meta({ id: "Operations" });
export type OperationsAnswer = z.infer<typeof operationsAnswer>;

export const serviceSeriesQuery = z.strictObject({
  from,
  to,
  service: text.describe("Only this service."),
  by: z
    .enum(["operation"])
    .optional()
    .describe(
      "`operation`: a line for each operation and span kind of the service, which `service` then names.",
    ),
  operation: text.describe("With `by=operation`: only the operation of this name."),
  points: wholeNumber(1, QUERY_LIMITS.servicePointsMax)
    .optional()
    .describe(
      `Steps that fit into the range, at most: 1 to ${QUERY_LIMITS.servicePointsMax}, ${QUERY_LIMITS.servicePointsDefault} by default. A step is a whole number of minutes, or of hours in long ranges.`,
    ),
});

const overSteps = z
  .array(z.number().nullable())
  .describe("A value for each step; null where there were no requests.");

export const serviceSeries = z
  .object({
    service: z.string(),
    operation: z.string().optional().describe("With `by=operation`: the span name."),
    kind: spanKind.optional(),
    requestsPerSecond: z.array(z.number()).describe("A value for each step."),
    errorRate: overSteps,
    p50Ms: overSteps,
    p95Ms: overSteps,
    p99Ms: overSteps,
  })
  .meta({ id: "ServiceSeries" });
export type ServiceSeries = z.infer<typeof serviceSeries>;

export const serviceSeriesAnswer = z
  .object({
    startTime: timeOut.describe("Start of the first step, at or before `from`."),
    stepMs: z.number().int().describe("Length of a step."),
    steps: z
      .number()
      .int()
      .describe("How many there are. The one that is running is given once it is 15 seconds old."),
    data: z.array(serviceSeries).describe("The busiest first."),
    truncated: z.boolean().describe("True when there are more lines than are given here."),
  })
  .meta({ id: "ServiceSeriesList" });
export type ServiceSeriesAnswer = z.infer<typeof serviceSeriesAnswer>;

export const serviceResource = z
  .object({
    resourceId: z.string(),
    attributes,
    firstDay: z.string().describe("First day (UTC) of the range on which it sent anything."),
    lastDay: z.string().describe("Last day (UTC) of the range on which it sent anything."),
    spans: z.number().int().describe("Spans that it sent from `spansFrom` on, as they are stored."),
    firstSpan: timeOut.nullable().describe("Start of the first of those; null without any."),
    lastSpan: timeOut.nullable().describe("Start of the last of those; null without any."),
  })
  .meta({ id: "ServiceResource" });
export type ServiceResource = z.infer<typeof serviceResource>;
export const serviceResourcesAnswer = z
  .object({
    data: z.array(serviceResource).describe("Those that sent the most spans first."),
    spansFrom: timeOut.describe(
      "Spans are counted from here to the end of the range: at most the last 24 hours of it.",
    ),
    truncated: z.boolean().describe("True when there are more resources than are given here."),
  })
  .meta({ id: "ServiceResources" });
export type ServiceResourcesAnswer = z.infer<typeof serviceResourcesAnswer>;

export const serviceMapQuery = z.strictObject({
  from,
  to,
  service: text.describe("Only the calls from or to this service."),
  focus: text.describe("The service in the middle: only what is within `depth` calls of it."),
  depth: wholeNumber(1, QUERY_LIMITS.mapDepthMax)
    .optional()
    .describe(
      `With \`focus\`: how many calls away from it a service may be, either way: 1 to ${QUERY_LIMITS.mapDepthMax}, 2 by default.`,
    ),
  limit: wholeNumber(1, QUERY_LIMITS.mapServicesMax)
    .optional()
    .describe(
      `Services on the map, those nearest to the focus and the busiest: 1 to ${QUERY_LIMITS.mapServicesMax}, ${QUERY_LIMITS.mapServicesDefault} by default.`,
    ),
});
export const serviceEdge = z
  .object({
    source: z.string().describe("The calling service."),
    target: z.string().describe("The called service."),
    requests: z.number(),
    requestsPerSecond: perSecond,
    errors: z.number(),
    errorRate: z.number().describe("errors / requests, 0 to 1."),
    p95Ms: z.number(),
  })
  .meta({ id: "ServiceEdge" });
export type ServiceEdge = z.infer<typeof serviceEdge>;
export const serviceNode = z
  .object({
    service: z.string(),
    isExternal: z
      .boolean()
      .describe(
        "It sent no spans itself, such as a database: its figures are those that its callers tell.",
      ),
    requestsPerSecond: perSecond,
    errorRate: z.number().describe("0 to 1."),
    p95Ms: z.number().nullable().describe("Null for an external one."),
  })
  .meta({ id: "ServiceNode" });
export type ServiceNode = z.infer<typeof serviceNode>;
export const serviceMapAnswer = z
  .object({
    data: z
      .array(serviceEdge)
      .describe("Calls between the services of the map, the busiest first."),
    nodes: z.array(serviceNode).describe("The services of the map, with or without calls."),
    omitted: z
      .object({ services: z.number().int(), calls: z.number().int() })
      .describe("How many the map leaves out, because there are too many."),
  })
  .meta({ id: "ServiceMap" });
export type ServiceMapAnswer = z.infer<typeof serviceMapAnswer>;
