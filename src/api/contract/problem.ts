import { ERRORS, type ErrorCode } from "#core/errors.ts";
import { z } from "zod";

/** One thing that is wrong with a request. */
export const problemDetail = z.object({
  where: z.string().describe("Name of the parameter, header or part of the address."),
  found: z.string().describe("What was given, cut to a readable length."),
  allowed: z.string().describe("What may be given."),
  at: z
    .object({ from: z.number().int(), to: z.number().int() })
    .optional()
    .describe("Where in the text of a search it stands: UTF-16 offsets, `to` behind the last."),
});
export type ProblemDetail = z.infer<typeof problemDetail>;

/** RFC 9457. */
export const problem = z
  .object({
    type: z.string().describe("`about:blank`: the code says what it is."),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).describe("Never changes."),
    traceId: z.string().describe("Find this in Sightglass's own log or traces."),
    errors: z.array(problemDetail).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;

/** An error of seed 003's API. */
export const plainError = z
  .object({
    error: z.string(),
    message: z.string(),
    timestamp: z.string().describe("RFC 3339."),
  })
  .meta({ id: "PlainError" });
export type PlainError = z.infer<typeof plainError>;
