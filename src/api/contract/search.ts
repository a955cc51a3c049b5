import { z } from "zod";
import { SEARCH_LIMITS } from "#core/limits.ts";
import { from, to, wholeNumber } from "./parameters.ts";

export const searchCompletionsQuery = z.strictObject({
  from,
  to,
  signal: z.enum(["traces", "logs"]).describe("What the search is for."),
  q: z.string().max(SEARCH_LIMITS.charactersMax).optional().describe("The search as it is so far."),
  at: wholeNumber(0, SEARCH_LIMITS.charactersMax)
    .optional()
    .describe("Characters (UTF-16) before the cursor; all of them by default."),
});

const completion = z.object({
  kind: z.enum(["field", "attribute", "value", "operator"]),
  label: z.string().describe("As it is shown."),
  insert: z.string().describe("What takes the place of what was typed."),
  detail: z.string().describe("What it is; empty where the label says it."),
  count: z.number().int().optional().describe("Rows that have it, where that is known."),
});
export type SearchCompletion = z.infer<typeof completion>;
export const searchCompletionsAnswer = z
  .object({
    replace: z
      .object({ from: z.number().int(), to: z.number().int() })
      .describe("What of the search `insert` takes the place of."),
    data: z.array(completion),
  })
  .meta({ id: "SearchCompletions" });
export type SearchCompletionsAnswer = z.infer<typeof searchCompletionsAnswer>;
