import { z } from "zod";

const section = z.record(z.string(), z.unknown());

const graph = z.object({
  receivers: section.optional(),
  processors: section.optional(),
  destinations: section.optional(),
  pipelines: section.optional(),
});

const changes = z
  .array(z.string())
  .describe("In words, such as `added destination webhook/slack of pipeline default`.");

export const pipelineConfigAnswer = z
  .object({
    file: z.string().nullable().describe("Where it is written; null while there is no file."),
    graph: graph.describe(
      "As it is written: references such as `${env:NAME}` as they stand there, other secrets masked.",
    ),
    text: z
      .string()
      .describe("The same as text, to be changed and given back: as the file is, YAML or JSON."),
  })
  .meta({ id: "PipelineConfig" });
export type PipelineConfigAnswer = z.infer<typeof pipelineConfigAnswer>;

export const pipelineVerdict = z
  .object({
    valid: z.boolean(),
    changes: changes.describe("What it would change; none when it is not valid."),
    problems: z.array(
      z.object({
        where: z.string(),
        line: z
          .number()
          .int()
          .nullable()
          .describe("Of the text that was given, the first being 1; null for the whole."),
        found: z.string(),
        allowed: z.string(),
      }),
    ),
  })
  .meta({ id: "PipelineVerdict" });
export type PipelineVerdict = z.infer<typeof pipelineVerdict>;

export const pipelineChanges = z.object({ changes }).meta({ id: "PipelineChanges" });
