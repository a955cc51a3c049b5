import { SPAN_KINDS } from "#core/vocabulary.ts";
import { z } from "zod";
import { from, text, to } from "./parameters.ts";

const kpis = {
  requests: z
    .number()
    .describe(
      "Requests, weighted by sampling: server and consumer spans, or all spans of a service without any.",
    ),
  errors: z.number().describe("Those of the requests whose status is error."),
  errorRate: z.number().describe("errors / requests, 0 to 1."),
  avgMs: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
};

export const rangeQuery = z.strictObject({ from, to });

export const serviceSummary = z
  .object({ service: z.string(), ...kpis })
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
  })
  .meta({ id: "OperationSummary" });
export const operationsAnswer = z
  .object({ data: z.array(operationSummary) })
  .meta({ id: "Operations" });

export const serviceMapQuery = z.strictObject({
  from,
  to,
  service: text.describe("Only the calls from or to this service."),
});
export const serviceEdge = z
  .object({
    source: z.string().describe("The calling service."),
    target: z.string().describe("The called service."),
    requests: z.number(),
    errors: z.number(),
    p95Ms: z.number(),
  })
  .meta({ id: "ServiceEdge" });
export const serviceMapAnswer = z.object({ data: z.array(serviceEdge) }).meta({ id: "ServiceMap" });
