import { SEVERITIES, severityNumberOf } from "#core/vocabulary.ts";
import { z } from "zod";
import { cursor, from, keyValues, limit, text, to, traceId } from "./parameters.ts";
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

export const logsQuery = z.strictObject({
  from,
  to,
  query: text.describe(
    'Words that the body must have, all of them, whatever their case; "words in quotes" must follow each other as written.',
  ),
  service: text.describe("Name of the service."),
  severity: severityAtLeast,
  traceId: traceId.optional().describe("Only the records of this trace."),
  attribute: keyValues.describe(
    "`key=value` of a record, resource or scope attribute; repeatable, all must match. Values are compared as text. In a value `.*` stands for any text and `\\*` for a star.",
  ),
  order: z.enum(LOG_ORDERS).optional().describe("`desc`, newest first, by default; or `asc`."),
  limit,
  cursor,
});

export const logRecord = z
  .object({
    time: timeOut,
    observedTime: timeOut.nullable(),
    service: z.string(),
    severity: z
      .enum([...SEVERITIES, "unspecified"])
      .describe(
        "The level of the severity number, or of the severity text where there is no number.",
      ),
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
export const logsAnswer = z.object({ data: z.array(logRecord), nextCursor }).meta({ id: "Logs" });
export type LogsAnswer = z.infer<typeof logsAnswer>;
