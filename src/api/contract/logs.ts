import { LOG_LIMITS } from "#core/limits.ts";
import { SEVERITIES, severityNumberOf } from "#core/vocabulary.ts";
import { z } from "zod";
import {
  cursor,
  from,
  keyValues,
  limit,
  search,
  text,
  to,
  traceId,
  wholeNumber,
} from "./parameters.ts";
import {
  attributes,
  attributeValue,
  nextCursor,
  scope,
  spanIdOut,
  timeOut,
  traceIdOut,
} from "./values.ts";

const severityAtLeast = z
  .string()
  .transform((value, context): number => {
    const level = SEVERITIES.find((name) => name === value.toLowerCase());
    const number = level === undefined ? Number(value) : severityNumberOf(level);
    if (Number.isInteger(number) && number >= 1 && number <= 24) return number;
    context.issues.push({
      code: "custom",
      input: value,
      message: `${SEVERITIES.join(", ")}, or a severity number from 1 to 24`,
    });
    return z.NEVER;
  })
  .optional()
  .describe("At least this severe: a level such as `error`, or a severity number from 1 to 24.");

export const LOG_ORDERS = ["desc", "asc"] as const;

/** What records are asked for, in a list and in what is said of all of them. */
const logConditions = {
  from,
  to,
  q: search,
  query: text.describe(
    'Words that the body must have, all of them, whatever their case; "words in quotes" must follow each other as written.',
  ),
  service: text.describe("Name of the service."),
  severity: severityAtLeast,
  traceId: traceId.optional().describe("Only the records of this trace."),
  attribute: keyValues.describe(
    "`key=value` of a record, resource or scope attribute; repeatable, all must match. Values are compared as text. In a value `.*` stands for any text and `\\*` for a star.",
  ),
};

export const logsQuery = z.strictObject({
  ...logConditions,
  order: z.enum(LOG_ORDERS).optional().describe("`desc`, newest first, by default; or `asc`."),
  limit,
  cursor,
});

const logLevel = z
  .enum([...SEVERITIES, "unspecified"])
  .describe("The level of the severity number, or of the severity text where there is no number.");

export const logRecord = z
  .object({
    time: timeOut,
    observedTime: timeOut.nullable(),
    service: z.string(),
    severity: logLevel,
    severityNumber: z.number().int().describe("1 to 24; 0 where the sender gave none."),
    severityText: z.string().describe("The level in the sender's own words."),
    body: attributeValue,
    eventName: z.string(),
    traceId: traceIdOut.nullable(),
    spanId: spanIdOut.nullable(),
    attributes,
    resource: attributes,
    scope,
  })
  .meta({ id: "LogRecord" });
export type LogRecord = z.infer<typeof logRecord>;

export const storedLogRecord = logRecord
  .extend({
    id: z
      .string()
      .describe(
        "`<Unix nanoseconds>-<digest>`: the same for as long as the record is kept. Records that are equal in everything share one.",
      ),
  })
  .meta({ id: "StoredLogRecord" });
export type StoredLogRecord = z.infer<typeof storedLogRecord>;
export const logsAnswer = z
  .object({ data: z.array(storedLogRecord), nextCursor })
  .meta({ id: "Logs" });
export type LogsAnswer = z.infer<typeof logsAnswer>;

export const logHistogramQuery = z.strictObject({
  ...logConditions,
  steps: wholeNumber(1, LOG_LIMITS.histogramStepsMax)
    .optional()
    .describe(
      `About how many steps, as many as there is room to draw: 1 to ${LOG_LIMITS.histogramStepsMax}, ${LOG_LIMITS.histogramStepsDefault} by default.`,
    ),
});

const logStep = z.object({
  time: timeOut.describe("Where the step begins; the first one may begin before the range."),
  count: z.number().int(),
  levels: z
    .partialRecord(logLevel, z.number().int())
    .describe("Levels without records are left out."),
});
export const logHistogramAnswer = z
  .object({
    stepMs: z.number().describe("The length of a step, which begins at a whole multiple of it."),
    total: z.number().int(),
    data: z.array(logStep).describe("The steps that have records, in order."),
  })
  .meta({ id: "LogHistogram" });
export type LogHistogramAnswer = z.infer<typeof logHistogramAnswer>;

export const logFacetsQuery = z.strictObject(logConditions);

const logFacet = z.object({
  field: z.string().describe("`severity`, `service`, or the key of an attribute."),
  isAttribute: z.boolean(),
  isSampled: z
    .boolean()
    .describe(
      `Not counted among all records, but the newest \`sampledRows\`, or those of the ${LOG_LIMITS.facetResourcesMax} resources that have the most.`,
    ),
  values: z.array(z.object({ value: z.string(), count: z.number().int() })),
});
export type LogFacet = z.infer<typeof logFacet>;
export const logFacetsAnswer = z
  .object({
    total: z.number().int(),
    sampledRows: z.number().int(),
    data: z.array(logFacet),
  })
  .meta({ id: "LogFacets" });
export type LogFacetsAnswer = z.infer<typeof logFacetsAnswer>;

export const LOG_CONTEXTS = ["resource", "service", "all"] as const;

export const logContextQuery = z.strictObject({
  id: z.string().max(64).describe("The id of a record."),
  of: z
    .enum(LOG_CONTEXTS)
    .optional()
    .describe(
      "Whose records: those of the same `resource`, which is one instance of a service, by default; of the same `service`; or `all`.",
    ),
  rows: wholeNumber(1, LOG_LIMITS.contextRowsMax)
    .optional()
    .describe(
      `Records on each side: 1 to ${LOG_LIMITS.contextRowsMax}, ${LOG_LIMITS.contextRowsDefault} by default.`,
    ),
});
export const logContextAnswer = z
  .object({
    before: z.array(storedLogRecord).describe("The oldest first."),
    record: storedLogRecord,
    after: z.array(storedLogRecord),
  })
  .meta({ id: "LogContext" });
export type LogContextAnswer = z.infer<typeof logContextAnswer>;
