import { z } from "zod";
import { cursor, limit, text } from "./parameters.ts";
import { nextCursor, timeOut } from "./values.ts";

const ID_CHARACTERS_MAX = 512;

const pipeline = text.describe("Only those of this pipeline.");

export const deadLettersQuery = z.strictObject({
  pipeline,
  destination: text.describe("Only those of this destination, such as `webhook/slack`."),
  limit,
  cursor,
});

export const deadLetterParams = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(ID_CHARACTERS_MAX)
    .describe("The `id` of a dead letter, as the list has it."),
});

const deadLetter = z
  .object({
    id: z.string().describe("The key of the row, which it keeps when it is sent again."),
    pipeline: z.string(),
    destination: z.string(),
    time: timeOut.describe("When it was given up."),
    reason: z.string().describe("What the destination said of it."),
    signal: z
      .enum(["traces", "logs", "metrics"])
      .nullable()
      .describe("Null for what the store keeps beside the rows that were sent."),
    rows: z.number().int().describe("More than 1 for a block that the store will not take."),
  })
  .meta({
    id: "DeadLetter",
    description: "A row, or a block of rows, that a destination will not take.",
  });
export type DeadLetterAnswer = z.infer<typeof deadLetter>;

export const deadLettersAnswer = z
  .object({ data: z.array(deadLetter), nextCursor })
  .meta({ id: "DeadLetters" });

export const deadLetterAnswer = z
  .object({
    ...deadLetter.shape,
    row: z
      .record(z.string(), z.unknown())
      .describe(
        "The row as destinations send it: docs/formats/rows-as-json.md. Of a block of the store its `table`, `rows` and `bytes`, and the `file` of the data folder that it is, in ClickHouse's format Native.",
      ),
  })
  .meta({ id: "DeadLetterWithRow" });

export const replayQuery = z.strictObject({
  pipeline,
  destination: z
    .string()
    .min(1, { error: "the name of a destination, such as webhook/slack" })
    .describe("The destination whose dead letters are sent again."),
  limit: limit.describe("Dead letters that are sent again, from the oldest on: 1 to 1000."),
});

export const replayAnswer = z
  .object({
    delivered: z.number().int().describe("Dead letters that were taken now, and are deleted."),
    failed: z
      .array(z.object({ id: z.string(), reason: z.string() }))
      .describe("Those that were not, and stay."),
    remaining: z.number().int().describe("Dead letters that the destination has afterwards."),
  })
  .meta({ id: "DeadLetterReplay" });

export const deletedAnswer = z
  .object({ deleted: z.number().int().describe("How many there were.") })
  .meta({ id: "DeadLettersDeleted" });
