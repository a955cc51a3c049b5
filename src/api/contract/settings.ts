import { z } from "zod";

export const settingsAnswer = z
  .object({
    file: z
      .string()
      .nullable()
      .describe("The configuration file that was read at the start; null where there was none."),
    data: z.array(
      z.object({
        path: z.string().describe("Where it stands in the file, such as `retention.traces`."),
        value: z
          .string()
          .describe("What holds since the start; of a secret only whether it is set."),
        origin: z
          .string()
          .describe("`default`, the environment variable, or the file with its line."),
        description: z.string(),
        env: z.string().nullable().describe("The environment variable that sets it too."),
      }),
    ),
  })
  .meta({ id: "Settings", description: "Every setting but those of components, in their order." });
export type SettingsAnswer = z.infer<typeof settingsAnswer>;

const count = (what: string) => z.number().describe(what);

const keptRows = z
  .object({
    kept: z
      .enum(["traces", "logs", "metrics", "aggregates"])
      .describe("`aggregates`: per-minute figures, service maps and the attribute catalogue."),
    setting: z.string().describe("Where the retention is set: `retention.traces`."),
    days: z.number().nullable().describe("How long rows are kept; null for ever."),
    rows: count("Rows that are stored, of whatever table."),
    bytes: count("Bytes that they take on the disk now, compressed."),
    daysSeen: count(
      "Days, fractions included, that what follows was seen in: seven at most, less where the first rows are younger. Below one day it is extrapolated.",
    ),
    rowsPerDay: count("Rows of a day, on average of those days.").nullable(),
    bytesPerDay: count("Bytes of a day, on average of those days.").nullable(),
    predictedBytes: count(
      "Bytes that will be kept once the retention is filled, if every day is like those; null where that is not known or has no end.",
    ).nullable(),
  })
  .meta({ id: "KeptRows" });
export type KeptRows = z.infer<typeof keptRows>;

export const retentionAnswer = z
  .object({
    data: z.array(keptRows),
    otherBytes: count("Bytes of tables that follow none of these, such as the list of migrations."),
    disk: z
      .object({ freeBytes: z.number(), totalBytes: z.number() })
      .nullable()
      .describe("Of the data folder; null where the rows are on another server."),
  })
  .meta({ id: "Retention", description: "How long rows are kept, and the room that this takes." });
export type RetentionAnswer = z.infer<typeof retentionAnswer>;
