import { SIGNALS } from "#core/signal.ts";
import { z } from "zod";
import { from, text, to } from "./parameters.ts";

export const attributesQuery = z.strictObject({
  from,
  to,
  signal: z.enum(SIGNALS).optional().describe("`traces` by default."),
  key: text.describe("The top values of this key instead of the keys."),
});
export const attributeCount = z
  .object({
    key: z.string(),
    level: z
      .enum(["resource", "record"])
      .describe("Whether resources have it, or spans, log records and metric points themselves."),
    value: z.string().optional().describe("As text; only when `key` was asked for."),
    count: z.number().int().describe("Rows that have it."),
  })
  .meta({ id: "AttributeCount" });
export const attributesAnswer = z
  .object({ data: z.array(attributeCount) })
  .meta({ id: "AttributeCounts" });
export type AttributesAnswer = z.infer<typeof attributesAnswer>;
